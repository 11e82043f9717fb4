use std::time::{Duration, SystemTime};

use oss_models::Etag;

use crate::{Entry, Place};

/// How two entries of one path are compared.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Comparison {
    /// By size, by times where they prove that the source did not change, else by content. The default.
    #[default]
    Auto,
    /// By size alone: equal sizes are equal. A change that keeps the size is not seen.
    Size,
    /// By size and time: what is older on the source than on the destination is equal.
    Time,
    /// By size and entity tag, which of an object that was sent in one request is the MD5 of its content; of any other, by
    /// content.
    Etag,
    /// By content, also where times would prove it.
    Content,
}

/// Where the bytes go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Direction {
    /// From files to objects.
    Up,
    /// From objects to files.
    Down,
    /// From objects to objects.
    Across,
}

impl Direction {
    /// From one place to the other; between two folders, which are not for this crate, as between two prefixes.
    pub(crate) fn between(source: &Place, destination: &Place) -> Self {
        match (source, destination) {
            (Place::Folder { .. }, Place::Objects { .. }) => Self::Up,
            (Place::Objects { .. }, Place::Folder { .. }) => Self::Down,
            _ => Self::Across,
        }
    }
}

/// What a comparison says without looking at content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Equality {
    /// They are equal, for this reason.
    Same(Reason),
    /// They differ, for this reason.
    Different(Reason),
    /// Only their content tells: its CRC64.
    ByContent,
    /// The MD5 of the file tells: the object's entity tag is that of its content.
    ByMd5,
}

/// Why two entries are, or are not, equal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// The sizes.
    Size,
    /// The source was last changed before the destination was written, or after.
    Time,
    /// The CRC64 of the content.
    Crc64,
    /// The entity tags, or the one and the MD5 of the file.
    Etag,
}

/// Times that are nearer than this are told apart by content: clocks drift, and a list has whole seconds.
pub(crate) const TOLERANCE: Duration = Duration::from_secs(5);

impl Comparison {
    /// Compares two entries of one path. `ahead` is by how many seconds the server's clock is ahead of this machine's; `None`
    /// if that is not known, and then no time of this machine is compared with one of the server's.
    pub fn compare(self, direction: Direction, ahead: Option<i64>, source: &Entry, destination: &Entry) -> Equality {
        if source.size != destination.size {
            return Equality::Different(Reason::Size);
        }
        if let (Some(here), Some(there)) = (source.crc64, destination.crc64) {
            return if here == there { Equality::Same(Reason::Crc64) } else { Equality::Different(Reason::Crc64) };
        }
        match self {
            Self::Size => Equality::Same(Reason::Size),
            Self::Content => Equality::ByContent,
            Self::Etag => by_etag(source, destination),
            // A file that was written from an object was given its time; one that was changed since has another.
            Self::Time | Self::Auto if direction == Direction::Down && same_time(source, destination) => {
                Equality::Same(Reason::Time)
            }
            // The same MD5 is the same content.
            Self::Auto
                if direction == Direction::Across && by_etag(source, destination) == Equality::Same(Reason::Etag) =>
            {
                Equality::Same(Reason::Etag)
            }
            Self::Auto if direction == Direction::Down => Equality::ByContent,
            Self::Time => match is_older(direction, ahead, source, destination, Duration::ZERO) {
                Some(true) => Equality::Same(Reason::Time),
                Some(false) => Equality::Different(Reason::Time),
                None => Equality::ByContent,
            },
            Self::Auto => match is_older(direction, ahead, source, destination, TOLERANCE) {
                Some(true) => Equality::Same(Reason::Time),
                _ => Equality::ByContent,
            },
        }
    }
}

fn same_time(source: &Entry, destination: &Entry) -> bool {
    source.modified.is_some() && source.modified == destination.modified
}

