//! Cutting the bytes of a connection into HTTP/1.1 requests.

use anyhow::{Context, Result, anyhow, ensure};
use httparse::Status;

/// More than any client sends.
const MAX_HEADERS: usize = 100;

/// One request as it was on the wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Captured {
    /// Method.
    pub(crate) method: String,
    /// Path and query as sent; of a request to a proxy without scheme and host.
    pub(crate) target: String,
    /// Headers in their order; names in lower case, values without the blanks around them.
    pub(crate) headers: Vec<(String, String)>,
    /// How the end of the body was told.
    pub(crate) framing: Framing,
    /// The content, with the framing of chunks taken off.
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its end.
    pub(crate) whole: bool,
}

impl Captured {
    /// Value of the first header with this lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Framing {
    /// Neither `Content-Length` nor chunks: there is no body.
    None,
    /// `Content-Length`.
    Length,
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// Where in a request the next byte belongs.
#[derive(Clone, Copy, Debug)]
enum Place {
    Head,
    Sized(usize),
    ChunkSize,
    Chunk(usize),
    AfterChunk,
    Trailer,
}

/// Takes bytes as they come and gives whole requests.
#[derive(Debug)]
pub(super) struct Parser {
    place: Place,
    unread: Vec<u8>,
    current: Option<Captured>,
    finished: Vec<Captured>,
}

impl Default for Parser {
    fn default() -> Self {
        Self { place: Place::Head, unread: Vec::new(), current: None, finished: Vec::new() }
    }
}

impl Parser {
    /// Takes more bytes; gives what the server is to get, which differs in the request line of a request to a proxy.
    ///
    /// # Errors
    /// If the bytes are not HTTP/1.1.
    pub(super) fn push(&mut self, received: &[u8]) -> Result<Vec<u8>> {
        self.unread.extend_from_slice(received);
        let mut passed_on = Vec::new();
        while self.step(&mut passed_on)? {}
        Ok(passed_on)
    }

    /// The requests that have become whole since the last call.
    pub(super) fn finished(&mut self) -> Vec<Captured> {
        std::mem::take(&mut self.finished)
    }

    /// The request that the end of the connection has cut short, if any.
    pub(super) fn cut_short(&mut self) -> Option<Captured> {
        self.current.take()
    }

    /// Goes on by one piece; false when more bytes are needed.
    fn step(&mut self, passed_on: &mut Vec<u8>) -> Result<bool> {
        match self.place {
            Place::Head => {
                if !self.head(passed_on)? {
                    return Ok(false);
                }
            }
            Place::Sized(0) => self.finish(),
            Place::Sized(left) => {
                let Some(count) = self.content(left, passed_on) else { return Ok(false) };
                self.place = Place::Sized(left - count);
            }
            Place::ChunkSize => {
                let size = httparse::parse_chunk_size(&self.unread).map_err(|_| anyhow!("not the size of a chunk"))?;
                let Status::Complete((length, size)) = size else { return Ok(false) };
                passed_on.extend(self.unread.drain(..length));
                self.place = if size == 0 { Place::Trailer } else { Place::Chunk(size.try_into()?) };
            }
            Place::Chunk(0) => self.place = Place::AfterChunk,
            Place::Chunk(left) => {
                let Some(count) = self.content(left, passed_on) else { return Ok(false) };
                self.place = Place::Chunk(left - count);
            }
            Place::AfterChunk => {
                let Some(end) = self.take_through(b"\r\n") else { return Ok(false) };
                passed_on.extend_from_slice(&end);
                self.place = Place::ChunkSize;
            }
            Place::Trailer => {
                let Some(line) = self.take_through(b"\r\n") else { return Ok(false) };
                passed_on.extend_from_slice(&line);
                if line == b"\r\n" {
                    self.finish();
                }
            }
        }
        Ok(true)
    }

    /// Reads the head at the beginning of what is unread; false when it is not whole yet.
    fn head(&mut self, passed_on: &mut Vec<u8>) -> Result<bool> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let Status::Complete(length) = request.parse(&self.unread).context("not a head of a request")? else {
            return Ok(false);
        };
        let (method, target) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
        ensure!(request.version == Some(1), "{method} {target} is not HTTP/1.1");
        let target = origin_form(target);
        passed_on.extend_from_slice(format!("{method} {target} HTTP/1.1\r\n").as_bytes());
        // Every header goes on as it came. (The parser skips empty lines before a request line.)
        let head = self.unread.iter().take(length).skip_while(|byte| b"\r\n".contains(byte));
        passed_on.extend(head.skip_while(|byte| **byte != b'\n').skip(1));
        let text = |value| String::from_utf8_lossy(value).trim().to_owned();
        let headers: Vec<_> =
            request.headers.iter().map(|header| (header.name.to_ascii_lowercase(), text(header.value))).collect();
        let (framing, place) = framing(&headers)?;
        self.place = place;
        self.current = Some(Captured {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            framing,
            body: Vec::new(),
            whole: false,
        });
        self.unread.drain(..length);
        Ok(true)
    }

