//! One run of a seed: its scenario is drawn, carried out on one thread in simulated time, and checked.

use std::fmt::Debug;
use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::check::{self, Broken};
use crate::fault::{Fault, all_struck};
use crate::history::{Event, History};
use crate::log::Log;
use crate::pipe::Exchange;
use crate::work::{Cell, Work};
use crate::{download, scenario, sync, table, upload};

/// What one run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) work: Work,
    pub(crate) history: History,
    pub(crate) ending: Ending,
    pub(crate) broken: Vec<Broken>,
    pub(crate) scenario: Box<dyn Debug>,
    pub(crate) seen: Box<dyn Debug>,
}

/// How the work of a run ended, or its first attempt.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Ending {
    Done,
    Failed,
    Cancelled,
    Dropped,
    Killed,
}

impl Ending {
    pub(crate) const ALL: [Self; 5] = [Self::Done, Self::Failed, Self::Cancelled, Self::Dropped, Self::Killed];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Dropped => "dropped",
            Self::Killed => "killed",
        }
    }
}

/// What a scenario is drawn from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    pub(crate) cell: Cell,
    pub(crate) seed: u64,
    /// Position among the draws of the seed, from 0.
    pub(crate) number: u32,
    /// How many faults there are to be, else the seed says.
    pub(crate) faults: Option<usize>,
    /// How the work is meant to end; most seeds leave that open.
    pub(crate) aim: Option<Ending>,
}

impl Draw {
    /// The first draw of a seed.
    pub(crate) fn of_seed(seed: u64, faults: Option<usize>) -> Option<Self> {
        let (cell, turn) = Cell::of_seed(seed)?;
        // Left to chance, some endings are as rare as one in a thousand. The turns of the first seeds, of which many a sweep has no
        // more, and of the kept ones leave it open.
        let aim = match turn % 8 {
            3 => Some(Ending::Done),
            4 => Some(Ending::Failed),
            7 => Some(Ending::Cancelled),
            0 if turn > 0 => Some(Ending::Dropped),
            _ => None,
        };
        let aim = aim.filter(|ending| faults.is_none() && table::impossible(cell, *ending).is_none());
        Some(Self { cell, seed, number: 0, faults, aim })
    }

    pub(crate) fn is_meant_to_be(&self, ending: Ending) -> bool {
        self.aim == Some(ending)
    }

    pub(crate) fn rng(&self) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed ^ (u64::from(self.number) << 48))
    }
}

/// Draws of a seed until its faults strike.
const DRAWS: u32 = 300;
/// Turns of operations and faults that are tried, if several faults must strike.
const TURNS: u64 = 20;
/// Draws of a seed in which its work is to end as it was meant to.
const AIMED: u32 = 10;

