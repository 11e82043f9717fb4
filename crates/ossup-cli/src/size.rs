//! Sizes as people write them: `6291456`, `100KiB`, `6MiB`, `5G`.

use std::fmt;
use std::str::FromStr;

/// A number of bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Size(pub(crate) u64);

/// Units are powers of 1024, as OSS counts parts and objects; `K`, `KB` and `KiB` mean the same.
const UNITS: [(&[&str], u32); 5] = [
    (&["", "b"], 0),
    (&["k", "kb", "kib"], 10),
    (&["m", "mb", "mib"], 20),
    (&["g", "gb", "gib"], 30),
    (&["t", "tb", "tib"], 40),
];

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unusable = || format!("{text:?} is not a size: write bytes or a unit, such as 6291456, 100KiB or 6MiB");
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| unusable())?;
        let unit = unit.trim().to_ascii_lowercase();
        let (_, shift) = UNITS.iter().find(|(names, _)| names.contains(&unit.as_str())).ok_or_else(unusable)?;
        number.checked_mul(1 << shift).map(Self).ok_or_else(unusable)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
        let mut unit = 0;
        #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
        let mut value = self.0 as f64;
        while value >= 1024.0 && unit + 1 < NAMES.len() {
            value /= 1024.0;
            unit += 1;
        }
        let name = NAMES.get(unit).copied().unwrap_or_default();
        if unit == 0 { write!(f, "{} {name}", self.0) } else { write!(f, "{value:.2} {name}") }
    }
}

/// In the largest unit, and exactly: `6.00 MiB (6291456 bytes)`, `6 bytes`.
pub(crate) fn in_both(bytes: u64) -> String {
    let exactly = counted(bytes, "byte");
    if bytes < 1024 { exactly } else { format!("{} ({exactly})", Size(bytes)) }
}

/// `1 file`, `2 files`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1024() {
        for (text, bytes) in
            [("0", 0), ("6291456", 6 << 20), ("100KiB", 102_400), ("6MiB", 6 << 20), ("6 mb", 6 << 20), ("5G", 5 << 30)]
        {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        for bad in ["", "MiB", "-1", "1.5M", "6 apples", "99999999999999T", "1ib"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_size_is_shown_in_its_largest_unit() {
        assert_eq!(Size(1).to_string(), "1 B");
        assert_eq!(Size(6 << 20).to_string(), "6.00 MiB");
    }

    #[test]
    fn a_size_is_told_twice_where_the_unit_hides_something() {
        assert_eq!([in_both(1), in_both(1023)], ["1 byte", "1023 bytes"]);
        assert_eq!(in_both(1536), "1.50 KiB (1536 bytes)");
    }

    #[test]
    fn one_is_not_several() {
        let counts = [counted(1, "file"), counted(0, "file"), counted(1, "entry"), counted(2, "entry")];
        assert_eq!(counts, ["1 file", "0 files", "1 entry", "2 entries"]);
    }
}
