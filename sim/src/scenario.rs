//! What one run does, drawn from its seed alone.

use std::time::Duration;

use fastrand::Rng;

use crate::client::Session;
use crate::fault::{Fault, Strike, fault, pick};
use crate::operation::Op;
use crate::work::{Cell, Work};

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) draw: u32,
    pub(crate) kind: Kind,
    /// Bytes of the source.
    pub(crate) size: usize,
    pub(crate) faults: Vec<Fault>,
    pub(crate) caller: Option<Caller>,
    /// What becomes of a file under its upload.
    pub(crate) source: Option<SourceChange>,
    /// What is stored under the key before.
    pub(crate) before: Before,
    /// Part of a second that has passed when the upload begins.
    pub(crate) began: Duration,
    pub(crate) forbid_overwrite: bool,
    /// Whether the server is to call back.
    pub(crate) callback: bool,
    pub(crate) checkpoint: bool,
    pub(crate) operation_timeout: Option<Duration>,
    /// Requests are signed with temporary credentials; without them they are anonymous.
    pub(crate) session: Option<Session>,
}

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    SmallFile,
    SmallStream,
    /// By one request, and larger than what buffers on the way hold.
    LargerFile,
    FileInParts,
    StreamInParts,
    /// By one CopyObject.
    WholeCopy,
    /// By one CopyObject, and in parts if that fails.
    ShallowCopy,
    CopyInParts,
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
    /// The same bytes with other metadata, stored so long before the upload begins.
    SameBytes(Duration),
    /// The same in all that HeadObject shows, stored so long before the upload begins.
    Twin(Duration),
}

/// Size of a part, the smallest that OSS takes.
pub(crate) const PART: usize = 100 * 1024;
/// More than the buffers between an upload and the server hold together.
const BEYOND_BUFFERS: usize = 600 * 1024;

impl Scenario {
    /// The run of this seed, of which there are several draws. Its first fault is that of `cell`; `count` says how many
    /// there are, else the seed does.
    pub(crate) fn of(cell: Cell, seed: u64, draw: u32, count: Option<usize>) -> Self {
        let Cell { work, op, effect } = cell;
        let mut rng = Rng::with_seed(seed ^ (u64::from(draw) << 48));
        let kind = kind(&mut rng, cell);
        let size = match kind {
            Kind::SmallFile | Kind::SmallStream | Kind::WholeCopy => rng.usize(1..5_000),
            Kind::LargerFile => BEYOND_BUFFERS + rng.usize(0..PART),
            _ => PART * rng.usize(2..5) + rng.usize(1..PART),
        };
        let mut faults = vec![fault(&mut rng, op, effect)];
        // What is only sent after something else went wrong.
        match op {
            Op::HeadObject | Op::ListParts => {
                let effect = *pick(&mut rng, &["done, response cut", "closed after body", "done, refused"]);
                faults.push(fault(&mut rng, kind.makes_object(), effect));
            }
            Op::AbortMultipartUpload => {
                let refused = *pick(&mut rng, &[kind.sends_parts(), Op::CompleteMultipartUpload]);
                faults.push(fault(&mut rng, refused, "refused"));
            }
            _ => {}
        }
        // A refusal of the next attempt, which says nothing of the one before.
        if matches!(op, Op::PutObject | Op::CopyObject | Op::CompleteMultipartUpload) && rng.u8(0..3) == 0 {
            let first = faults.first().map_or(0, |fault| fault.nth + fault.times.min(2));
            faults.push(Fault { nth: first, ..fault(&mut rng, op, "refused") });
        }
        let more = *pick(&mut rng, &[0, 0, 1, 1, 2]);
        let more = count.map_or(more, |count| count.saturating_sub(faults.len()));
        for _ in 0..more {
            let on = *pick(&mut rng, kind.operations());
            let effects: Vec<_> = work.effects(on).filter(|effect| kind.can_show(on, effect)).collect();
            let effect = *pick(&mut rng, &effects);
            faults.push(fault(&mut rng, on, effect));
        }
        faults.truncate(count.unwrap_or(usize::MAX));
        let caller = (rng.u8(0..3) == 0).then(|| Caller {
            does: *pick(&mut rng, &[Does::Cancel, Does::Drop]),
            after_requests: rng.u32(0..9),
            wait: Duration::from_millis(*pick(&mut rng, &[0, 1, 10, 20, 21, 30, 500, 5_000])),
        });
        let can_change = !matches!(kind, Kind::SmallStream | Kind::StreamInParts);
        let source = (can_change && rng.u8(0..6) == 0).then(|| SourceChange {
            how: *pick(&mut rng, &[Change::Cut, Change::Grown, Change::Rewritten]),
            after_requests: rng.u32(0..7),
        });
        // Another object that is in the way, or that passes for this one, is told from it by a question.
        let is_question = op.has_effect() && kind.makes_object() == op || op == Op::HeadObject;
        let contested = is_question && rng.u8(0..3) == 0;
        let before = match rng.u8(if contested { 4..8 } else { 0..8 }) {
            0..4 => Before::Nothing,
            4 => Before::Other,
            5 => Before::SameBytes(Duration::from_millis(*pick(&mut rng, &[1, 300, 1_000, 60_000]))),
            // Times of an object have whole seconds, so that one of the same second could not be told from it.
            _ => Before::Twin(Duration::from_millis(*pick(&mut rng, &[1_000, 1_400, 1_900, 3_000, 60_000]))),
        };
        Self {
            seed,
            draw,
            kind,
            size,
            callback: faults.iter().any(|fault| fault.how == Strike::CallbackFailed),
            faults,
            caller,
            source,
            before,
            began: Duration::from_millis(rng.u64(0..1_000)),
            forbid_overwrite: rng.u8(0..5) == 0 || (contested && rng.bool()),
            checkpoint: matches!(kind, Kind::FileInParts | Kind::CopyInParts) && rng.bool(),
            operation_timeout: (rng.u8(0..12) == 0).then(|| Duration::from_secs(rng.u64(1..40))),
            session: (rng.u8(0..3) == 0).then(|| Session {
                lifetime: Duration::from_secs(rng.u64(3..200)),
                hangs: rng.bool().then(|| rng.u32(0..3)),
            }),
        }
    }
}

