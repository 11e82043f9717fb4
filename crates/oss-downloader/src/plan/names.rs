//! Names of temporary files.

use std::ffi::{OsStr, OsString};

/// Longest name of a file on the file systems in use, in bytes.
const MAX_NAME: usize = 255;
const MARK: &str = oss_transfer::TEMPORARY_MARK;
const DIGITS: usize = 16;

/// The name of the temporary file beside `name`: hidden, and told from others by `digits`, 16 hexadecimal ones. As long as
/// a name may be; what does not fit is left out of `name`.
pub(crate) fn temp_name(name: &OsStr, digits: &str) -> OsString {
    let room = MAX_NAME - 1 - MARK.len() - DIGITS;
    let mut temp = OsString::from(".");
    temp.push(cut(name, room));
    temp.push(MARK);
    temp.push(digits);
    temp
}

/// Whether a file of the name `found` is a temporary one beside `name`.
pub(crate) fn is_temp_name(found: &OsStr, name: &OsStr) -> bool {
    let found = found.as_encoded_bytes();
    let Some(digits) = found.get(found.len().saturating_sub(DIGITS)..) else { return false };
    let hex = digits.len() == DIGITS && digits.iter().all(u8::is_ascii_hexdigit);
    hex && std::str::from_utf8(digits).is_ok_and(|digits| temp_name(name, digits).as_encoded_bytes() == found)
}

#[cfg(unix)]
fn cut(name: &OsStr, most: usize) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    let bytes = name.as_bytes();
    // Not within a character, for some file systems take only text.
    let is_boundary = |at: usize| bytes.get(at).is_none_or(|byte| byte & 0xC0 != 0x80);
    let end = (0..=most.min(bytes.len())).rev().find(|at| is_boundary(*at)).unwrap_or(0);
    OsStr::from_bytes(bytes.get(..end).unwrap_or(bytes)).to_owned()
}

#[cfg(not(unix))]
fn cut(name: &OsStr, most: usize) -> OsString {
    let mut text = name.to_string_lossy().into_owned();
    while text.len() > most {
        text.pop();
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "0123456789abcdef";

    #[test]
    fn a_temporary_file_is_hidden_and_recognised() {
        let temp = temp_name("a.bin".as_ref(), DIGITS);
        assert_eq!(temp, ".a.bin.ossup-0123456789abcdef");
        assert!(is_temp_name(&temp, "a.bin".as_ref()));
        for (found, name) in [
            (".a.bin.ossup-0123456789abcdef", "b.bin"),
            (".a.bin.ossup-0123456789abcdeg", "a.bin"),
            (".a.bin.ossup-123456789abcdef", "a.bin"),
            ("a.bin", "a.bin"),
            ("", "a.bin"),
        ] {
            assert!(!is_temp_name(found.as_ref(), name.as_ref()), "{found} {name}");
        }
    }

    /// Rows: R16.
    #[test]
    fn a_long_name_is_cut_between_characters() {
        for name in ["x".repeat(255), "я".repeat(127), "я".repeat(127) + "x", "x".to_owned() + &"я".repeat(127)] {
            let temp = temp_name(name.as_ref(), DIGITS);
            assert!(temp.len() <= 255 && temp.len() > 250, "{}", temp.len());
            assert!(temp.to_str().is_some(), "still text");
            assert!(is_temp_name(&temp, name.as_ref()));
        }
    }
}
