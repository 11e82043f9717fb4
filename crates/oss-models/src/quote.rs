//! What a server said, as it may be printed: on one line, and of what may be long only the beginning.

use std::fmt::{self, Write as _};

/// Most bytes or characters of a response that an error repeats.
const MAX_QUOTE: usize = 256;

/// The beginning of a response, in quotation marks.
pub(crate) fn quote(bytes: &[u8]) -> String {
    let cut = bytes.get(..MAX_QUOTE).unwrap_or(bytes);
    format!("{:?}{}", String::from_utf8_lossy(cut), if cut.len() < bytes.len() { "…" } else { "" })
}

/// The beginning of a name, or of a sentence that has names in it.
pub(crate) fn brief(text: &str) -> String {
    let cut: String = text.chars().take(MAX_QUOTE).collect();
    format!("{}{}", OneLine(&cut), if cut.len() < text.len() { "…" } else { "" })
}

/// A text whose control characters are escaped: they could end the line, or command a terminal.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character.is_control() {
            true => write!(f, "{}", character.escape_debug()),
            false => f.write_char(character),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_said_is_short_and_on_one_line() {
        assert_eq!(OneLine("a\u{1b}[2J\nb\tü\"").to_string(), "a\\u{1b}[2J\\nb\\tü\"");
        assert_eq!(brief("a\nb"), "a\\nb");
        assert_eq!(brief(&"é".repeat(257)), format!("{}…", "é".repeat(256)));
        assert_eq!(quote(b"a\"\n\xff"), "\"a\\\"\\n\u{fffd}\"");
        assert_eq!(quote(&[b'a'; 257]), format!("\"{}\"…", "a".repeat(256)));
    }
}
