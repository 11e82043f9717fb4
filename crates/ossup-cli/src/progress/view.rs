//! What is shown of a state, in so many columns.

use std::time::Duration;

use console::{measure_text_width, truncate_str};
use ossup::Progress;
use serde::Serialize;

use crate::output::Totals;
use crate::size::{Size, counted};

/// How far a command is, at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct View {
    /// Of many transfers; one alone needs no count.
    pub(crate) files: Option<Files>,
    pub(crate) confirmed: u64,
    pub(crate) in_flight: u64,
    pub(crate) transferred: u64,
    pub(crate) total: Option<u64>,
    /// Bytes per second.
    pub(crate) rate: f64,
    pub(crate) left: Option<Duration>,
    /// The large ones under way.
    pub(crate) large: Vec<Transferring>,
}

/// Files or objects.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Files {
    pub(crate) done: u64,
    pub(crate) skipped: u64,
    pub(crate) failed: u64,
    pub(crate) total: Option<u64>,
}

/// One transfer under way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Transferring {
    pub(crate) name: String,
    pub(crate) progress: Progress,
}

/// From this size on, a transfer has a bar of its own.
const LARGE: u64 = 8 << 20;
/// The most bars of their own.
const MOST_LARGE: usize = 5;
/// The least and most columns of a bar.
const BAR: (usize, usize) = (8, 32);

impl View {
    pub(super) fn of_one(progress: &Progress) -> Self {
        Self {
            files: None,
            confirmed: progress.confirmed,
            in_flight: progress.in_flight,
            transferred: progress.transferred,
            total: progress.total,
            rate: progress.rate,
            left: progress.eta,
            large: Vec::new(),
        }
    }

    pub(super) fn of_many(
        totals: Totals,
        under_way: impl IntoIterator<Item = Transferring>,
        total: Option<(u64, u64)>,
    ) -> Self {
        let files = Files {
            done: totals.done,
            skipped: totals.skipped,
            failed: totals.failed,
            total: total.map(|(files, _)| files),
        };
        let mut view = Self {
            files: Some(files),
            confirmed: totals.bytes,
            transferred: totals.bytes,
            total: total.map(|(_, bytes)| bytes),
            ..Self::default()
        };
        for transfer in under_way {
            view.confirmed += transfer.progress.confirmed;
            view.in_flight += transfer.progress.in_flight;
            view.transferred += transfer.progress.transferred;
            if transfer.progress.total.is_some_and(|total| total >= LARGE) {
                view.large.push(transfer);
            }
        }
        view
    }

    /// Fills in the time left at this rate.
    pub(super) fn estimate(&mut self) {
        let left = self.total.map(|total| total.saturating_sub(self.transferred));
        #[expect(clippy::cast_precision_loss, reason = "a time is estimated")]
        let seconds = left.filter(|_| self.rate >= 1.0).map(|left| left as f64 / self.rate);
        self.left = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    }

    /// The rows on a terminal of this width; none is wider.
    pub(super) fn rows(&self, width: usize) -> Vec<String> {
        let mut rows = vec![match self.files {
            None => with_bar("", self.share(), &self.amounts(), width),
            Some(_) => fitting(&self.amounts(), width),
        }];
        for Transferring { name, progress } in self.large.iter().take(MOST_LARGE) {
            let share = share(progress.transferred, progress.total);
            let percent = share.map_or_else(|| "  ?%".to_owned(), |(done, total)| percent(done, total));
            rows.push(with_bar(name, share, &[percent], width));
        }
        if self.large.len() > MOST_LARGE {
            rows.push(fitting(&[format!("  and {} more", self.large.len() - MOST_LARGE)], width));
        }
        rows
    }

    /// One line for a log.
    pub(super) fn line(&self) -> String {
        self.amounts().join(", ")
    }

    /// What is told, the most important first.
    fn amounts(&self) -> Vec<String> {
        let mut amounts = Vec::new();
        if let Some(files) = self.files {
            amounts.push(match files.total {
                Some(total) => format!("{} of {}", files.done + files.skipped, counted(total, "file")),
                None => counted(files.done + files.skipped, "file"),
            });
        }
        let moved = Size(self.transferred);
        match self.share() {
            Some((done, total)) => {
                amounts.push(percent(done, total).trim_start().to_owned());
                amounts.push(format!("{moved} of {}", Size(total)));
            }
            None => amounts.push(moved.to_string()),
        }
        amounts.push(format!("{}/s", Size(whole(self.rate))));
        if self.total.is_some() {
            amounts.push(self.left.map_or_else(|| "? left".to_owned(), |left| format!("{} left", span(left))));
        }
        if let Some(failed) = self.files.map(|files| files.failed).filter(|failed| *failed > 0) {
            amounts.push(format!("{failed} failed"));
        }
        amounts
    }

