//! What one run does, drawn from its seed alone.

use std::time::Duration;

use fastrand::Rng;

use crate::client::Session;
use crate::fault::{Fault, Strike, fault, pick};
use crate::operation::Op;
use crate::run::{Draw, Ending};
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

/// What the caller does, and when: so long after this moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Caller {
    pub(crate) does: Does,
    pub(crate) after: Moment,
    pub(crate) wait: Duration,
}

/// A moment of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moment {
    /// This many requests have arrived.
    Requests(u32),
    /// This fault has struck a request of this operation.
    Struck(Op, &'static str),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Does {
    Cancel,
    Drop,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SourceChange {
    pub(crate) how: Change,
    pub(crate) after: Moment,
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
    /// What is drawn. Its first fault is that of the cell.
    pub(crate) fn of(draw: Draw) -> Self {
        let Draw { cell, seed, number, faults: count, .. } = draw;
        let Cell { work, op, effect } = cell;
        let mut rng = draw.rng();
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
            after: Moment::Requests(rng.u32(0..9)),
            wait: Duration::from_millis(*pick(&mut rng, &[0, 1, 10, 20, 21, 30, 500, 5_000])),
        });
        let can_change = !matches!(kind, Kind::SmallStream | Kind::StreamInParts);
        let source = (can_change && rng.u8(0..6) == 0).then(|| SourceChange {
            how: *pick(&mut rng, &[Change::Cut, Change::Grown, Change::Rewritten]),
            after: Moment::Requests(rng.u32(0..7)),
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
        let scenario = Self {
            seed,
            draw: number,
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
        };
        scenario.changed_after_failed_callback(draw, &mut rng).aimed(draw, &mut rng)
    }

    /// Where a callback fails the object is in place, and more often than not its file changes before it is looked at again.
    fn changed_after_failed_callback(mut self, draw: Draw, rng: &mut Rng) -> Self {
        let can_change = !matches!(self.kind, Kind::SmallStream | Kind::StreamInParts);
        if draw.cell.effect == "callback failed" && draw.faults.is_none() && can_change && rng.u8(0..6) > 0 {
            let how = *pick(rng, &[Change::Cut, Change::Grown, Change::Rewritten]);
            self.source = Some(SourceChange { how, after: Moment::Struck(draw.cell.op, draw.cell.effect) });
        }
        self
    }

    /// Parts in flight: of a stream fewer than it has parts, so that it shows if it is read too far ahead.
    pub(crate) fn parallel(&self) -> usize {
        match (self.kind, self.seed % 3) {
            (Kind::StreamInParts, 0) => 1,
            (Kind::StreamInParts, 1) => 2,
            _ => 3,
        }
    }

    /// With what makes the work end as it is meant to.
    fn aimed(mut self, draw: Draw, rng: &mut Rng) -> Self {
        match draw.aim {
            Some(Ending::Done) => {
                (self.caller, self.source, self.operation_timeout) = (None, None, None);
                self.forbid_overwrite = false;
                self.outlives(draw.cell, rng)
            }
            Some(Ending::Failed) => {
                let (on, how) = (self.kind.makes_object(), Strike::Refused(403, "AccessDenied"));
                self.caller = None;
                if on != draw.cell.op {
                    self.faults.push(Fault { on, nth: 0, times: 1_000, how });
                }
                self
            }
            Some(Ending::Cancelled) => Self { caller: Some(Caller::at_strike(rng, Does::Cancel, draw.cell)), ..self },
            Some(Ending::Dropped) => Self { caller: Some(Caller::at_strike(rng, Does::Drop, draw.cell)), ..self },
            _ => self,
        }
    }

    /// With what lets the work succeed though this fault strikes it, where it would not by itself.
    fn outlives(mut self, cell: Cell, rng: &mut Rng) -> Self {
        let first = |fault: Fault| Fault { nth: 0, times: 1, ..fault };
        match (cell.op, cell.effect) {
            // Everything is sent again after an upload that is called gone. It was aborted before, and what was wrong with its
            // parts went with it.
            (Op::AbortMultipartUpload, _) | (Op::UploadPart, "early success") | (Op::UploadPartCopy, "damaged") => {
                self.kind = if cell.work == Work::Copy { Kind::CopyInParts } else { Kind::FileInParts };
                let denied = Strike::Denied("NoSuchUpload");
                let gone = match cell.op == Op::AbortMultipartUpload && rng.bool() {
                    true => Fault { on: Op::CompleteMultipartUpload, nth: 0, times: 1, how: denied },
                    false => Fault { on: self.kind.sends_parts(), nth: rng.u32(2..4), times: 1, how: denied },
                };
                self.faults = self.faults.into_iter().take(1).map(first).chain([gone]).collect();
            }
            // The copy was made before, and is found.
            (Op::CopyObject, "denied" | "replaced") => self.faults = second_copy(self.faults),
            (Op::UploadPartCopy, "replaced") => {
                self.kind = Kind::ShallowCopy;
                self.faults.truncate(1);
                self.faults.extend(untold_copy(rng.u32(1..6)));
            }
            _ => {}
        }
        self
    }
}

impl Caller {
    /// Does something when this fault strikes, or soon after.
    pub(crate) fn at_strike(rng: &mut Rng, does: Does, cell: Cell) -> Self {
        let wait = Duration::from_millis(*pick(rng, &[0, 0, 1, 10, 20, 40, 200, 3_000]));
        Self { does, after: Moment::Struck(cell.op, cell.effect), wait }
    }
}

/// The first of these faults, so that it strikes the second CopyObject, and the first one was carried out, which nothing tells.
pub(crate) fn second_copy(faults: Vec<Fault>) -> Vec<Fault> {
    let struck = faults.into_iter().take(1).map(|fault| Fault { nth: 1, times: 1, ..fault });
    struck.chain(untold_copy(1)).collect()
}

/// A CopyObject is carried out, its response does not say so, and as many questions after it have no useful response.
fn untold_copy(questions: u32) -> [Fault; 2] {
    let lost = Strike::DoneAndRefused(500, "InternalError");
    let unasked = Strike::Refused(500, "InternalError");
    // The first question is for the source.
    [
        Fault { on: Op::CopyObject, nth: 0, times: 1, how: lost },
        Fault { on: Op::HeadObject, nth: 1, times: questions, how: unasked },
    ]
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
        for seed in (0..20_000).step_by(19) {
            let draw = Draw { number: 1, ..Draw::of_seed(seed, None).unwrap() };
            assert_eq!(Scenario::of(draw), Scenario::of(draw));
        }
    }
}
