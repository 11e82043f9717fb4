//! A default as a text or the code states it.

use std::fmt;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Value {
    /// Nothing is set: no limit, no proxy, nowhere.
    Nothing,
    Flag(bool),
    /// A count, or bytes.
    Number(u128),
    Milliseconds(u128),
    Word(String),
    /// What has to be said in words, or is more than the program can read.
    Other,
}

impl Value {
    /// Reads the beginning of `20 s`, `16 KiB/s`, `20,000`, `yes`, `none`, `` `cn-hangzhou` ``.
    pub(super) fn of_text(text: &str) -> Self {
        let text = text.trim();
        if let Some(word) = text.strip_prefix('`').and_then(|rest| rest.split('`').next()) {
            return Self::Word(word.to_owned());
        }
        let is_inside_number = |at: usize| text.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit);
        let mut marks = text.match_indices([';', '.', ',', ':', '(']).map(|(at, _)| at);
        let end = marks.find(|at| !is_inside_number(*at)).unwrap_or(text.len());
        let words: Vec<_> = text.get(..end).unwrap_or_default().split_whitespace().collect();
        let (first, second) = (words.first().copied().unwrap_or_default(), words.get(1).copied().unwrap_or_default());
        match first.to_lowercase().as_str() {
            "none" | "nowhere" | "nothing" | "never" => return Self::Nothing,
            "no" if second == "limit" || second == "control" => return Self::Nothing,
            "no" | "off" => return Self::Flag(false),
            "yes" | "on" => return Self::Flag(true),
            _ => {}
        }
        let digits = first.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = if digits.len() < first.len() { first.trim_start_matches(digits) } else { second };
        let Ok(number) = digits.replace(',', "").parse::<u128>() else { return Self::Other };
        match unit.split('/').next().unwrap_or_default() {
            "ms" => Self::Milliseconds(number),
            "s" => Self::Milliseconds(number * 1000),
            "m" => Self::Milliseconds(number * 60_000),
            "KiB" => Self::Number(number << 10),
            "MiB" => Self::Number(number << 20),
            "GiB" => Self::Number(number << 30),
            _ => Self::Number(number),
        }
    }

    /// Whether a text with `other` says what the code has in `self`.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other, _) => true,
            // "The system's choice", where nothing is set.
            (Self::Nothing, Self::Nothing | Self::Other | Self::Word(_) | Self::Flag(false)) => true,
            (Self::Number(0), Self::Nothing) => true,
            (Self::Milliseconds(0), Self::Number(0)) => true,
            _ => self == other,
        }
    }
}

impl std::ops::Not for Value {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Flag(flag) => Self::Flag(!flag),
            other => other,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("none"),
            Self::Flag(true) => f.write_str("yes"),
            Self::Flag(false) => f.write_str("no"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Milliseconds(number) => write!(f, "{number} ms"),
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Other => f.write_str("a description"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_to_their_first_value() {
        for (text, value) in [
            ("20 s", Value::Milliseconds(20_000)),
            ("200 ms", Value::Milliseconds(200)),
            ("16 KiB/s; 0 is no limit", Value::Number(16 << 10)),
            ("6MiB", Value::Number(6 << 20)),
            ("20,000.", Value::Number(20_000)),
            ("256 MiB, or more", Value::Number(256 << 20)),
            ("0: a free one", Value::Number(0)),
            ("yes: once", Value::Flag(true)),
            ("off", Value::Flag(false)),
            ("no limit", Value::Nothing),
            ("none, since", Value::Nothing),
            ("`cn-hangzhou`", Value::Word("cn-hangzhou".to_owned())),
            ("the system's choice", Value::Other),
        ] {
            assert_eq!(Value::of_text(text), value, "{text}");
        }
    }
}