    fn share(&self) -> Option<(u64, u64)> {
        share(self.transferred, self.total)
    }

    pub(super) fn json(&self) -> impl Serialize {
        let files = self.files.unwrap_or(Files { total: Some(1), ..Files::default() });
        Line {
            op: "progress",
            files: FilesOfLine { done: files.done, skipped: files.skipped, failed: files.failed, total: files.total },
            bytes: BytesOfLine { confirmed: self.confirmed, in_flight: self.in_flight, total: self.total },
            rate: whole(self.rate),
            left_ms: self.left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// A line of `--progress json`.
#[derive(Serialize)]
struct Line {
    op: &'static str,
    files: FilesOfLine,
    bytes: BytesOfLine,
    /// Bytes per second.
    rate: u64,
    left_ms: Option<u64>,
}

#[derive(Serialize)]
struct FilesOfLine {
    done: u64,
    skipped: u64,
    failed: u64,
    total: Option<u64>,
}

#[derive(Serialize)]
struct BytesOfLine {
    confirmed: u64,
    in_flight: u64,
    total: Option<u64>,
}

/// Those of these that fit, the first one in any case, cut if it has to be.
fn fitting(amounts: &[String], width: usize) -> String {
    let mut row = String::new();
    for amount in amounts {
        let longer = if row.is_empty() { amount.clone() } else { format!("{row}, {amount}") };
        if !row.is_empty() && measure_text_width(&longer) > width {
            continue;
        }
        row = longer;
    }
    truncate_str(&row, width, "…").into_owned()
}

/// A name, a bar and amounts. The bar is left out where there is no room for it, or no end is known.
fn with_bar(name: &str, share: Option<(u64, u64)>, amounts: &[String], width: usize) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let text = fitting(amounts, width);
    let room = width.saturating_sub(measure_text_width(&text) + 1);
    let Some((done, total)) = share else {
        return if name.is_empty() { text } else { format!("{} {text}", cut(&name, room)) };
    };
    if name.is_empty() {
        return match room {
            room if room < BAR.0 => text,
            room => format!("{} {text}", bar(done, total, room.min(BAR.1))),
        };
    }
    // The name has up to half of the room, and its end says the most.
    let of_bar = (room / 2).min(BAR.1);
    match of_bar {
        of_bar if of_bar < BAR.0 => format!("{} {text}", cut(&name, room)),
        of_bar => format!("{} {} {text}", cut(&name, room - of_bar - 1), bar(done, total, of_bar)),
    }
}

/// A text in exactly so many columns; of a longer one, its end.
fn cut(text: &str, width: usize) -> String {
    let mut kept = text.to_owned();
    if measure_text_width(&kept) > width {
        let mut characters = text.chars();
        while measure_text_width(characters.as_str()) + 1 > width && characters.next().is_some() {}
        kept = truncate_str(&format!("…{}", characters.as_str()), width, "").into_owned();
    }
    let missing = width.saturating_sub(measure_text_width(&kept));
    kept + &" ".repeat(missing)
}

/// A bar of so many columns.
fn bar(done: u64, total: u64, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (u128::from(done.min(total)) * width as u128 * 8).checked_div(u128::from(total));
    let eighths = eighths.map_or(width * 8, |eighths| usize::try_from(eighths).unwrap_or_default());
    let part = PARTS.get(eighths % 8).copied().unwrap_or_default();
    let filled = eighths / 8;
    let empty = width.saturating_sub(filled + usize::from(!part.is_empty()));
    format!("{}{part}{}", "█".repeat(filled), " ".repeat(empty))
}

fn share(done: u64, total: Option<u64>) -> Option<(u64, u64)> {
    total.map(|total| (done.min(total), total))
}

/// In three columns; 100 % is only the end.
fn percent(done: u64, total: u64) -> String {
    let percent = (u128::from(done) * 100).checked_div(u128::from(total)).unwrap_or(100);
    format!("{percent:>3}%")
}

/// A time left: its two largest units.
fn span(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

fn whole(rate: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is shown, not counted")]
    let whole = rate.max(0.0) as u64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(name: &str, transferred: u64, total: u64) -> Transferring {
        let mut progress = Progress::default();
        (progress.transferred, progress.total) = (transferred, Some(total));
        Transferring { name: name.to_owned(), progress }
    }

    const MIB: u64 = 1 << 20;

    fn one() -> View {
        View {
            transferred: 12 * MIB,
            total: Some(30 * MIB),
            rate: 5_242_880.0,
            left: Some(Duration::from_secs(3)),
            ..View::default()
        }
    }

    fn many() -> View {
        let files = Files { done: 3, skipped: 1, failed: 2, total: Some(10) };
        let large = vec![
            transfer("photos/2024/holiday-film.mkv", 5 * MIB, 10 * MIB),
            transfer("映画/長い名前.mkv", 0, 9 * MIB),
        ];
        View { files: Some(files), large, ..one() }
    }

    #[test]
    fn one_transfer_is_a_bar_as_wide_as_there_is_room() {
        for (width, wanted) in [
            (20, "40%, 5.00 MiB/s"),
            (39, "40%, 12.00 MiB of 30.00 MiB, 5.00 MiB/s"),
            (60, "████       40%, 12.00 MiB of 30.00 MiB, 5.00 MiB/s, 3 s left"),
            (80, "████████████                   40%, 12.00 MiB of 30.00 MiB, 5.00 MiB/s, 3 s left"),
            (200, "████████████▊                    40%, 12.00 MiB of 30.00 MiB, 5.00 MiB/s, 3 s left"),
        ] {
            assert_eq!(one().rows(width), [wanted], "{width}");
            assert!(measure_text_width(wanted) <= width);
        }
        assert_eq!(one().rows(3), ["40%"]);
        let unknown = View { total: None, left: None, ..one() };
        assert_eq!(unknown.rows(80), ["12.00 MiB, 5.00 MiB/s"]);
    }

    #[test]
    fn many_transfers_are_a_sum_and_a_bar_for_each_large_one() {
        for width in [10, 20, 39, 40, 79, 80, 199, 200] {
            let rows = many().rows(width);
            assert_eq!(rows.len(), 3);
            for row in &rows {
                assert!(measure_text_width(row) <= width, "{width}: {row:?}");
            }
        }
        let sum = |width| many().rows(width).swap_remove(0);
        assert_eq!(sum(39), "4 of 10 files, 40%, 5.00 MiB/s");
        assert_eq!(sum(40), "4 of 10 files, 40%, 5.00 MiB/s, 3 s left");
        assert_eq!(sum(80), "4 of 10 files, 40%, 12.00 MiB of 30.00 MiB, 5.00 MiB/s, 3 s left, 2 failed");
        assert_eq!(sum(200), sum(80));
        let wide = &many().rows(80)[1];
        assert!(
            wide.starts_with("photos/2024/holiday-film.mkv") && wide.contains("████") && wide.ends_with(" 50%"),
            "{wide:?}"
        );
        let narrow = &many().rows(40)[1];
        assert!(narrow.starts_with('…') && narrow.contains("film.mkv") && narrow.ends_with(" 50%"), "{narrow:?}");
        let mut crowd = many();
        crowd.large = (0..8).map(|number| transfer(&number.to_string(), 1, 9 * MIB)).collect();
        let rows = crowd.rows(80);
        assert_eq!((rows.len(), rows[6].as_str()), (7, "  and 3 more"));
    }

    #[test]
    fn a_sum_counts_what_ended_and_what_is_under_way() {
        let totals = Totals { done: 2, bytes: 100, failed: 1, ..Totals::default() };
        let mut view = View::of_many(totals, [transfer("a", 10, 20), transfer("b", MIB, 9 * MIB)], Some((5, 10 * MIB)));
        assert_eq!((view.transferred, view.large.len()), (100 + 10 + MIB, 1));
        assert_eq!(view.files, Some(Files { done: 2, skipped: 0, failed: 1, total: Some(5) }));
        view.estimate();
        assert_eq!(view.left, None, "nothing moves");
        view.rate = MIB as f64;
        view.estimate();
        assert_eq!(view.left.map(|left| left.as_secs()), Some(8));
        assert_eq!(view.line(), "2 of 5 files, 10%, 1.00 MiB of 10.00 MiB, 1.00 MiB/s, 8 s left, 1 failed");
        let json = serde_json::to_value(view.json()).unwrap();
        assert_eq!(
            (&json["files"]["done"], &json["bytes"]["total"], &json["op"]),
            (&2.into(), &(10 * MIB).into(), &"progress".into())
        );
    }

    #[test]
    fn spans_percents_and_names_are_short() {
        let spans = [0, 59, 60, 3599, 3600, 90_000].map(|seconds| span(Duration::from_secs(seconds)));
        assert_eq!(spans, ["0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "25 h 0 min"]);
        assert_eq!(
            [percent(0, 0), percent(0, 5), percent(4999, 5000), percent(5, 5)],
            ["100%", "  0%", " 99%", "100%"]
        );
        assert_eq!([bar(0, 4, 4), bar(1, 4, 4), bar(5, 32, 4), bar(9, 4, 4)], ["    ", "█   ", "▋   ", "████"]);
        assert_eq!([cut("abc", 5), cut("abcdef", 4), cut("映画映画", 5)], ["abc  ", "…def", "…映画"]);
    }
}
