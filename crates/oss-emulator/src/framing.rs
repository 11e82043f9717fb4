//! Where a request ends: its head by the syntax of HTTP/1.1, and how the body after it is delimited.
//!
//! The HTTP library responds to a malformed head with a bare status line, or accepts it. OSS responds with an error
//! document and accepts less, so a head is checked here before the library sees it.

use std::mem::MaybeUninit;

use http::{Method, Uri, header};

use crate::error::{OssError, code};

/// Request line and headers together, in bytes.
pub(crate) const MAX_HEAD: usize = 64 * 1024;
pub(crate) const MAX_HEADERS: usize = 200;

/// A well-formed head at the start of what arrived.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Framed {
    /// Bytes up to and including the empty line.
    pub(crate) head_len: usize,
    pub(crate) body: BodyFraming,
}

/// How the end of a body is recognized.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BodyFraming {
    /// By its number of bytes; 0 without any header.
    Length(u64),
    Chunked,
}

/// Finds the end of the head; `None`: more bytes are needed.
///
/// # Errors
/// The response to a request that is not HTTP/1.x, or whose length headers are ambiguous.
pub(crate) fn frame(bytes: &[u8]) -> Result<Option<Framed>, OssError> {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut []);
    let head_len = match head.parse_with_uninit_headers(bytes, &mut headers) {
        Ok(httparse::Status::Complete(len)) if len <= MAX_HEAD => len,
        Ok(httparse::Status::Partial) if bytes.len() <= MAX_HEAD => return Ok(None),
        Ok(_) => return Err(too_large("The request line and the headers are longer than 64 KB.")),
        Err(httparse::Error::TooManyHeaders) => return Err(too_large("There are more than 200 headers.")),
        Err(error) => return Err(malformed(format!("The request is not well-formed: {error}."))),
    };
    let method = head.method.and_then(|method| Method::from_bytes(method.as_bytes()).ok());
    // Without a path it is an authority, which only a proxy could connect to.
    let uri = head.path.and_then(|target| target.parse::<Uri>().ok()).filter(|uri| !uri.path().is_empty());
    if method.is_none() || uri.is_none() {
        return Err(malformed("The request line is not well-formed."));
    }
    let body = body_framing(&head)?;
    Ok(Some(Framed { head_len, body }))
}

fn body_framing(head: &httparse::Request<'_, '_>) -> Result<BodyFraming, OssError> {
    let values = |name: header::HeaderName| {
        let named = head.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name.as_str()));
        named.map(|header| header.value)
    };
    let mut lengths = values(header::CONTENT_LENGTH);
    let mut codings = values(header::TRANSFER_ENCODING);
    match (lengths.next(), codings.next()) {
        (None, None) => Ok(BodyFraming::Length(0)),
        (Some(text), None) => {
            if lengths.next().is_some() {
                return Err(bad_length(text).message("The Content-Length header is given twice."));
            }
            content_length(text).map(BodyFraming::Length).ok_or_else(|| bad_length(text))
        }
        (None, Some(coding)) => {
            let is_first_of_its_kind = head.version == Some(1) && codings.next().is_none();
            if is_first_of_its_kind && coding.eq_ignore_ascii_case(b"chunked") {
                Ok(BodyFraming::Chunked)
            } else {
                Err(OssError::from(code::NOT_IMPLEMENTED).with("Header", "Transfer-Encoding"))
            }
        }
        // A proxy in front may use the one that this server ignores: request smuggling, RFC 9112 section 6.1.
        (Some(text), Some(_)) => {
            Err(bad_length(text).message("Only one of Content-Length and Transfer-Encoding may be given."))
        }
    }
}

/// Digits only: `parse` would also take a plus sign.
fn content_length(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn bad_length(text: &[u8]) -> OssError {
    // Status and EC are the documented ones; the code is *(unconfirmed)*.
    OssError::invalid_argument("Content-Length", &String::from_utf8_lossy(text)).ec("0017-00000103")
}

pub(crate) fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> OssError {
    OssError::from(code::INVALID_REQUEST).message(message)
}

fn too_large(message: &'static str) -> OssError {
    let mut error = malformed(message);
    error.status = http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    error
}

/// Follows a chunked body to its end. Every line ends in CRLF: where a lone LF would do, two readers of one stream could
/// disagree on where the next request begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chunks {
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In a line with a size; `None` before its first digit.
    Size(Option<u64>),
    /// Behind the size, in extensions.
    Extension(u64),
    /// Behind the CR of a line with a size.
    SizeLf(u64),
    Data(u64),
    /// Behind the data, before its CR.
    DataCr,
    DataLf,
    /// At the beginning of a line behind the last chunk.
    Trailer,
    /// In a line behind the last chunk.
    TrailerField,
    TrailerFieldLf,
    /// Behind the CR of the empty line.
    EndLf,
}

impl Default for State {
    fn default() -> Self {
        Self::Size(None)
    }
}

/// What [`Chunks::take`] found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Taken {
    /// All bytes belong to the body, which continues.
    All,
    /// The body ends after this many bytes.
    Ends(usize),
    /// Not chunked coding.
    Malformed,
}

