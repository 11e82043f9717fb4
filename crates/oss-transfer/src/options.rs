//! Options that mean the same for uploads and downloads, and how the others are declared.

mod declare;

use std::fmt;

/// Default size of a part: 6 MiB.
pub const DEFAULT_PART_SIZE: u64 = 6 * 1024 * 1024;
/// Default number of parts in flight.
pub const DEFAULT_PARALLEL_NUM: u16 = 3;
/// Most parts in flight of one transfer.
pub const MAX_PARALLEL_NUM: u16 = 256;
/// Most attempts of one part.
pub const MAX_PART_ATTEMPTS: u32 = 100;

/// How many parts of one transfer are in flight at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ParallelNum {
    /// As many as given, 1 to 256; fewer while the server asks for less.
    Fixed(usize),
    /// As many as the measured throughput and latency call for, 1 to 256. A part that holds up the end is transferred
    /// twice.
    ///
    /// Begins with 4; is raised within the first tenths of a second, to 128 at most, if each connection is slow and more
    /// of them move more bytes; and follows the throughput from then on. Halved when the server asks for less. Parts of a
    /// stream never hold more than its byte budget.
    Auto,
}

impl ParallelNum {
    /// The number that buffers are planned for.
    pub fn expected(self) -> usize {
        match self {
            Self::Fixed(parallel) => parallel,
            Self::Auto => DEFAULT_PARALLEL_NUM.into(),
        }
    }

    /// Checks the range.
    ///
    /// # Errors
    /// [`InvalidOption`] of `parallel_num`.
    pub fn check(self) -> Result<(), InvalidOption> {
        match self {
            Self::Fixed(parallel) => within("parallel_num", parallel as u64, 1, MAX_PARALLEL_NUM.into(), Unit::Count),
            Self::Auto => Ok(()),
        }
    }
}

impl From<usize> for ParallelNum {
    fn from(parallel: usize) -> Self {
        Self::Fixed(parallel)
    }
}

/// An option outside its range. `Display` says which and why: "`part_size` must be between 100 KiB and 5 GiB, got 0".
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InvalidOption {
    /// The option's name.
    pub option: &'static str,
    /// What is allowed and what was given, such as `must be between 1 and 256, got 0`.
    pub reason: String,
}

impl InvalidOption {
    /// This option is wrong for this reason.
    pub fn new(option: &'static str, reason: impl Into<String>) -> Self {
        Self { option, reason: reason.into() }
    }
}

impl fmt::Display for InvalidOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.option, self.reason)
    }
}

impl std::error::Error for InvalidOption {}

/// How the values of an option are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Unit {
    /// As numbers.
    Count,
    /// As sizes, such as `100 KiB`.
    Bytes,
}

/// Checks that the value of an option is between `min` and `max`; `u64::MAX` is no bound.
///
/// # Errors
/// [`InvalidOption`].
pub fn within(option: &'static str, value: u64, min: u64, max: u64, unit: Unit) -> Result<(), InvalidOption> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    let [min, limit] = [min, max].map(|number| unit.show(number));
    let allowed = if max == u64::MAX { format!("at least {min}") } else { format!("between {min} and {limit}") };
    Err(InvalidOption::new(option, format!("must be {allowed}, got {value}")))
}

impl Unit {
    /// A value as it is written in an error: `12 MiB`, `100 bytes`, `7`.
    pub fn show(self, value: u64) -> String {
        const UNITS: [(u32, &str); 4] = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
        let unit = UNITS.iter().find(|(shift, _)| value > 0 && value.trailing_zeros() >= *shift);
        match (self, unit) {
            (Self::Bytes, Some((shift, name))) => format!("{} {name}", value >> shift),
            (Self::Bytes, None) => format!("{value} bytes"),
            (Self::Count, _) => value.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_is_allowed_and_what_was_given() {
        let error = |value, max, unit| within("part_size", value, 100 << 10, max, unit).unwrap_err().to_string();
        assert_eq!(error(0, 5 << 30, Unit::Bytes), "`part_size` must be between 100 KiB and 5 GiB, got 0");
        assert_eq!(error(1, u64::MAX, Unit::Bytes), "`part_size` must be at least 100 KiB, got 1");
        assert_eq!(error(3, 300_000, Unit::Count), "`part_size` must be between 102400 and 300000, got 3");
        assert_eq!(
            ParallelNum::Fixed(257).check().unwrap_err().to_string(),
            "`parallel_num` must be between 1 and 256, got 257"
        );
    }
}
