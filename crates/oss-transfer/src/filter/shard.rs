use std::fmt;
use std::str::FromStr;

use oss_models::Crc64;

/// One of several parts of all paths, so that each of several machines takes its own: a path is in the shard of the
/// CRC64 of its bytes, modulo their number. Shards are of about the same number of paths, whatever they are called.
///
/// ```
/// use oss_transfer::Shard;
///
/// let shards: Vec<Shard> = (0..4).map(|index| Shard::new(index, 4)).collect::<Result<_, _>>()?;
/// assert_eq!(shards.iter().filter(|shard| shard.contains("2024/cat.jpg")).count(), 1);
/// assert_eq!("1/4".parse(), Ok(shards[1]));
/// # Ok::<(), oss_transfer::InvalidShard>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// A shard that is none of so many.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InvalidShard {
    /// What was given.
    pub text: String,
}

impl fmt::Display for InvalidShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a shard: write INDEX/COUNT, with an index from 0 to COUNT - 1", self.text)
    }
}

impl std::error::Error for InvalidShard {}

impl Shard {
    /// The shard with this index, from 0, of so many.
    ///
    /// # Errors
    /// If there is no such index.
    pub fn new(index: u32, count: u32) -> Result<Self, InvalidShard> {
        if index < count { Ok(Self { index, count }) } else { Err(InvalidShard { text: format!("{index}/{count}") }) }
    }

    /// Whether a path, relative to the folder or the prefix, is in it.
    pub fn contains(&self, path: &str) -> bool {
        Crc64::of(path.as_bytes()).to_u64() % u64::from(self.count) == u64::from(self.index)
    }

    /// Its index, from 0.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.count
    }
}

impl FromStr for Shard {
    type Err = InvalidShard;

    fn from_str(text: &str) -> Result<Self, InvalidShard> {
        let read = || {
            let (index, count) = text.split_once('/')?;
            Self::new(index.parse().ok()?, count.parse().ok()?).ok()
        };
        read().ok_or_else(|| InvalidShard { text: text.to_owned() })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_an_index_below_the_count_is_a_shard() {
        assert_eq!("3/4".parse::<Shard>().map(|shard| shard.to_string()), Ok("3/4".to_owned()));
        for text in ["4/4", "0/0", "-1/4", "1", "1/4/2", "a/b", ""] {
            let error = text.parse::<Shard>().unwrap_err().to_string();
            assert!(error.contains("INDEX/COUNT"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn each_path_is_in_one_shard(path in "\\PC{0,20}", count in 1_u32..40) {
            let shards = (0..count).filter(|index| Shard::new(*index, count).unwrap().contains(&path));
            prop_assert_eq!(shards.count(), 1);
        }
    }

    #[test]
    fn shards_are_of_about_the_same_size() {
        let mut sizes = [0; 8];
        for number in 0..8_000 {
            let path = format!("2024/{number:06}.jpg");
            let index = (0..8).find(|index| Shard::new(*index, 8).unwrap().contains(&path)).unwrap();
            sizes[index as usize] += 1;
        }
        assert!(sizes.iter().all(|size| (800..1_200).contains(size)), "{sizes:?}");
    }
}