impl Chunks {
    /// Follows the body through `bytes`.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Taken {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            at += 1;
            self.state = match (self.state, byte) {
                (State::Data(left), _) => {
                    let here = bytes.len() - at + 1;
                    let here = usize::try_from(left).map_or(here, |left| left.min(here));
                    at += here - 1;
                    match left - here as u64 {
                        0 => State::DataCr,
                        left => State::Data(left),
                    }
                }
                (State::Size(size), digit) if digit.is_ascii_hexdigit() => {
                    let digit = char::from(*digit).to_digit(16).map_or(0, u64::from);
                    let size = size.unwrap_or(0).checked_mul(16).and_then(|size| size.checked_add(digit));
                    if size.is_none() {
                        return Taken::Malformed;
                    }
                    State::Size(size)
                }
                (State::Size(Some(size)), b';' | b' ' | b'\t') => State::Extension(size),
                (State::Size(Some(size)) | State::Extension(size), b'\r') => State::SizeLf(size),
                (State::Extension(size), byte) if *byte != b'\n' => State::Extension(size),
                (State::SizeLf(0), b'\n') => State::Trailer,
                (State::SizeLf(size), b'\n') => State::Data(size),
                (State::DataCr, b'\r') => State::DataLf,
                (State::DataLf, b'\n') => State::Size(None),
                (State::Trailer, b'\r') => State::EndLf,
                (State::TrailerField, b'\r') => State::TrailerFieldLf,
                (State::Trailer | State::TrailerField, byte) if *byte != b'\n' => State::TrailerField,
                (State::TrailerFieldLf, b'\n') => State::Trailer,
                (State::EndLf, b'\n') => return Taken::Ends(at),
                _ => return Taken::Malformed,
            };
        }
        Taken::All
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(lines: &str) -> Result<Option<Framed>, OssError> {
        frame(format!("PUT /demo/a HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n").as_bytes())
    }

    #[test]
    fn the_body_is_framed_by_exactly_one_header() {
        let body = |lines| head(lines).unwrap().unwrap().body;
        assert_eq!(body(""), BodyFraming::Length(0));
        assert_eq!(body("content-length: 007\r\n"), BodyFraming::Length(7));
        assert_eq!(body("Transfer-Encoding: Chunked\r\n"), BodyFraming::Chunked);
        let ec = |lines| head(lines).unwrap_err().ec.clone().unwrap_or_default().into_owned();
        for lines in [
            "Content-Length: abc\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: 1, 1\r\n",
            "Content-Length:\r\n",
            "Content-Length: 99999999999999999999999\r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        ] {
            assert_eq!(ec(lines), "0017-00000103", "{lines}");
        }
        assert_eq!(head("Transfer-Encoding: gzip, chunked\r\n").unwrap_err().code, "NotImplemented");
        assert_eq!(
            head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n").unwrap_err().code,
            "NotImplemented"
        );
    }

    #[test]
    fn a_head_is_bounded_even_while_it_arrives() {
        assert_eq!(frame(b"GET / HTTP/1.1\r\nHost: a\r\n").unwrap(), None);
        let endless = format!("GET / HTTP/1.1\r\nx: {}", "a".repeat(MAX_HEAD));
        assert_eq!(frame(endless.as_bytes()).unwrap_err().status, 431);
        let many = "x: 1\r\n".repeat(MAX_HEADERS + 1);
        assert_eq!(head(&many).unwrap_err().status, 431);
    }

    #[test]
    fn chunks_end_where_the_last_one_does() {
        let body = b"3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nx-a: b\r\n\r\n";
        let mut all = body.to_vec();
        all.extend_from_slice(b"GET / HTTP/1.1\r\n");
        assert_eq!(Chunks::default().take(&all), Taken::Ends(body.len()));
        assert_eq!(Chunks::default().take(&all[..body.len() - 1]), Taken::All);
        for bad in [
            "\r\n",
            "x",
            "3\r\nabcd",
            "10000000000000000\r\n",
            "3\nabc",
            "3\r\nabc\n",
            "3;x\nabc",
            "3\rabc",
            "0\n",
            "0\r\n\n",
            "0\r\nx: y\n",
            "0\r\nx: y\r\r",
            "0\r\n\rx",
        ] {
            assert_eq!(Chunks::default().take(bad.as_bytes()), Taken::Malformed, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn chunks_end_at_the_same_place_however_they_arrive(
            chunks in proptest::collection::vec(1..40_usize, 0..6), cut in 1..9_usize
        ) {
            let mut body = String::new();
            for len in chunks {
                body += &format!("{len:x}\r\n{}\r\n", "z".repeat(len));
            }
            body += "0\r\n\r\n";
            let (mut scan, mut seen) = (Chunks::default(), 0);
            let all = format!("{body}GET");
            for piece in all.as_bytes().chunks(cut) {
                match scan.take(piece) {
                    Taken::All => seen += piece.len(),
                    Taken::Ends(at) => {
                        prop_assert_eq!(seen + at, body.len());
                        return Ok(());
                    }
                    Taken::Malformed => prop_assert!(false, "malformed"),
                }
            }
            prop_assert!(false, "no end");
        }
    }
}