impl Kind {
    pub(crate) fn is_in_parts(self) -> bool {
        matches!(self, Self::FileInParts | Self::StreamInParts | Self::CopyInParts)
    }

    /// Whether the server reads the bytes itself.
    pub(crate) fn is_copy(self) -> bool {
        matches!(self, Self::WholeCopy | Self::ShallowCopy | Self::CopyInParts)
    }

    /// Whether its bytes may go by a single request.
    pub(crate) fn is_single(self) -> bool {
        matches!(self, Self::SmallFile | Self::SmallStream | Self::LargerFile | Self::WholeCopy)
    }

    /// The request that makes the object.
    fn makes_object(self) -> Op {
        match self {
            Self::SmallFile | Self::SmallStream | Self::LargerFile => Op::PutObject,
            Self::WholeCopy | Self::ShallowCopy => Op::CopyObject,
            _ => Op::CompleteMultipartUpload,
        }
    }

    fn sends_parts(self) -> Op {
        if self.is_copy() { Op::UploadPartCopy } else { Op::UploadPart }
    }

    /// What an upload or copy of this kind sends, the more important ones more than once.
    fn operations(self) -> &'static [Op] {
        match self {
            Self::SmallFile | Self::SmallStream | Self::LargerFile => {
                &[Op::PutObject, Op::PutObject, Op::PutObject, Op::HeadObject]
            }
            Self::WholeCopy => &[Op::CopyObject, Op::CopyObject, Op::HeadObject],
            Self::FileInParts | Self::StreamInParts => &[
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
            Self::ShallowCopy | Self::CopyInParts => &[
                Op::CopyObject,
                Op::InitiateMultipartUpload,
                Op::UploadPartCopy,
                Op::UploadPartCopy,
                Op::CompleteMultipartUpload,
                Op::CompleteMultipartUpload,
                Op::AbortMultipartUpload,
                Op::ListParts,
                Op::HeadObject,
            ],
        }
    }

    /// Whether the client can tell this fault from a success: an early success of a body that fits into the buffers on the
    /// way it cannot.
    fn can_show(self, op: Op, effect: &str) -> bool {
        effect != "early success" || op == Op::UploadPart || self == Self::LargerFile
    }
}

fn kind(rng: &mut Rng, cell: Cell) -> Kind {
    let in_parts = [Kind::FileInParts, Kind::StreamInParts];
    let whole = [Kind::SmallFile, Kind::SmallStream, Kind::LargerFile];
    match (cell.work, cell.op) {
        (Work::Copy, Op::CopyObject) => *pick(rng, &[Kind::WholeCopy, Kind::ShallowCopy]),
        (Work::Copy, Op::HeadObject) => *pick(rng, &[Kind::WholeCopy, Kind::ShallowCopy, Kind::CopyInParts]),
        (Work::Copy, _) => Kind::CopyInParts,
        (_, Op::PutObject) if cell.effect == "early success" => Kind::LargerFile,
        (_, Op::PutObject) => *pick(rng, &whole),
        (_, Op::HeadObject) if rng.bool() => *pick(rng, &whole),
        _ => *pick(rng, &in_parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_gives_the_same_run() {
        for seed in 0..400 {
            let cell = Cell::of_seed(seed).unwrap();
            assert_eq!(Scenario::of(cell, seed, 1, None), Scenario::of(cell, seed, 1, None));
        }
    }
}
