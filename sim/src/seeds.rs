//! The seeds that once found a bug, each of which every sweep runs first.

/// The number of faults that a run was to have, if that was said, and its seed.
pub(crate) fn kept() -> impl Iterator<Item = (Option<usize>, u64)> {
    include_str!("../seeds.txt").lines().filter_map(read)
}

/// A line is a seed, `SEED/FAULTS` if the number of faults was given, and what it found.
fn read(line: &str) -> Option<(Option<usize>, u64)> {
    let first = line.split_whitespace().next()?;
    match first.split_once('/') {
        Some((seed, faults)) => Some((Some(faults.parse().ok()?), seed.parse().ok()?)),
        None => Some((None, first.parse().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_seed_with_or_without_a_number_of_faults() {
        assert_eq!(read("17 what it found"), Some((None, 17)));
        assert_eq!(read("17/2 what it found"), Some((Some(2), 17)));
        assert_eq!((read("# a comment"), read("")), (None, None));
    }

    #[test]
    fn every_line_that_is_no_comment_is_read() {
        let lines = include_str!("../seeds.txt").lines();
        let seeds = lines.filter(|line| !line.starts_with('#') && !line.is_empty()).count();
        assert_eq!(kept().count(), seeds);
    }
}
