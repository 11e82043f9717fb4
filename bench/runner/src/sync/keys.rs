//! Keys as buckets have them, each shape with so many, in the order of their bytes.

use std::fmt::Write as _;

/// How the keys of a bucket look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    /// `0000001234`.
    Padded,
    /// `1234`.
    Unpadded,
    /// `3f2a…`, 32 hexadecimal digits.
    Uuid,
    /// `dt=2026-03-14/hour=07/part-00012`, of which some days have many times as many as others.
    Dates,
    /// Folders in folders, at random.
    Tree,
    /// 99 of 100 in one folder, and the rest in a thousand.
    Skewed,
}

impl Shape {
    pub(super) const ALL: [Self; 6] = [Self::Padded, Self::Unpadded, Self::Uuid, Self::Dates, Self::Tree, Self::Skewed];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Padded => "padded numbers",
            Self::Unpadded => "numbers without padding",
            Self::Uuid => "random UUIDs",
            Self::Dates => "days and hours, unevenly filled",
            Self::Tree => "a random tree of folders",
            Self::Skewed => "99 of 100 in one folder",
        }
    }

    /// Whether it is flat, or partitioned by folders of one kind.
    pub(super) fn is_regular(self) -> bool {
        !matches!(self, Self::Tree | Self::Skewed)
    }

    /// Its keys in order; the same each time.
    pub(super) fn keys(self, count: usize) -> Vec<String> {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut keys: Vec<String> = match self {
            Self::Padded => (0..count).map(|number| format!("{number:010}")).collect(),
            Self::Unpadded => (0..count).map(|number| number.to_string()).collect(),
            Self::Uuid => (0..count).map(|_| format!("{:016x}{:016x}", random.next(), random.next())).collect(),
            Self::Dates => dates(count, &mut random),
            Self::Tree => {
                let mut keys = Vec::with_capacity(count);
                tree(count, &mut String::new(), &mut random, &mut keys);
                keys
            }
            Self::Skewed => {
                let rest = count / 100;
                let hot = (0..count - rest).map(|number| format!("hot/{number:09}"));
                hot.chain((0..rest).map(|number| format!("rest-{:03}/{number:09}", number % 1_000))).collect()
            }
        };
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

fn dates(count: usize, random: &mut Random) -> Vec<String> {
    let mut keys = Vec::with_capacity(count);
    for day in 0.. {
        let (month, date) = (1 + day / 28 % 12, 1 + day % 28);
        let year = 2024 + day / (28 * 12);
        // A busy day has up to 30 times as many as a quiet one.
        let of_hour = 20 * (1 + random.below(30));
        for hour in 0..24 {
            for part in 0..of_hour {
                if keys.len() == count {
                    return keys;
                }
                keys.push(format!("dt={year}-{month:02}-{date:02}/hour={hour:02}/part-{part:05}"));
            }
        }
    }
    keys
}

/// So many keys below a folder: a few of them in it, the rest in folders of its own.
fn tree(count: usize, folder: &mut String, random: &mut Random, keys: &mut Vec<String>) {
    let is_leaf = count < 100 || folder.matches('/').count() > 6;
    let here = if is_leaf { count } else { random.below(40) };
    for number in 0..here {
        keys.push(format!("{folder}{}{number}", random.word()));
    }
    let mut left = count - here;
    while left > 0 {
        // Of what is left, from a hundredth to a half goes to the next folder.
        let share = (left / (2 + random.below(99))).max(20).min(left);
        let before = folder.len();
        let word = random.word();
        // The number keeps two folders of one word apart.
        let _ = write!(folder, "{word}{}/", left % 1_000);
        tree(share, folder, random, keys);
        folder.truncate(before);
        left -= share;
    }
}

/// Numbers that look random: xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or_default()
    }

    /// A few letters.
    fn word(&mut self) -> String {
        let len = 3 + self.below(6);
        (0..len)
            .map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz".get(self.below(26)).copied().unwrap_or(b'a')))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_has_its_keys_in_order() {
        for shape in Shape::ALL {
            let keys = shape.keys(5_000);
            assert!(keys.is_sorted() && keys.len() > 4_900, "{shape:?}: {}", keys.len());
            assert_eq!(keys, shape.keys(5_000), "{shape:?}");
        }
    }
}