    /// Moves up to `left` bytes into the body; `None` when there are none to move.
    fn content(&mut self, left: usize, passed_on: &mut Vec<u8>) -> Option<usize> {
        let count = left.min(self.unread.len());
        let content = self.unread.drain(..count);
        passed_on.extend_from_slice(content.as_slice());
        if let Some(current) = &mut self.current {
            current.body.extend(content);
        }
        (count > 0).then_some(count)
    }

    fn finish(&mut self) {
        self.place = Place::Head;
        self.finished.extend(self.current.take().map(|current| Captured { whole: true, ..current }));
    }

    /// Everything up to and with `end`, once that has come.
    fn take_through(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        let at = self.unread.windows(end.len()).position(|window| window == end)?;
        Some(self.unread.drain(..at + end.len()).collect())
    }
}

/// A target without scheme and host, as a server that is no proxy gets it.
fn origin_form(target: &str) -> &str {
    match target.split_once("://") {
        Some((scheme, rest)) if scheme.chars().all(|c| c.is_ascii_alphabetic()) => {
            rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
        }
        _ => target,
    }
}

fn framing(headers: &[(String, String)]) -> Result<(Framing, Place)> {
    let value = |wanted| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    if value("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        return Ok((Framing::Chunked, Place::ChunkSize));
    }
    match value("content-length") {
        None => Ok((Framing::None, Place::Sized(0))),
        Some(length) => {
            let length = length.parse().with_context(|| format!("Content-Length {length:?}"))?;
            Ok((Framing::Length, Place::Sized(length)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes `wire` in pieces of `size`; gives the requests and what was passed on.
    fn parse(wire: &[u8], size: usize) -> (Vec<Captured>, Vec<u8>) {
        let mut parser = Parser::default();
        let mut passed_on = Vec::new();
        for piece in wire.chunks(size) {
            passed_on.extend(parser.push(piece).unwrap());
        }
        let mut requests = parser.finished();
        requests.extend(parser.cut_short());
        (requests, passed_on)
    }

    #[test]
    fn requests_are_the_same_however_the_bytes_are_cut() {
        let wire = b"PUT /b/k?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloPOST / HTTP/1.1\r\n\
            Transfer-Encoding: chunked\r\n\r\n3;ext\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\nGET / HTTP/1.1\r\nHost:  b \r\n\r\n";
        for size in [1, 2, 3, 7, 64, 1000] {
            let (requests, passed_on) = parse(wire, size);
            assert_eq!(passed_on, wire);
            let [put, post, get] = requests.try_into().unwrap();
            assert_eq!(
                (put.framing, put.body.as_slice(), put.target.as_str()),
                (Framing::Length, &b"hello"[..], "/b/k?x=1")
            );
            assert_eq!((post.framing, post.body.as_slice()), (Framing::Chunked, &b"abc0123456789"[..]));
            assert_eq!((get.framing, get.header("host"), get.whole), (Framing::None, Some("b"), true));
        }
    }

    #[test]
    fn a_request_to_a_proxy_is_cut_down_to_path_and_query() {
        for (sent, target) in
            [("http://b.example.com/k%20?q", "/k%20?q"), ("http://example.com", "/"), ("/a://b", "/a://b")]
        {
            let (requests, passed_on) = parse(format!("GET {sent} HTTP/1.1\r\n\r\n").as_bytes(), 9);
            assert_eq!(requests[0].target, target);
            assert_eq!(passed_on, format!("GET {target} HTTP/1.1\r\n\r\n").as_bytes());
        }
    }

    #[test]
    fn a_body_that_ends_early_is_kept_as_not_whole() {
        let (requests, _) = parse(b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", 100);
        assert_eq!((requests[0].whole, requests[0].body.as_slice()), (false, &b"abc"[..]));
    }

    #[test]
    fn what_is_not_http_is_an_error() {
        for wire in ["hello\r\n\r\n", "GET / HTTP/1.1\r\nbad\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"] {
            assert!(Parser::default().push(wire.as_bytes()).is_err(), "{wire:?}");
        }
    }
}
