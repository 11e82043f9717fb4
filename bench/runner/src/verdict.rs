//! A figure beside the bound that it has to keep.

use std::fmt;

/// A figure and its bound.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    what: String,
    is: f64,
    bound: f64,
    at_least: bool,
}

impl Verdict {
    pub(crate) fn at_most(what: impl Into<String>, is: f64, bound: f64) -> Self {
        Self { what: what.into(), is, bound, at_least: false }
    }

    pub(crate) fn at_least(what: impl Into<String>, is: f64, bound: f64) -> Self {
        Self { what: what.into(), is, bound, at_least: true }
    }

    fn is_kept(&self) -> bool {
        if self.at_least { self.is >= self.bound } else { self.is <= self.bound }
    }

    fn wanted(&self) -> String {
        let sign = if self.at_least { '≥' } else { '≤' };
        format!("{sign} {:.2}", self.bound)
    }

    fn result(&self) -> &'static str {
        if self.is_kept() { "met" } else { "**missed**" }
    }

    /// As a row of a Markdown table: what, of what, is, wanted, result.
    pub(crate) fn row(&self, work: &str) -> String {
        format!("| {work} | {} | {:.2} | {} | {} |", self.what, self.is, self.wanted(), self.result())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:.2}, wanted {}: {}", self.what, self.is, self.wanted(), self.result())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_kept_when_it_is_met_exactly() {
        assert_eq!(Verdict::at_most("x", 2.0, 2.0).to_string(), "x: 2.00, wanted ≤ 2.00: met");
        assert_eq!(Verdict::at_most("x", 2.1, 2.0).to_string(), "x: 2.10, wanted ≤ 2.00: **missed**");
        assert_eq!(Verdict::at_least("x", 2.1, 2.0).row("w"), "| w | x | 2.10 | ≥ 2.00 | met |");
    }
}
