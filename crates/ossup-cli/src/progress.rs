//! How far a command is: bars on a terminal, lines without one, or lines of JSON. What is drawn follows from the state and the
//! width alone.

mod ahead;
mod rate;
mod view;

pub(crate) use ahead::{Ahead, files_below, objects_below};
pub(crate) use view::Transferring;

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use console::Term;
use indicatif::{ProgressBar, ProgressStyle};
use ossup::Progress;

use crate::output::{Output, Totals};
use rate::Rate;
use view::View;

/// How often it is drawn: often enough for the eye, too seldom to cost anything.
pub(crate) const INTERVAL: Duration = Duration::from_millis(100);
/// How often there is a line without a terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// How often there is a line of JSON.
const JSON_EVERY: Duration = Duration::from_secs(1);

/// What is typed behind `--progress`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Choice {
    /// Bars on a terminal, a line every 10 s without one.
    #[default]
    Auto,
    /// A line of JSON a second, on standard error.
    Json,
    /// Nothing.
    None,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    Hidden,
    Bars,
    Lines,
    Json,
}

fn mode(choice: Choice, may_show_bars: bool, is_terminal: bool) -> Mode {
    match (choice, may_show_bars, is_terminal) {
        (Choice::Json, ..) => Mode::Json,
        (Choice::None, ..) | (Choice::Auto, false, _) => Mode::Hidden,
        (Choice::Auto, true, true) => Mode::Bars,
        (Choice::Auto, true, false) => Mode::Lines,
    }
}

/// Where progress is shown. Nothing of it is left when it is dropped.
pub(crate) struct Screen {
    mode: Mode,
    output: Output,
    /// One for each row on the terminal.
    rows: Vec<ProgressBar>,
    started: Instant,
    /// When a line was written; at first, when it began.
    written: Option<Instant>,
    rate: Rate,
    most: u64,
}

impl Screen {
    pub(crate) fn new(choice: Choice, output: &Output) -> Self {
        let mode = mode(choice, output.may_show_bars(), std::io::stderr().is_terminal());
        let output = output.clone();
        let started = Instant::now();
        Self { mode, output, rows: Vec::new(), started, written: None, rate: Rate::default(), most: 0 }
    }

    /// Whether anyone sees it.
    pub(crate) fn is_visible(&self) -> bool {
        self.mode != Mode::Hidden
    }

    /// Shows one transfer, if it is time to.
    pub(crate) fn show_one(&mut self, progress: &Progress) {
        if self.is_due() {
            self.show(&View::of_one(progress));
        }
    }

    /// Shows many transfers, if it is time to: `totals` are those that ended, `under_way` the others, `total` how many files and
    /// bytes there are, as far as that is known.
    pub(crate) fn show_many(
        &mut self,
        totals: Totals,
        under_way: impl IntoIterator<Item = Transferring>,
        total: Option<(u64, u64)>,
    ) {
        if !self.is_due() {
            return;
        }
        let mut view = View::of_many(totals, under_way, total);
        // What a failed transfer had moved does not count any more, and a bar never goes back.
        self.most = self.most.max(view.transferred);
        view.transferred = self.most;
        view.rate = self.rate.add(self.started.elapsed(), view.transferred);
        view.estimate();
        self.show(&view);
    }

    fn is_due(&self) -> bool {
        match self.mode {
            Mode::Hidden => false,
            Mode::Bars => true,
            Mode::Lines => self.written.unwrap_or(self.started).elapsed() >= LINE_EVERY,
            Mode::Json => self.written.is_none_or(|written| written.elapsed() >= JSON_EVERY),
        }
    }

    fn show(&mut self, view: &View) {
        match self.mode {
            Mode::Hidden => {}
            Mode::Bars => self.draw(&view.rows(width())),
            Mode::Lines => self.output.note(view.line()),
            Mode::Json => self.output.progress(view.json()),
        }
        self.written = Some(Instant::now());
    }

    fn draw(&mut self, rows: &[String]) {
        while self.rows.len() > rows.len() {
            if let Some(row) = self.rows.pop() {
                row.finish_and_clear();
                self.output.bars().remove(&row);
            }
        }
        while self.rows.len() < rows.len() {
            let row = self.output.bars().add(ProgressBar::new_spinner());
            row.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
            self.rows.push(row);
        }
        for (row, text) in self.rows.iter().zip(rows) {
            row.set_message(text.clone());
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.draw(&[]);
    }
}

/// Columns of the terminal, but the last one, behind which some wrap.
fn width() -> usize {
    let (_, columns) = Term::stderr().size();
    usize::from(columns).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_and_where_it_goes_say_how_it_is_shown() {
        for (choice, may_show_bars, is_terminal, wanted) in [
            (Choice::Auto, true, true, Mode::Bars),
            (Choice::Auto, true, false, Mode::Lines),
            (Choice::Auto, false, true, Mode::Hidden),
            (Choice::None, true, true, Mode::Hidden),
            (Choice::Json, false, false, Mode::Json),
            (Choice::Json, true, true, Mode::Json),
        ] {
            assert_eq!(mode(choice, may_show_bars, is_terminal), wanted, "{choice:?} {may_show_bars} {is_terminal}");
        }
    }
}
