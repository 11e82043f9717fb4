//! What one run does, drawn from its seed alone.

use std::time::Duration;

use fastrand::Rng;

use crate::fault::{Fault, Strike};
use crate::history::{Event, History};
use crate::operation::Op;

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
    pub(crate) checkpoint: bool,
    pub(crate) operation_timeout: Option<Duration>,
    /// Requests are signed with temporary credentials; without them they are anonymous.
    pub(crate) session: Option<Session>,
}

/// Temporary credentials, which are fetched again before they expire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Session {
    pub(crate) lifetime: Duration,
    /// The fetch, from 0, that never ends.
    pub(crate) hangs: Option<u32>,
}

/// Which way the bytes go up.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    SmallFile,
    SmallStream,
    /// By one request, and larger than what buffers on the way hold.
    LargerFile,
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
    /// The run of this seed, of which there are several draws. Its first fault is the seed's: all operations and faults
    /// take turns.
    pub(crate) fn of(seed: u64, draw: u32) -> Self {
        let mut rng = Rng::with_seed(seed ^ (u64::from(draw) << 48));
        let cells: Vec<_> =
            Op::OF_UPLOADS.into_iter().flat_map(|op| Strike::effects(op).map(move |effect| (op, effect))).collect();
        let turn = usize::try_from(seed % cells.len() as u64).unwrap_or_default();
        let (op, effect) = cells.get(turn).copied().unwrap_or((Op::PutObject, "refused"));
        let kind = kind(&mut rng, op, effect);
        let size = match kind {
            Kind::SmallFile | Kind::SmallStream => rng.usize(1..5_000),
            Kind::LargerFile => BEYOND_BUFFERS + rng.usize(0..PART),
            Kind::FileInParts | Kind::StreamInParts => PART * rng.usize(2..5) + rng.usize(1..PART),
        };
        let mut faults = vec![fault(&mut rng, op, effect)];
        // What is only sent after something else went wrong.
        match op {
            Op::HeadObject | Op::ListParts => {
                let lost = if kind.is_in_parts() { Op::CompleteMultipartUpload } else { Op::PutObject };
                let effect = *pick(&mut rng, &["done, response cut", "closed after body", "done, refused"]);
                faults.push(fault(&mut rng, lost, effect));
            }
            Op::AbortMultipartUpload => {
                let refused = *pick(&mut rng, &[Op::UploadPart, Op::CompleteMultipartUpload]);
                faults.push(fault(&mut rng, refused, "refused"));
            }
            _ => {}
        }
        // A refusal of the next attempt, which says nothing of the one before.
        if matches!(op, Op::PutObject | Op::CompleteMultipartUpload) && rng.u8(0..3) == 0 {
            let first = faults.first().map_or(0, |fault| fault.nth + fault.times.min(2));
            faults.push(Fault { nth: first, ..fault(&mut rng, op, "refused") });
        }
        for _ in 0..*pick(&mut rng, &[0, 0, 1, 1, 2]) {
            let on = *pick(&mut rng, kind.operations());
            let effects: Vec<_> = Strike::effects(on).filter(|effect| kind.can_show(on, effect)).collect();
            let effect = *pick(&mut rng, &effects);
            faults.push(fault(&mut rng, on, effect));
        }
        let caller = (rng.u8(0..3) == 0).then(|| Caller {
            does: *pick(&mut rng, &[Does::Cancel, Does::Drop]),
            after_requests: rng.u32(0..9),
            wait: Duration::from_millis(*pick(&mut rng, &[0, 1, 10, 20, 21, 30, 500, 5_000])),
        });
        let is_file = !matches!(kind, Kind::SmallStream | Kind::StreamInParts);
        let source = (is_file && rng.u8(0..6) == 0).then(|| SourceChange {
            how: *pick(&mut rng, &[Change::Cut, Change::Grown, Change::Rewritten]),
            after_requests: rng.u32(0..7),
        });
        // Another object that is in the way, or that passes for this one, is told from it by a question.
        let contested = matches!(op, Op::PutObject | Op::CompleteMultipartUpload | Op::HeadObject) && rng.u8(0..3) == 0;
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
            faults,
            caller,
            source,
            before,
            began: Duration::from_millis(rng.u64(0..1_000)),
            forbid_overwrite: rng.u8(0..5) == 0 || (contested && rng.bool()),
            checkpoint: kind == Kind::FileInParts && rng.bool(),
            operation_timeout: (rng.u8(0..12) == 0).then(|| Duration::from_secs(rng.u64(1..40))),
            session: (rng.u8(0..3) == 0).then(|| Session {
                lifetime: Duration::from_secs(rng.u64(3..200)),
                hangs: rng.bool().then(|| rng.u32(0..3)),
            }),
        }
    }

    /// Whether the fault that this seed is for struck.
    pub(crate) fn struck(&self, history: &History) -> bool {
        let first = self.faults.first().map(|fault| (fault.on, fault.how.name()));
        history.events().iter().any(|event| match event {
            Event::Struck(effect, call) => first == Some((call.op, effect)),
            _ => false,
        })
    }
}