/// Runs the first draw of a seed whose fault strikes; if there are to be so many faults, all of them. No draw may break a
/// promise.
pub(crate) fn run_seed(seed: u64, count: Option<usize>) -> io::Result<Ran> {
    // Some faults end the work before others could strike. Then it is the turn of the next one.
    let turns = if count.is_some() { TURNS } else { 1 };
    let mut outcome = Err(io::Error::other("no operation has a fault"));
    for turn in 0..turns {
        outcome = run_turn(seed.wrapping_add(turn), count);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn run_turn(seed: u64, count: Option<usize>) -> io::Result<Ran> {
    let first = Draw::of_seed(seed, count).ok_or_else(|| io::Error::other("no operation has a fault"))?;
    for number in 0..DRAWS {
        let (faults, ran) = run_draw(Draw { number, ..first })?;
        let demanded = if count.is_some() { &faults[..] } else { faults.get(..1).unwrap_or_default() };
        let is_as_meant = number >= AIMED || first.aim.is_none_or(|aim| aim == ran.ending);
        if !ran.broken.is_empty() || is_as_meant && all_struck(demanded, &ran.history) {
            return Ok(ran);
        }
    }
    Err(io::Error::other(format!("no fault struck in {DRAWS} draws of {:?}", first.cell)))
}

fn run_draw(draw: Draw) -> io::Result<(Vec<Fault>, Ran)> {
    let Draw { cell, seed, .. } = draw;
    match cell.work {
        Work::Upload | Work::Copy => {
            let scenario = scenario::Scenario::of(draw);
            Ok((scenario.faults.clone(), run_upload(cell.work, scenario)?.0))
        }
        Work::Download => {
            let scenario = download::Scenario::of(draw);
            let Lived { mut seen, held, .. } = in_simulated_time(seed, download::run(&scenario))?;
            seen.held = held;
            let (broken, ending) = (check::download::check(&seen), of_download(&seen));
            let (faults, history) = (scenario.faults.clone(), seen.history.clone());
            let (scenario, seen) = (Box::new(scenario), Box::new(seen));
            Ok((faults, Ran { work: cell.work, history, ending, broken, scenario, seen }))
        }
        Work::Sync => {
            let scenario = sync::Scenario::of(draw);
            Ok((scenario.faults.clone(), run_sync(scenario)?.0))
        }
    }
}

/// Runs an upload or a copy, and gives how many bytes each request and response had.
pub(crate) fn run_upload(work: Work, scenario: scenario::Scenario) -> io::Result<(Ran, Vec<Exchange>)> {
    let Lived { mut seen, log, held } = in_simulated_time(scenario.seed, upload::run(&scenario, None))?;
    (seen.log, seen.held) = (log, held);
    let (broken, ending) = (check::check(&seen), of_upload(&seen));
    let (history, exchanges) = (seen.history.clone(), std::mem::take(&mut seen.exchanges));
    let (scenario, seen) = (Box::new(scenario), Box::new(seen));
    Ok((Ran { work, history, ending, broken, scenario, seen }, exchanges))
}

/// The same of a sync.
pub(crate) fn run_sync(scenario: sync::Scenario) -> io::Result<(Ran, Vec<Exchange>)> {
    let Lived { mut seen, log, held } = in_simulated_time(scenario.seed, sync::run(&scenario))?;
    (seen.log, seen.held) = (log, held);
    let (broken, ending) = (check::sync::check(&seen), of_sync(&seen));
    let (history, exchanges) = (seen.history.clone(), std::mem::take(&mut seen.exchanges));
    let (scenario, seen) = (Box::new(scenario), Box::new(seen));
    Ok((Ran { work: Work::Sync, history, ending, broken, scenario, seen }, exchanges))
}

/// What became of work in simulated time.
#[derive(Debug)]
pub(crate) struct Lived<T> {
    pub(crate) seen: T,
    /// The warnings of its log.
    pub(crate) log: Vec<String>,
    /// The most bytes that were allocated at one time, by the client, the server and the files together.
    pub(crate) held: u64,
}

/// Runs work on this thread, whose clock stands still whenever nothing is to be done.
pub(crate) fn in_simulated_time<F: Future>(seed: u64, work: F) -> io::Result<Lived<F::Output>> {
    // The stack draws its jitter from the thread's generator.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let log = Log::default();
    let subscriber = tracing_subscriber::registry().with(log.clone().with_filter(LevelFilter::WARN));
    let mut seen = None;
    let allocated = allocation_counter::measure(|| {
        seen = Some(tracing::subscriber::with_default(subscriber, || {
            // In the runtime, whose clock stands still from the first moment on.
            let seen = runtime.block_on(work);
            // What still waits in the background is told by its end.
            drop(runtime);
            seen
        }));
    });
    let seen = seen.ok_or_else(|| io::Error::other("the work did not come to its end"))?;
    Ok(Lived { seen, log: log.lines(), held: allocated.bytes_max })
}

fn of_upload(seen: &upload::Observation) -> Ending {
    match &seen.outcome {
        upload::Outcome::Ok(_) => Ending::Done,
        upload::Outcome::Dropped => Ending::Dropped,
        _ if is_cancelled(&seen.history) => Ending::Cancelled,
        _ => Ending::Failed,
    }
}

fn of_download(seen: &download::Observation) -> Ending {
    match seen.attempts.first().map(|attempt| &attempt.outcome) {
        Some(download::Outcome::Ok(_)) => Ending::Done,
        Some(download::Outcome::Dropped) => Ending::Dropped,
        Some(download::Outcome::Killed) => Ending::Killed,
        Some(download::Outcome::Failed(failure)) if failure.cancelled => Ending::Cancelled,
        _ => Ending::Failed,
    }
}

fn of_sync(seen: &sync::Observation) -> Ending {
    match &seen.outcome {
        sync::Outcome::Ok(summary) if summary.failed == 0 => Ending::Done,
        sync::Outcome::Cancelled => Ending::Cancelled,
        sync::Outcome::Dropped => Ending::Dropped,
        _ => Ending::Failed,
    }
}

/// Whether the caller cancelled before the end.
fn is_cancelled(history: &History) -> bool {
    let events = history.events();
    let mut until_end = events.iter().take_while(|event| !matches!(event, Event::Ended(_)));
    until_end.any(|event| matches!(event, Event::Caller("cancels")))
}
