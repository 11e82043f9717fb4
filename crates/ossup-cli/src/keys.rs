//! Keys and addresses from a file or standard input, one a line or ended by a zero byte each.

use std::io;

use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::failure::{Failure, Kind};
use crate::streams::standard_input;

/// The longest that an address may be: more is no address, and must not fill the memory.
const MAX_LEN: usize = 64 << 10;

/// Texts from standard input; empty ones are left out.
pub(crate) struct Keys {
    input: BufReader<tokio::fs::File>,
    end: u8,
}

impl Keys {
    pub(crate) fn of_standard_input(end: u8) -> io::Result<Self> {
        Ok(Self { input: BufReader::new(tokio::fs::File::from_std(standard_input()?)), end })
    }

    /// The next text; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, Failure> {
        let unreadable = |error: String| Failure::new(Kind::Source, format!("standard input: {error}"));
        loop {
            let mut text = Vec::new();
            loop {
                let available = self.input.fill_buf().await.map_err(|error| unreadable(error.to_string()))?;
                if available.is_empty() {
                    break;
                }
                let (taken, is_whole) = match available.iter().position(|byte| *byte == self.end) {
                    Some(at) => (at + 1, true),
                    None => (available.len(), false),
                };
                text.extend(available.iter().take(taken));
                self.input.consume(taken);
                if is_whole || text.len() > MAX_LEN {
                    break;
                }
            }
            if text.is_empty() {
                return Ok(None);
            }
            if text.len() > MAX_LEN {
                return Err(unreadable(format!("an address is longer than {MAX_LEN} bytes")));
            }
            if text.last() == Some(&self.end) {
                text.pop();
            }
            // A file of another system.
            if self.end == b'\n' && text.last() == Some(&b'\r') {
                text.pop();
            }
            if text.is_empty() {
                continue;
            }
            return String::from_utf8(text)
                .map(Some)
                .map_err(|error| unreadable(format!("{:?} is not UTF-8", String::from_utf8_lossy(error.as_bytes()))));
        }
    }
}
