//! Runs in which the connection breaks at one byte of the request or the response that decides what is stored: at the ends of
//! heads and bodies, or at each byte.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use crate::fault::{Fault, Strike, all_struck};
use crate::operation::Op;
use crate::pipe::Exchange;
use crate::run::{Draw, Ending, Ran, run_sync, run_upload};
use crate::scenario::{Caller, Change, Does, Kind, Moment, PART, Scenario, SourceChange};
use crate::sync;
use crate::work::{Cell, Work};

/// One run: where the connection breaks, and what the caller does when it does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// Its position among those at each byte, which replays it; what else a run has is drawn from it.
    pub(crate) number: u64,
    setting: Setting,
    place: Place,
    /// Bytes of the request, or of the response, that arrive.
    bytes: u64,
    /// Requests in a row that it happens to.
    times: u32,
    does: Option<Does>,
    changes: bool,
}

/// What is done, and the request that is cut.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Setting {
    work: Work,
    kind: Option<Kind>,
    op: Op,
}

/// A part of an exchange.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Place {
    RequestHead,
    RequestBody,
    /// The request arrives whole, and nothing of its response does.
    Between,
    ResponseHead,
    ResponseBody,
}

const SETTINGS: [Setting; 6] = [
    Setting { work: Work::Upload, kind: Some(Kind::SmallFile), op: Op::PutObject },
    Setting { work: Work::Upload, kind: Some(Kind::SmallStream), op: Op::PutObject },
    Setting { work: Work::Upload, kind: Some(Kind::FileInParts), op: Op::CompleteMultipartUpload },
    Setting { work: Work::Copy, kind: Some(Kind::WholeCopy), op: Op::CopyObject },
    Setting { work: Work::Copy, kind: Some(Kind::CopyInParts), op: Op::CompleteMultipartUpload },
    Setting { work: Work::Sync, kind: None, op: Op::DeleteMultipleObjects },
];
/// Bytes of an object that is sent by one request.
const SMALL: usize = 100;
/// More often than any request is sent.
const ALWAYS: u32 = 1_000;

/// The runs: at each byte, or only at the first and last ones of heads and bodies.
///
/// # Errors
/// If a run that nothing disturbs does not send what is to be cut.
pub(crate) fn all(each_byte: bool) -> io::Result<Vec<Cut>> {
    let (mut cuts, mut number) = (Vec::new(), 0);
    for setting in SETTINGS {
        let exchange = setting.undisturbed()?;
        // A response that arrives whole is not cut.
        let (request, response) = (0..=exchange.request, 0..exchange.response);
        let places = request.map(|bytes| (place_of_request(bytes, &exchange), bytes));
        let places = places.chain(response.map(|bytes| (place_of_response(bytes, &exchange), bytes)));
        for (place, bytes) in places {
            let is_chosen = each_byte || exchange.is_at_an_end(place, bytes);
            for times in [1, ALWAYS] {
                for does in [None, Some(Does::Cancel), Some(Does::Drop)] {
                    for changes in [false, true].into_iter().filter(|changes| !changes || setting.can_change()) {
                        if is_chosen {
                            cuts.push(Cut { number, setting, place, bytes, times, does, changes });
                        }
                        number += 1;
                    }
                }
            }
        }
    }
    Ok(cuts)
}

impl Exchange {
    /// Whether so many bytes end at, or one byte beside, the begin or end of a head or body.
    fn is_at_an_end(&self, place: Place, bytes: u64) -> bool {
        let (head, end) = match place {
            Place::RequestHead | Place::RequestBody | Place::Between => (self.request_head, self.request),
            Place::ResponseHead | Place::ResponseBody => (self.response_head, self.response),
        };
        [0, head, end].iter().any(|point| point.abs_diff(bytes) <= 1)
    }
}

fn place_of_request(bytes: u64, exchange: &Exchange) -> Place {
    match bytes {
        _ if bytes >= exchange.request => Place::Between,
        _ if bytes < exchange.request_head => Place::RequestHead,
        _ => Place::RequestBody,
    }
}

fn place_of_response(bytes: u64, exchange: &Exchange) -> Place {
    if bytes < exchange.response_head { Place::ResponseHead } else { Place::ResponseBody }
}

impl Setting {
    /// Whether the source may change under it.
    fn can_change(self) -> bool {
        !matches!(self.kind, None | Some(Kind::SmallStream))
    }

    /// How large the exchange is.
    fn undisturbed(self) -> io::Result<Exchange> {
        let (_, exchanges) = self.run(0, Vec::new(), None, None)?;
        let exchange = exchanges.into_iter().find(|exchange| exchange.op == Some(self.op) && exchange.response > 0);
        exchange.ok_or_else(|| io::Error::other(format!("{self} was not sent")))
    }

    /// Runs what the seed draws, with nothing of it that changes how long a request is.
    fn run(
        self,
        seed: u64,
        faults: Vec<Fault>,
        caller: Option<Caller>,
        source: Option<SourceChange>,
    ) -> io::Result<(Ran, Vec<Exchange>)> {
        let cell = Cell { work: self.work, op: self.op, effect: "done, response cut" };
        let draw = Draw { cell, seed, number: 0, faults: Some(1), aim: None };
        let Some(kind) = self.kind else {
            let drawn = sync::Scenario::of(draw);
            return run_sync(sync::Scenario { faults, caller, ..drawn.with_two_to_delete() });
        };
        let is_small = matches!(kind, Kind::SmallFile | Kind::SmallStream | Kind::WholeCopy);
        run_upload(
            self.work,
            Scenario {
                kind,
                size: if is_small { SMALL } else { 2 * PART + SMALL },
                faults,
                caller,
                source,
                forbid_overwrite: false,
                callback: false,
                operation_timeout: None,
                session: None,
                ..Scenario::of(draw)
            },
        )
    }
}

