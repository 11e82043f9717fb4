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
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, is, bound, at_least } = self;
        let direction = if *at_least { "least" } else { "most" };
        let result = if self.is_kept() { "reached" } else { "**missed**" };
        write!(f, "{what}: {is:.2}, at {direction} {bound:.2} wanted: {result}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_kept_when_it_is_met_exactly() {
        assert_eq!(Verdict::at_most("x", 2.0, 2.0).to_string(), "x: 2.00, at most 2.00 wanted: reached");
        assert_eq!(Verdict::at_most("x", 2.1, 2.0).to_string(), "x: 2.10, at most 2.00 wanted: **missed**");
        assert_eq!(Verdict::at_least("x", 2.1, 2.0).to_string(), "x: 2.10, at least 2.00 wanted: reached");
    }
}
