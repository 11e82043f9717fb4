//! What one run does, drawn from its seed alone.

use std::time::Duration;

use fastrand::Rng;

use crate::fault::{Fault, Strike};
use crate::operation::Op;

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) kind: Kind,
    /// Bytes of the source.
    pub(crate) size: usize,
    pub(crate) faults: Vec<Fault>,
    pub(crate) caller: Option<Caller>,
    /// What becomes of a file under its upload.
    pub(crate) source: Option<SourceChange>,
    /// What is stored under the key before.
    pub(crate) before: Before,
    pub(crate) forbid_overwrite: bool,
    pub(crate) checkpoint: bool,
    pub(crate) operation_timeout: Option<Duration>,
}

/// Which way the bytes go up.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    SmallFile,
    SmallStream,
    FileInParts,
    StreamInParts,
}

/// What the caller does, and when: once this many requests have arrived, and so long after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Caller {
    pub(crate) does: Does,
    pub(crate) after_requests: u32,
    pub(crate) wait: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Does {
    Cancel,
    Drop,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SourceChange {
    pub(crate) how: Change,
    pub(crate) after_requests: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    Cut,
    Grown,
    Rewritten,
}

/// What is stored under the key before the upload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Before {
    Nothing,
    Other,
    /// The same bytes with other metadata.
    SameBytes,
}

/// Size of a part, the smallest that OSS takes.
pub(crate) const PART: usize = 100 * 1024;

impl Scenario {
    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let kind = *pick(
            &mut rng,
            &[Kind::SmallFile, Kind::FileInParts, Kind::FileInParts, Kind::SmallStream, Kind::StreamInParts],
        );
        let size = match kind {
            Kind::SmallFile | Kind::SmallStream => rng.usize(1..5_000),
            Kind::FileInParts | Kind::StreamInParts => PART * rng.usize(2..5) + rng.usize(1..PART),
        };
        let count = *pick(&mut rng, &[1, 1, 2, 2, 3]);
        let faults = (0..count).map(|_| fault(&mut rng, kind)).collect();
        let caller = (rng.u8(0..3) == 0).then(|| Caller {
            does: *pick(&mut rng, &[Does::Cancel, Does::Drop]),
            after_requests: rng.u32(0..9),
            wait: Duration::from_millis(*pick(&mut rng, &[0, 1, 10, 20, 21, 30, 500, 5_000])),
        });
        let is_file = matches!(kind, Kind::SmallFile | Kind::FileInParts);
        let source = (is_file && rng.u8(0..6) == 0).then(|| SourceChange {
            how: *pick(&mut rng, &[Change::Cut, Change::Grown, Change::Rewritten]),
            after_requests: rng.u32(0..7),
        });
        Self {
            seed,
            kind,
            size,
            faults,
            caller,
            source,
            before: *pick(&mut rng, &[Before::Nothing, Before::Nothing, Before::Other, Before::SameBytes]),
            forbid_overwrite: rng.u8(0..5) == 0,
            checkpoint: kind == Kind::FileInParts && rng.bool(),
            operation_timeout: (rng.u8(0..12) == 0).then(|| Duration::from_secs(rng.u64(1..40))),
        }
    }
}

fn fault(rng: &mut Rng, kind: Kind) -> Fault {
    let effects: &[Op] = match kind {
        Kind::SmallFile | Kind::SmallStream => &[Op::PutObject, Op::PutObject, Op::PutObject, Op::HeadObject],
        Kind::FileInParts | Kind::StreamInParts => &[
            Op::InitiateMultipartUpload,
            Op::UploadPart,
            Op::UploadPart,
            Op::CompleteMultipartUpload,
            Op::CompleteMultipartUpload,
            Op::CompleteMultipartUpload,
            Op::AbortMultipartUpload,
            Op::ListParts,
            Op::HeadObject,
        ],
    };
    let on = *pick(rng, effects);
    let nth = if on == Op::UploadPart { rng.u32(0..5) } else { *pick(rng, &[0, 0, 0, 1]) };
    Fault { on, nth, times: *pick(rng, &[1, 1, 1, 2, 5, 1_000]), how: strike(rng, on) }
}

fn strike(rng: &mut Rng, on: Op) -> Strike {
    const REFUSALS: [(u16, &str); 8] = [
        (403, "AccessDenied"),
        (404, "NoSuchBucket"),
        (404, "NoSuchUpload"),
        (409, "FileAlreadyExists"),
        (500, "InternalError"),
        (501, "NotImplemented"),
        (503, "ServiceUnavailable"),
        (503, "SlowDown"),
    ];
    let (status, code) = *pick(rng, &REFUSALS);
    let wait = Duration::from_millis(*pick(rng, &[50, 2_000, 30_000, 100_000]));
    match rng.u8(0..12) {
        0 | 1 => Strike::Refused(status, code),
        2 if on.has_effect() => Strike::DoneAndRefused(status, code),
        3 => Strike::ClosedBeforeBody,
        4 => Strike::ClosedInBody,
        5 => Strike::ClosedAfterBody,
        6 => Strike::ResponseCut(rng.u64(0..400)),
        7 => Strike::Late(wait),
        8 => Strike::Slow(wait),
        9 => Strike::DoneAndSilent,
        10 => Strike::Silent,
        11 if matches!(on, Op::PutObject | Op::UploadPart) => {
            if rng.bool() {
                Strike::Damaged
            } else {
                Strike::EarlySuccess
            }
        }
        _ => Strike::ResponseCut(0),
    }
}

#[expect(clippy::indexing_slicing, reason = "the index is below the length, which is never 0 here")]
fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(0..from.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_gives_the_same_run() {
        for seed in 0..200 {
            assert_eq!(Scenario::of(seed), Scenario::of(seed));
        }
    }
}