impl Kind {
    pub(crate) fn is_in_parts(self) -> bool {
        matches!(self, Self::FileInParts | Self::StreamInParts)
    }

    /// What an upload of this kind sends, the more important ones more than once.
    fn operations(self) -> &'static [Op] {
        match self {
            Self::SmallFile | Self::SmallStream | Self::LargerFile => {
                &[Op::PutObject, Op::PutObject, Op::PutObject, Op::HeadObject]
            }
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
        }
    }

    /// Whether the client can tell this fault from a success: an early success of a body that fits into the buffers on the
    /// way it cannot.
    fn can_show(self, op: Op, effect: &str) -> bool {
        effect != "early success" || op == Op::UploadPart || self == Self::LargerFile
    }
}

fn kind(rng: &mut Rng, op: Op, effect: &str) -> Kind {
    let in_parts = [Kind::FileInParts, Kind::StreamInParts];
    let whole = [Kind::SmallFile, Kind::SmallStream, Kind::LargerFile];
    match op {
        Op::PutObject if effect == "early success" => Kind::LargerFile,
        Op::PutObject => *pick(rng, &whole),
        Op::HeadObject if rng.bool() => *pick(rng, &whole),
        _ => *pick(rng, &in_parts),
    }
}

fn fault(rng: &mut Rng, on: Op, effect: &str) -> Fault {
    let nth = if on == Op::UploadPart { rng.u32(0..5) } else { *pick(rng, &[0, 0, 0, 1]) };
    Fault { on, nth, times: *pick(rng, &[1, 1, 1, 2, 5, 1_000]), how: strike(rng, on, effect) }
}

fn strike(rng: &mut Rng, on: Op, effect: &str) -> Strike {
    const IN_TROUBLE: [(u16, &str); 3] = [(500, "InternalError"), (501, "NotImplemented"), (503, "ServiceUnavailable")];
    const REFUSALS: [(u16, &str); 6] = [
        (403, "AccessDenied"),
        (503, "SlowDown"),
        (404, "NoSuchBucket"),
        (500, "InternalError"),
        (501, "NotImplemented"),
        (503, "ServiceUnavailable"),
    ];
    // The response to HEAD has no body, so that a 404 says one thing only.
    let refusals = match on {
        Op::HeadObject => [&REFUSALS[..2], &REFUSALS[3..]].concat(),
        _ => REFUSALS.to_vec(),
    };
    let wait = Duration::from_millis(*pick(rng, &[50, 2_000, 30_000, 100_000]));
    let (status, code) = *pick(rng, &refusals);
    match effect {
        "refused" => Strike::Refused(status, code),
        "throttled" => Strike::Throttled(*pick(rng, &[1, 5, 20])),
        "denied" if on == Op::HeadObject => Strike::Denied("NoSuchKey"),
        "denied" => Strike::Denied("NoSuchUpload"),
        "done, refused" => {
            let (status, code) = *pick(rng, &IN_TROUBLE);
            Strike::DoneAndRefused(status, code)
        }
        "closed before body" => Strike::ClosedBeforeBody,
        "closed in body" => Strike::ClosedInBody,
        "closed after body" => Strike::ClosedAfterBody,
        "done, late" => Strike::Late(wait),
        "slow, done" => Strike::Slow(wait),
        "done, silent" => Strike::DoneAndSilent,
        "silent" => Strike::Silent,
        "early success" => Strike::EarlySuccess,
        "damaged" => Strike::Damaged,
        _ => Strike::ResponseCut(*pick(rng, &[0, 1, 20, 100, 200, 300])),
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
            assert_eq!(Scenario::of(seed, 1), Scenario::of(seed, 1));
        }
    }
}
