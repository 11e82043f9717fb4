//! The bar on the terminal.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use ossup::Progress;

use crate::output::Output;

/// How often the bar is drawn: often enough for the eye, too seldom to cost anything.
pub(crate) const INTERVAL: Duration = Duration::from_millis(100);

/// A bar if there is a terminal to see it.
pub(crate) fn bar(no_progress: bool, output: &Output) -> Option<ProgressBar> {
    let visible = !no_progress && output.may_show_bars() && std::io::stderr().is_terminal();
    visible.then(|| output.bars().add(ProgressBar::no_length()))
}

/// Shows how far an upload or download is.
pub(crate) fn show(bar: &ProgressBar, progress: &Progress) {
    match progress.total {
        Some(total) if bar.length() != Some(total) => {
            bar.set_length(total);
            bar.set_style(style("{bar:32} {percent:>3}% {bytes} of {total_bytes}, {rate}, {left} left"));
        }
        Some(_) => {}
        None => bar.set_style(style("{spinner} {bytes}, {rate}")),
    }
    let (rate, left) = (progress.rate, progress.eta);
    bar.set_style(
        bar.style()
            .with_key("rate", move |_: &ProgressState, text: &mut dyn std::fmt::Write| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a rate is shown, not counted"
                )]
                let _ = write!(text, "{}/s", indicatif::BinaryBytes(rate.max(0.0) as u64));
            })
            .with_key("left", move |_: &ProgressState, text: &mut dyn std::fmt::Write| {
                let _ = match left {
                    Some(left) => write!(text, "{} s", left.as_secs()),
                    None => write!(text, "?"),
                };
            }),
    );
    bar.set_position(progress.transferred);
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▉▊▋▌▍▎▏ ")
}