fn by_etag(source: &Entry, destination: &Entry) -> Equality {
    let (here, there) = (source.etag.as_ref().filter(is_md5), destination.etag.as_ref().filter(is_md5));
    match (here, there) {
        (Some(here), Some(there)) if here == there => Equality::Same(Reason::Etag),
        (Some(_), Some(_)) => Equality::Different(Reason::Etag),
        // The other one is a file.
        (Some(_), None) if destination.etag.is_none() => Equality::ByMd5,
        (None, Some(_)) if source.etag.is_none() => Equality::ByMd5,
        _ => Equality::ByContent,
    }
}

/// Whether an entity tag can be the MD5 of the content: those of objects that were sent in parts have a count behind it.
fn is_md5(etag: &&Etag) -> bool {
    let text = etag.as_str();
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether nothing was written to the source since `margin` before the destination was. A file counts as changed when its
/// attributes did: what was moved or unpacked here may bring an old time of modification along.
fn is_older(
    direction: Direction,
    ahead: Option<i64>,
    source: &Entry,
    destination: &Entry,
    margin: Duration,
) -> Option<bool> {
    let changed = source.modified?.max(source.changed.unwrap_or(SystemTime::UNIX_EPOCH));
    let written = destination.modified?;
    let (changed, written) = match direction {
        Direction::Up => (shift(changed, ahead?)?, written),
        Direction::Down => (changed, shift(written, ahead?)?),
        Direction::Across => (changed, written),
    };
    Some(changed.checked_add(margin)? < written)
}

pub(crate) fn shift(time: SystemTime, seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { time.checked_sub(distance) } else { time.checked_add(distance) }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::expect;
    use oss_models::Crc64;
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Option<SystemTime> {
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds))
    }

    fn file(size: u64, modified: u64, changed: u64) -> Entry {
        Entry { modified: at(modified), changed: at(changed), ..Entry::new("a", size) }
    }

    fn object(size: u64, modified: u64) -> Entry {
        Entry { modified: at(modified), ..Entry::new("a", size) }
    }

    #[test]
    fn each_comparison_says_what_it_looks_at() {
        use Comparison::{Auto, Content, Size, Time};
        let mut table = String::new();
        for (name, source, destination, ahead) in [
            ("other size", file(1, 0, 0), object(2, 100), Some(0)),
            ("written long after", file(1, 0, 0), object(1, 100), Some(0)),
            ("written just after", file(1, 97, 97), object(1, 100), Some(0)),
            ("written before", file(1, 200, 200), object(1, 100), Some(0)),
            ("an old time that came with the file", file(1, 0, 200), object(1, 100), Some(0)),
            ("this clock is an hour behind", file(1, 0, 0), object(1, 100), Some(3600)),
            ("this clock is an hour ahead", file(1, 3600, 3600), object(1, 100), Some(-3600)),
            ("clocks unknown", file(1, 0, 0), object(1, 100), None),
            ("no time", Entry::new("a", 1), object(1, 100), Some(0)),
        ] {
            write!(table, "{name}:").unwrap();
            for comparison in [Auto, Size, Time, Content] {
                write!(table, " {:?}", comparison.compare(Direction::Up, ahead, &source, &destination)).unwrap();
            }
            table.push('\n');
        }
        expect![[r#"
            other size: Different(Size) Different(Size) Different(Size) Different(Size)
            written long after: Same(Time) Same(Size) Same(Time) ByContent
            written just after: ByContent Same(Size) Same(Time) ByContent
            written before: ByContent Same(Size) Different(Time) ByContent
            an old time that came with the file: ByContent Same(Size) Different(Time) ByContent
            this clock is an hour behind: ByContent Same(Size) Different(Time) ByContent
            this clock is an hour ahead: Same(Time) Same(Size) Same(Time) ByContent
            clocks unknown: ByContent Same(Size) ByContent ByContent
            no time: ByContent Same(Size) ByContent ByContent
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn an_entity_tag_tells_only_where_it_is_the_md5_of_the_content() {
        let with = |etag: &str| Entry { etag: Some(Etag::new(etag).unwrap()), ..object(1, 0) };
        let (one, other) = (with(&"A".repeat(32)), with(&"B".repeat(32)));
        let parts = with(&format!("{}-3", "A".repeat(32)));
        let compare = |source: &Entry, destination: &Entry| {
            Comparison::Etag.compare(Direction::Across, Some(0), source, destination)
        };
        assert_eq!(compare(&one, &one), Equality::Same(Reason::Etag));
        assert_eq!(compare(&one, &other), Equality::Different(Reason::Etag));
        assert_eq!(compare(&file(1, 0, 0), &one), Equality::ByMd5);
        assert_eq!(compare(&one, &file(1, 0, 0)), Equality::ByMd5);
        for (source, destination) in [(&parts, &parts), (&one, &parts), (&file(1, 0, 0), &parts)] {
            assert_eq!(compare(source, destination), Equality::ByContent, "{source:?}");
        }
        assert_eq!(compare(&one, &object(2, 0)), Equality::Different(Reason::Size));
    }

    #[test]
    fn down_a_file_with_the_time_of_its_object_is_the_same() {
        let compare = |source: u64, destination: u64| {
            Comparison::Auto.compare(Direction::Down, Some(0), &object(1, source), &file(1, destination, 900))
        };
        assert_eq!(compare(5, 5), Equality::Same(Reason::Time));
        assert_eq!([compare(5, 4), compare(5, 6)], [Equality::ByContent, Equality::ByContent]);
    }

    #[test]
    fn down_content_tells_where_times_differ_and_a_known_crc64_always_does() {
        let (old, new) = (object(1, 0), file(1, 500, 500));
        let compare = |source: &Entry, destination: &Entry| {
            Comparison::Auto.compare(Direction::Down, Some(0), source, destination)
        };
        assert_eq!(compare(&old, &new), Equality::ByContent);
        let with = |entry: &Entry, crc64| Entry { crc64: Some(Crc64::from_u64(crc64)), ..entry.clone() };
        assert_eq!(compare(&with(&old, 1), &with(&new, 1)), Equality::Same(Reason::Crc64));
        assert_eq!(compare(&with(&old, 1), &with(&new, 2)), Equality::Different(Reason::Crc64));
    }

    #[test]
    fn down_by_time_what_was_written_here_after_its_object_is_the_same() {
        let compare = |ahead, source: u64, destination: u64| {
            let file = file(1, destination, 900);
            Comparison::Time.compare(Direction::Down, ahead, &object(1, source), &file)
        };
        assert_eq!(compare(Some(0), 100, 200), Equality::Same(Reason::Time));
        assert_eq!(compare(Some(0), 200, 100), Equality::Different(Reason::Time));
        // This clock is an hour behind, then an hour ahead.
        assert_eq!(compare(Some(3_600), 3_000, 100), Equality::Same(Reason::Time));
        assert_eq!(compare(Some(-3_600), 100, 3_000), Equality::Different(Reason::Time));
        // Without a clock to go by, only equal times tell.
        assert_eq!(compare(None, 100, 200), Equality::ByContent);
        assert_eq!(compare(None, 100, 100), Equality::Same(Reason::Time));
    }

    proptest! {
        /// Of a change that keeps the size, whenever it was made and wherever the clocks are, nothing is lost.
        #[test]
        fn a_file_that_was_changed_after_its_upload_is_never_the_same(
            uploaded in 0_u64..10_000, later in 0_u64..10_000, modified in 0_u64..20_000, error in -4_i64..=4, ahead in -7_200_i64..7_200,
        ) {
            // By the server's clock; this machine's is behind by `ahead`, which was measured a little wrong.
            let changed_here = shift(at(uploaded + later).unwrap(), -ahead).unwrap();
            let source = Entry { modified: at(modified), changed: Some(changed_here), ..Entry::new("a", 1) };
            let equality = Comparison::Auto.compare(Direction::Up, Some(ahead + error), &source, &object(1, uploaded));
            prop_assert_eq!(equality, Equality::ByContent);
        }
    }
}
