//! A command in a terminal, and the rows that it leaves there.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use anyhow::{Result, ensure};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

pub(super) const COLUMNS: u16 = 112;
const ROWS: u16 = 40;

/// Text of one colour.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Span {
    pub(super) text: String,
    /// The number of the colour among the 16 of a terminal.
    pub(super) colour: Option<u8>,
}

pub(super) type Row = Vec<Span>;

/// What a command left in its terminal.
pub(super) struct Recording {
    pub(super) rows: Vec<Row>,
    /// A row with a bar, from about the middle of the run.
    pub(super) half_way: Option<Row>,
}

/// Runs a command to its end.
pub(super) fn record(command: &mut Command) -> Result<Recording> {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&terminal)?;
    unlockpt(&terminal)?;
    let name = ptsname(&terminal, Vec::new())?;
    let inner = File::options().read(true).write(true).open(OsStr::from_bytes(name.to_bytes()))?;
    tcsetwinsize(&inner, Winsize { ws_row: ROWS, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 })?;
    command.stdin(inner.try_clone()?).stdout(inner.try_clone()?).stderr(inner);
    let mut child = command.spawn()?;
    // The terminal ends when no one has its inner side open.
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
    let mut half_way: Option<(u32, Row)> = None;
    let mut outer = File::from(terminal);
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = outer.read(&mut buffer) {
        parser.process(buffer.get(..count).unwrap_or_default());
        for row in rows(parser.screen()) {
            let text: String = row.iter().map(|span| span.text.as_str()).collect();
            let from_middle = percent(&text).map(|percent| percent.abs_diff(50));
            if let Some(distance) =
                from_middle.filter(|distance| half_way.as_ref().is_none_or(|(best, _)| distance < best))
            {
                half_way = Some((distance, row));
            }
        }
    }
    let status = child.wait()?;
    ensure!(status.success(), "it failed ({status}): {}", parser.screen().contents());
    Ok(Recording { rows: rows(parser.screen()), half_way: half_way.map(|(_, row)| row) })
}

/// The rows up to the last one that is not empty.
fn rows(screen: &vt100::Screen) -> Vec<Row> {
    let mut rows: Vec<Row> = (0..ROWS).map(|row| spans(screen, row)).collect();
    while rows.pop_if(|row| row.is_empty()).is_some() {}
    rows
}

fn spans(screen: &vt100::Screen, row: u16) -> Row {
    let mut spans: Row = Vec::new();
    for column in 0..COLUMNS {
        let Some(cell) = screen.cell(row, column) else { continue };
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let colour = match cell.fgcolor() {
            vt100::Color::Idx(colour) => Some(colour % 16),
            _ => None,
        };
        match spans.last_mut().filter(|last| last.colour == colour || text == " ") {
            Some(last) => last.text.push_str(text),
            None => spans.push(Span { text: text.to_owned(), colour }),
        }
    }
    if let Some(last) = spans.last_mut() {
        last.text.truncate(last.text.trim_end().len());
    }
    while spans.pop_if(|span| span.text.is_empty()).is_some() {}
    spans
}

/// The percentage that a row with a bar tells.
fn percent(text: &str) -> Option<u32> {
    let (before, _) = text.strip_prefix('\u{2588}')?.split_once('%')?;
    let digits = before
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(before, |at| before.get(at..).unwrap_or_default().trim_start_matches(|c: char| !c.is_ascii_digit()));
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_shows_is_kept_with_its_colours() {
        let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
        parser.process(b"gone\r\x1b[2Ka \x1b[32mgreen\x1b[0m b\r\n\r\nlast");
        let rows = rows(parser.screen());
        let span = |text: &str, colour| Span { text: text.to_owned(), colour };
        assert_eq!(
            rows,
            [vec![span("a ", None), span("green ", Some(2)), span("b", None)], vec![], vec![span("last", None)]]
        );
    }

    #[test]
    fn a_row_with_a_bar_tells_how_far_it_is() {
        assert_eq!(percent("\u{2588}\u{2588}    48% 496 MiB"), Some(48));
        assert_eq!((percent("\u{2588}100%"), percent("no bar"), percent("50%")), (Some(100), None, None));
    }
}
