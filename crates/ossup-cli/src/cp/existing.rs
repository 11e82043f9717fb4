//! What becomes of a file or object where its destination exists.

use std::time::SystemTime;

use clap::Args;
use ossup::{Crc64, HeadObjectResult, ObjectSummary};

/// Which of those that exist are left as they are.
#[derive(Args, Clone, Copy, Debug, Default, Eq, PartialEq)]
#[command(next_help_heading = "What exists already")]
pub(crate) struct Existing {
    /// Skip what is not older at the destination. Of an upload or a copy, each costs a HeadObject.
    #[arg(short, long)]
    pub(crate) update: bool,
    /// Skip what has the same size at the destination. Of an upload or a copy, each costs a HeadObject.
    #[arg(long)]
    pub(crate) size_only: bool,
    /// Skip what is at the destination, whatever it holds. Of an upload or a copy, each costs a HeadObject.
    #[arg(long)]
    pub(crate) ignore_existing: bool,
    /// Skip what has the same size and CRC64 at the destination, of a copy. Each costs a HeadObject, and one more of the source
    /// where the sizes are equal.
    #[arg(long)]
    pub(crate) checksum: bool,
    /// How many destinations are examined at once, 1 to 256. Default: 16.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) checkers: Option<u16>,
    /// Replace what exists without a question, which is what happens anyway; for scripts written for ossutil.
    #[arg(short, long, conflicts_with_all = ["ignore_existing", "if_none_match"])]
    pub(crate) force: bool,
}

/// What is compared of a file or an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct State {
    pub(crate) size: u64,
    pub(crate) modified: Option<SystemTime>,
    /// Of an object, if it is known.
    pub(crate) crc64: Option<Crc64>,
}

impl State {
    /// That of an object.
    pub(crate) fn of_head(head: &HeadObjectResult) -> Self {
        let size = head.content_length.unwrap_or_default();
        Self { size, modified: head.last_modified, crc64: head.hash_crc64 }
    }

    /// That of an object in a list, which says nothing of its content.
    pub(crate) fn of_list(object: &ObjectSummary) -> Self {
        Self { size: object.size, modified: object.last_modified, crc64: None }
    }

    /// That of a file, if there is one.
    pub(crate) fn of_file(path: &std::path::Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self { size: metadata.len(), modified: metadata.modified().ok(), crc64: None })
    }
}

impl Existing {
    /// Whether anything has to be known of the destination.
    pub(crate) fn compares(self) -> bool {
        self.update || self.size_only || self.ignore_existing || self.checksum
    }

    /// Why the destination is left as it is, if it is.
    pub(crate) fn reason(self, source: State, destination: Option<State>) -> Option<&'static str> {
        let destination = destination?;
        let is_older = match (source.modified, destination.modified) {
            (Some(source), Some(destination)) => destination < source,
            // What is not known to be newer is transferred.
            _ => true,
        };
        if self.ignore_existing {
            Some("it exists")
        } else if self.size_only && source.size == destination.size {
            Some("it exists with the same size")
        } else if self.checksum
            && source.size == destination.size
            && source.crc64.is_some()
            && source.crc64 == destination.crc64
        {
            Some("it exists with the same CRC64")
        } else if self.update && !is_older {
            Some("it exists and is not older")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_exists_is_left_for_each_reason_that_was_asked_for() {
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let crc64 = Some(Crc64::from(7));
        let source = State { size: 5, modified: at(10), crc64 };
        let none = Existing::default();
        let (update, size_only, ignore) = (
            Existing { update: true, ..none },
            Existing { size_only: true, ..none },
            Existing { ignore_existing: true, ..none },
        );
        let both = Existing { update: true, size_only: true, ..none };
        let checksum = Existing { checksum: true, ..none };
        let other = |seconds| State { size: 6, modified: at(seconds), crc64: None };
        let (older, same, newer) = (other(9), source, other(11));
        for (flags, destination, left) in [
            (none, Some(newer), false),
            (update, None, false),
            (update, Some(older), false),
            (update, Some(same), true),
            (update, Some(newer), true),
            (update, Some(State { modified: None, ..newer }), false),
            (size_only, None, false),
            (size_only, Some(newer), false),
            (size_only, Some(State { modified: at(1), ..same }), true),
            (ignore, None, false),
            (ignore, Some(older), true),
            (checksum, None, false),
            (checksum, Some(same), true),
            (checksum, Some(State { crc64: Some(Crc64::from(8)), ..same }), false),
            (checksum, Some(State { crc64: None, ..same }), false),
            (checksum, Some(State { size: 6, ..same }), false),
            (both, Some(newer), true),
            (both, Some(older), false),
            (both, Some(State { size: 5, ..older }), true),
        ] {
            let reason = flags.reason(source, destination);
            assert_eq!(reason.is_some(), left, "{flags:?} {destination:?}: {reason:?}");
            assert!(!left || flags.compares());
        }
    }
}