impl Cut {
    pub(crate) fn run(&self) -> io::Result<Ran> {
        let how = match self.place {
            Place::RequestHead | Place::RequestBody | Place::Between => Strike::RequestCut(self.bytes),
            Place::ResponseHead | Place::ResponseBody => Strike::ResponseCut(self.bytes),
        };
        let on = self.setting.op;
        let faults = vec![Fault { on, nth: 0, times: self.times, how }];
        let after = Moment::Struck(on, how.name());
        let caller = self.does.map(|does| Caller { does, after, wait: std::time::Duration::ZERO });
        let source = self.changes.then_some(SourceChange { how: Change::Rewritten, after });
        let (ran, _) = self.setting.run(self.number, faults.clone(), caller, source)?;
        if ran.broken.is_empty() && !all_struck(&faults, &ran.history) {
            return Err(io::Error::other(format!("{self} was not cut")));
        }
        Ok(ran)
    }
}

/// How often the runs of each setting and place ended in each way.
#[derive(Debug, Default)]
pub(crate) struct CutTable(BTreeMap<(Setting, Place), [u64; Ending::ALL.len()]>);

/// How the cuts of each operation must end, some this way and some that, those in its request and those after it.
const DEMANDED: [Ending; 4] = [Ending::Done, Ending::Failed, Ending::Cancelled, Ending::Dropped];

impl CutTable {
    pub(crate) fn add(&mut self, cut: &Cut, ran: &Ran) {
        let counts = self.0.entry((cut.setting, cut.place)).or_default();
        if let Some(count) = counts.get_mut(ran.ending as usize) {
            *count += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (key, counts) in other.0 {
            let sums = self.0.entry(key).or_default();
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ways in which no cut of an operation ended.
    pub(crate) fn gaps(&self) -> Vec<String> {
        let mut sums: BTreeMap<(Op, bool), [u64; Ending::ALL.len()]> = BTreeMap::new();
        for ((setting, place), counts) in &self.0 {
            let sums = sums.entry((setting.op, place.is_in_request())).or_default();
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        let of_op = |((op, in_request), sums): ((Op, bool), [u64; Ending::ALL.len()])| {
            // Of what was put together, whatever becomes of the responses, the object is found by a question.
            let is_possible =
                move |ending: Ending| op != Op::CompleteMultipartUpload || in_request || ending != Ending::Failed;
            let place = if in_request { "request" } else { "response" };
            let missing = Ending::ALL
                .into_iter()
                .zip(sums)
                .filter(move |(ending, sum)| *sum == 0 && DEMANDED.contains(ending) && is_possible(*ending));
            missing.map(move |(ending, _)| format!("{} cut in its {place}, {}", op.name(), ending.name()))
        };
        sums.into_iter().flat_map(of_op).collect()
    }
}

impl Place {
    const fn is_in_request(self) -> bool {
        matches!(self, Self::RequestHead | Self::RequestBody)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::RequestHead => "request head",
            Self::RequestBody => "request body",
            Self::Between => "between",
            Self::ResponseHead => "response head",
            Self::ResponseBody => "response body",
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.work.name(), self.op.name())?;
        self.kind.iter().try_for_each(|kind| write!(f, " of {kind:?}"))
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, after {} bytes", self.setting, self.place.name(), self.bytes)
    }
}

impl fmt::Display for CutTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<50} {:<14}", "cut", "in")?;
        DEMANDED.iter().try_for_each(|ending| write!(f, " {:>9}", ending.name()))?;
        writeln!(f)?;
        for ((setting, place), counts) in &self.0 {
            write!(f, "{:<50} {:<14}", setting.to_string(), place.name())?;
            let demanded = Ending::ALL.into_iter().zip(counts).filter(|(ending, _)| DEMANDED.contains(ending));
            demanded.into_iter().try_for_each(|(_, count)| write!(f, " {count:>9}"))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exchange_is_cut_at_the_ends_of_its_heads_and_bodies() {
        let cuts = all(false).unwrap();
        for setting in SETTINGS {
            let exchange = setting.undisturbed().unwrap();
            let places = |place| cuts.iter().filter(move |cut| cut.setting == setting && cut.place == place);
            let last = |place| places(place).map(|cut| cut.bytes).max();
            assert_eq!(last(Place::RequestHead), Some(exchange.request_head - 1), "{setting}");
            assert_eq!(last(Place::Between), Some(exchange.request), "{setting}");
            assert_eq!(last(Place::ResponseHead), Some(exchange.response_head - 1), "{setting}");
        }
    }

    #[test]
    fn what_a_cut_request_asks_for_is_done_if_and_only_if_it_arrives_whole() {
        let dropped = |cut: &&Cut| cut.times == ALWAYS && cut.does == Some(Does::Drop) && !cut.changes;
        for cut in all(false).unwrap().iter().filter(dropped) {
            let events = cut.run().unwrap().history.events();
            let is_done = events
                .iter()
                .any(|event| matches!(event, crate::history::Event::CarriedOut(call) if call.op == cut.setting.op));
            let arrives = !matches!(cut.place, Place::RequestHead | Place::RequestBody);
            assert_eq!(is_done, arrives, "{cut}");
        }
    }
}
