//! Responses: status, headers, and a body that is empty, in memory, or streamed from the store.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use tokio::task::JoinHandle;

use crate::error::OssError;
use crate::store::SegmentReader;

/// What an error document says about the request it belongs to.
#[derive(Clone, Debug, Default)]
pub(crate) struct ErrorContext {
    pub(crate) request_id: String,
    /// The request's Host.
    pub(crate) host: String,
    /// The response must have no body.
    pub(crate) is_head: bool,
}

/// A response before the common headers are added.
#[derive(Debug)]
pub(crate) struct OssResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ResponseBody,
}

impl OssResponse {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: ResponseBody::empty() }
    }

    pub(crate) fn into_http(self) -> http::Response<ResponseBody> {
        let mut response = http::Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    pub(crate) fn ok() -> Self {
        Self::new(StatusCode::OK)
    }

    pub(crate) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT)
    }

    pub(crate) fn xml(document: String) -> Self {
        Self::ok().with(header::CONTENT_TYPE.as_str(), "application/xml").body(document)
    }

    /// Sets a header; a value that cannot be a header value is left out.
    pub(crate) fn set(&mut self, name: &str, value: impl AsRef<[u8]>) {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_ref()))
        {
            self.headers.insert(name, value);
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn with_optional(mut self, name: &str, value: Option<impl AsRef<[u8]>>) -> Self {
        if let Some(value) = value {
            self.set(name, value);
        }
        self
    }

    pub(crate) fn etag(self, etag: &str) -> Self {
        self.with(header::ETAG.as_str(), format!("\"{etag}\""))
    }

    pub(crate) fn crc64(self, crc64: Option<u64>) -> Self {
        self.with_optional(CRC64, crc64.map(|crc| crc.to_string()))
    }

    pub(crate) fn body(mut self, bytes: impl Into<Bytes>) -> Self {
        self.body = ResponseBody::bytes(bytes.into());
        self
    }

    pub(crate) fn error(error: &OssError, context: &ErrorContext) -> Self {
        let mut response = Self::new(error.status);
        for (name, value) in &error.headers {
            response.headers.insert(name.clone(), value.clone());
        }
        if let Some(ec) = &error.ec {
            response.set("x-oss-ec", ec.as_bytes());
        }
        if error.close {
            response.set("connection", "close");
        }
        if error.status == StatusCode::NOT_MODIFIED {
            return response;
        }
        let xml = error.to_xml(&context.request_id, &context.host);
        response.set("content-type", "application/xml");
        if context.is_head {
            // A header line has its limits too; OSS documents none, and no message of ours comes near.
            response.set("x-oss-err", STANDARD.encode(&xml));
            response.set("content-length", xml.len().to_string());
            return response;
        }
        response.body(xml)
    }
}

/// Header with the CRC64 of the whole object or of the part.
pub(crate) const CRC64: &str = "x-oss-hash-crc64ecma";

/// Body of a response.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    source: Source,
    left: u64,
    /// How many bytes come before the one to damage.
    flip: Option<u64>,
}

#[derive(Debug)]
enum Source {
    Empty,
    Bytes(Bytes),
    Stored(Reading),
}

#[derive(Debug)]
enum Reading {
    Idle(SegmentReader),
    Busy(JoinHandle<(SegmentReader, io::Result<Option<Bytes>>)>),
    Done,
}

impl ResponseBody {
    pub(crate) fn empty() -> Self {
        Self { source: Source::Empty, left: 0, flip: None }
    }

    pub(crate) fn bytes(bytes: Bytes) -> Self {
        Self { left: bytes.len() as u64, source: Source::Bytes(bytes), flip: None }
    }

    pub(crate) fn stored(reader: SegmentReader, len: u64) -> Self {
        Self { source: Source::Stored(Reading::Idle(reader)), left: len, flip: None }
    }

    /// Damages the byte at this position, if there is one.
    pub(crate) fn flip(&mut self, position: u64) {
        self.flip = Some(position);
    }

    /// Damages the byte if it is in this piece.
    fn damage(&mut self, piece: Bytes) -> Bytes {
        let Some(position) = self.flip.take() else { return piece };
        let len = piece.len() as u64;
        if position >= len {
            self.flip = Some(position - len);
            return piece;
        }
        let mut damaged = BytesMut::from(piece);
        if let Some(byte) = usize::try_from(position).ok().and_then(|position| damaged.get_mut(position)) {
            *byte ^= 1;
        }
        damaged.freeze()
    }

    /// The bytes, if they are in memory.
    pub(crate) fn as_bytes(&self) -> Option<&Bytes> {
        match &self.source {
            Source::Bytes(bytes) => Some(bytes),
            Source::Empty | Source::Stored(_) => None,
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = match &mut self.source {
            Source::Empty => None,
            Source::Bytes(bytes) => {
                Some(Ok(std::mem::take(bytes))).filter(|piece| !matches!(piece, Ok(bytes) if bytes.is_empty()))
            }
            Source::Stored(reading) => ready!(reading.poll(cx)),
        };
        Poll::Ready(match piece {
            Some(Ok(bytes)) => {
                self.left = self.left.saturating_sub(bytes.len() as u64);
                Some(Ok(Frame::data(self.damage(bytes))))
            }
            Some(Err(error)) => Some(Err(error)),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl Reading {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match std::mem::replace(self, Self::Done) {
                Self::Idle(mut reader) if !reader.blocks() => {
                    let piece = reader.read().transpose();
                    if piece.is_some() {
                        *self = Self::Idle(reader);
                    }
                    return Poll::Ready(piece);
                }
                Self::Idle(mut reader) => {
                    *self = Self::Busy(tokio::task::spawn_blocking(move || {
                        let piece = reader.read();
                        (reader, piece)
                    }));
                }
                Self::Busy(mut work) => match Pin::new(&mut work).poll(cx) {
                    Poll::Pending => {
                        *self = Self::Busy(work);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok((reader, Ok(Some(piece))))) => {
                        *self = Self::Idle(reader);
                        return Poll::Ready(Some(Ok(piece)));
                    }
                    Poll::Ready(Ok((_, Ok(None)))) => return Poll::Ready(None),
                    Poll::Ready(Ok((_, Err(error)))) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
                },
                Self::Done => return Poll::Ready(None),
            }
        }
    }
}
