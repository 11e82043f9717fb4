//! `Range` as OSS reads it, which is not quite as HTTP does.

use crate::error::{OssError, Outcome, code};

/// What a Range header selects of an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Selection {
    Whole,
    Piece { start: u64, len: u64 },
}

impl Selection {
    /// A piece that begins `bytes` later and is as long, as far as the object reaches.
    pub(crate) fn shifted(self, bytes: i64, size: u64) -> Self {
        match self {
            Self::Whole => Self::Whole,
            Self::Piece { start, len } => {
                let start = start.saturating_add_signed(bytes).min(size.saturating_sub(1));
                Self::Piece { start, len: len.min(size.saturating_sub(start)) }
            }
        }
    }
}

/// A syntactically valid range.
#[derive(Clone, Copy, Debug)]
enum Spec {
    FromTo(u64, u64),
    From(u64),
    Last(u64),
}

/// Reads `bytes=a-b`, `a-` or `-n`; of several ranges the first counts. `None` for anything else.
fn parse(header: &str) -> Option<Spec> {
    let first = header.strip_prefix("bytes=")?.split(',').next()?.trim();
    let (start, end) = first.split_once('-')?;
    let number = |text: &str| -> Option<u64> {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) { None } else { text.parse().ok() }
    };
    match (start, end) {
        ("", n) => number(n).map(Spec::Last),
        (a, "") => number(a).map(Spec::From),
        (a, b) => match (number(a)?, number(b)?) {
            (a, b) if a <= b => Some(Spec::FromTo(a, b)),
            _ => None,
        },
    }
}

/// Applies a Range header to an object of `size` bytes.
///
/// Without `x-oss-range-behavior: standard` a range that reaches beyond the object selects all of it.
///
/// # Errors
/// `InvalidRange` with standard behaviour, when the range starts behind the end.
pub(crate) fn select(header: Option<&str>, standard: bool, size: u64) -> Outcome<Selection> {
    let Some(spec) = header.and_then(parse) else { return Ok(Selection::Whole) };
    let piece = |start: u64, end: u64| Selection::Piece { start, len: end - start + 1 };
    let last = size.checked_sub(1);
    let unsatisfiable = || {
        if standard {
            Err(OssError::from(code::INVALID_RANGE).header("content-range", &format!("bytes */{size}")))
        } else {
            Ok(Selection::Whole)
        }
    };
    match (spec, last) {
        (Spec::FromTo(a, b), Some(last)) if b <= last => Ok(piece(a, b)),
        (Spec::FromTo(a, _), Some(last)) if a <= last && standard => Ok(piece(a, last)),
        (Spec::FromTo(a, _), Some(last)) if a <= last => Ok(Selection::Whole),
        (Spec::From(a), Some(last)) if a <= last => Ok(piece(a, last)),
        (Spec::Last(n), Some(last)) if n > 0 && n <= size => Ok(piece(size - n, last)),
        (Spec::Last(n), Some(last)) if n > size && standard => Ok(piece(0, last)),
        (Spec::Last(n), _) if n > size => Ok(Selection::Whole),
        _ => unsatisfiable(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(header: &str, standard: bool) -> Result<Selection, String> {
        select(Some(header), standard, 1000).map_err(|error| error.code.to_string())
    }

    #[test]
    fn ranges_of_the_documented_table() {
        let piece = |start, len| Ok(Selection::Piece { start, len });
        let whole = Ok(Selection::Whole);
        for (header, plain, standard) in [
            ("bytes=0-499", piece(0, 500), piece(0, 500)),
            ("bytes=500-", piece(500, 500), piece(500, 500)),
            ("bytes=-1000", piece(0, 1000), piece(0, 1000)),
            ("bytes=-1", piece(999, 1), piece(999, 1)),
            ("bytes=500-2000", whole.clone(), piece(500, 500)),
            ("bytes=1000-", whole.clone(), Err("InvalidRange".to_owned())),
            ("bytes=1000-2000", whole.clone(), Err("InvalidRange".to_owned())),
            ("bytes=-2000", whole.clone(), piece(0, 1000)),
            ("byte=0-9", whole.clone(), whole.clone()),
            ("bytes=9-0", whole.clone(), whole.clone()),
            ("bytes=a-b", whole.clone(), whole.clone()),
            ("bytes=0-9,20-29", piece(0, 10), piece(0, 10)),
        ] {
            assert_eq!(at(header, false), plain, "{header}");
            assert_eq!(at(header, true), standard, "{header}, standard");
        }
        assert_eq!(select(Some("bytes=0-0"), false, 0).unwrap(), Selection::Whole);
    }

    proptest! {
        #[test]
        fn a_selection_lies_within_the_object(header in "bytes=[0-9]{0,4}-[0-9]{0,4}(,[0-9]-)?|\\PC{0,20}", standard: bool, size in 0_u64..3000, shift in -3000_i64..3000) {
            if let Ok(Selection::Piece { start, len }) = select(Some(&header), standard, size).map(|selection| selection.shifted(shift, size)) {
                prop_assert!(len > 0 && start + len <= size);
            }
        }
    }
}
