//! A small OSS in memory: one object, and what was asked of it; faults are scripted by request.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, LAST_MODIFIED, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use oss_downloader::Downloader;
use oss_models::{
    BoxBody, CallError, CallErrorKind, Crc64, GetObjectRequest, Request, Response, ResponseBody, ServiceError,
    http_date,
};
use tokio::time::Sleep;
use tower::service_fn;

/// The service. Clones share everything.
#[derive(Clone)]
pub(crate) struct Fake(Arc<Mutex<State>>);

pub(crate) struct State {
    pub(crate) object: Option<Object>,
    pub(crate) log: Vec<Entry>,
    faults: Vec<(String, Fault)>,
    /// How long each request takes before its head.
    pub(crate) latency: Duration,
    /// How long each piece of a body takes.
    pub(crate) piece_latency: Duration,
    pub(crate) piece_len: usize,
    pub(crate) tells_crc_with_content: bool,
    pub(crate) tells_crc_with_head: bool,
    pub(crate) tells_etag: bool,
    pub(crate) ignores_range: bool,
    pub(crate) ignores_if_match: bool,
    pub(crate) in_flight: usize,
    pub(crate) most_in_flight: usize,
    /// Bytes that left in bodies.
    pub(crate) sent: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) bytes: Bytes,
    pub(crate) etag: String,
    pub(crate) version: Option<String>,
    pub(crate) modified: SystemTime,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) operation: &'static str,
    /// First byte that was asked for.
    pub(crate) start: Option<u64>,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Vec<(String, String)>,
}

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    NotSent,
    Refuse(u16, &'static str),
    /// The body breaks after so many bytes.
    Cut(usize),
    /// The body ends after so many bytes, as if it were whole.
    Short(usize),
    /// The body has one byte more than the head says.
    Long,
    /// One byte of the body is another one.
    Corrupt,
    /// It takes so long before its head.
    Slow(Duration),
    /// Each piece of the body takes so long.
    Drip(Duration),
    Hang,
    /// The body is pieces of no bytes, always ready and without end.
    Empty,
    /// The whole object with status 200.
    Whole,
    /// So many of the bytes that were asked for, with a `Content-Range` that says so.
    Less(usize),
    /// A `Content-Range` of other bytes.
    OtherRange,
    /// The object is replaced by these bytes before the request is carried out.
    Replace(Bytes),
    Remove,
    Panic,
}

impl Fake {
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        let fake = Self(Arc::new(Mutex::new(State {
            object: None,
            log: Vec::new(),
            faults: Vec::new(),
            latency: Duration::from_millis(10),
            piece_latency: Duration::ZERO,
            piece_len: 16 << 10,
            tells_crc_with_content: true,
            tells_crc_with_head: true,
            tells_etag: true,
            ignores_range: false,
            ignores_if_match: false,
            in_flight: 0,
            most_in_flight: 0,
            sent: 0,
        })));
        fake.store(bytes);
        fake
    }

    /// A downloader with the smallest parts.
    pub(crate) fn downloader(&self) -> Downloader {
        let fake = self.clone();
        let service = service_fn(move |request| fake.clone().handle(request));
        Downloader::new(service).endpoint("http://fake", "path").part_size(PART).entropy(|| 0.5)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn store(&self, bytes: impl Into<Bytes>) {
        self.state().store(bytes.into());
    }

    /// The next request of `what`, such as `HeadObject`, `GetObject` or `GetObject 102400` (by its first byte), meets this
    /// fault.
    pub(crate) fn fault(&self, what: &str, fault: Fault) -> &Self {
        self.state().faults.push((what.to_owned(), fault));
        self
    }

    /// The same for so many requests.
    pub(crate) fn faults(&self, what: &str, fault: Fault, times: usize) -> &Self {
        (0..times).fold(self, |fake, _| fake.fault(what, fault.clone()))
    }

    /// What was asked for, in order: `GET 0-9`, `HEAD`.
    pub(crate) fn history(&self) -> Vec<String> {
        let entry = |entry: &Entry| match entry.headers.get(RANGE) {
            Some(range) => format!("GET {}", range.to_str().unwrap().trim_start_matches("bytes=")),
            None if entry.operation == "HeadObject" => "HEAD".to_owned(),
            None => "GET".to_owned(),
        };
        self.state().log.iter().map(entry).collect()
    }

    pub(crate) fn requests(&self) -> usize {
        self.state().log.len()
    }

    async fn handle(self, request: Request) -> Result<Response, CallError> {
        let target = request.target();
        let fail = |kind| Err(CallError::new(target.clone(), kind));
        let fault = self.begin(&request);
        let leave = Leave(self.clone());
        let latency = self.state().latency;
        tokio::time::sleep(latency).await;
        match &fault {
            Some(Fault::NotSent) => {
                return fail(CallErrorKind::Connect { host: "demo.example:443".to_owned(), source: "refused".into() });
            }
            Some(Fault::Refuse(status, code)) => return fail(refusal(*status, code)),
            Some(Fault::Slow(wait)) => tokio::time::sleep(*wait).await,
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Panic) => panic!("the service is broken"),
            Some(Fault::Replace(bytes)) => self.store(bytes.clone()),
            Some(Fault::Remove) => self.state().object = None,
            _ => {}
        }
        let carried_out = self.state().carry_out(&request, matches!(fault, Some(Fault::Whole)));
        let (mut response, mut bytes) = match carried_out {
            Ok(found) => found,
            Err(kind) => return fail(kind),
        };
        if matches!(fault, Some(Fault::OtherRange)) {
            let size = self.state().object.as_ref().unwrap().bytes.len();
            let other = HeaderValue::try_from(format!("bytes 0-0/{size}")).unwrap();
            response.headers.insert(CONTENT_RANGE, other);
        }
        if let (Some(Fault::Less(len)), Some(first)) = (&fault, first_byte(&request)) {
            let size = self.state().object.as_ref().unwrap().bytes.len();
            bytes.truncate(*len);
            let less = format!("bytes {first}-{}/{size}", first + bytes.len() as u64 - 1);
            response.headers.insert(CONTENT_RANGE, HeaderValue::try_from(less).unwrap());
            response.headers.insert(CONTENT_LENGTH, bytes.len().into());
        }
        let mut breaks = false;
        match &fault {
            Some(Fault::Cut(after)) => {
                bytes.truncate(*after);
                breaks = true;
            }
            Some(Fault::Short(after)) => bytes.truncate(*after),
            Some(Fault::Long) => bytes = [&bytes[..], b"x"].concat().into(),
            Some(Fault::Corrupt) => {
                let mut damaged = bytes.to_vec();
                damaged[0] ^= 1;
                bytes = damaged.into();
            }
            _ => {}
        }
        let pause = match &fault {
            Some(Fault::Drip(pause)) => *pause,
            _ => self.state().piece_latency,
        };
        response.body = match fault {
            Some(Fault::Empty) => ResponseBody::Stream(Box::pin(NoBytes)),
            _ => ResponseBody::Stream(self.body(bytes, breaks, pause, leave)),
        };
        Ok(response)
    }

    fn body(&self, bytes: Bytes, breaks: bool, pause: Duration, leave: Leave) -> BoxBody {
        let (fake, piece_len) = (self.clone(), self.state().piece_len);
        Box::pin(Pieces { fake, rest: bytes, piece_len, pause, sleep: None, breaks, _leave: leave })
    }

    fn begin(&self, request: &Request) -> Option<Fault> {
        let mut state = self.state();
        let start = first_byte(request);
        let operation = request.operation.name;
        let (headers, query) = (request.headers.clone(), request.query.clone());
        state.log.push(Entry { operation, start, headers, query });
        state.in_flight += 1;
        state.most_in_flight = state.most_in_flight.max(state.in_flight);
        let precise = start.map(|start| format!("{operation} {start}"));
        let index = state.faults.iter().position(|(name, _)| name == operation || Some(name) == precise.as_ref())?;
        Some(state.faults.remove(index).1)
    }
}

/// The first byte that a request asks for.
fn first_byte(request: &Request) -> Option<u64> {
    let range = request.headers.get(RANGE)?.to_str().unwrap().trim_start_matches("bytes=");
    range.split_once('-')?.0.parse().ok()
}

struct Leave(Fake);

impl Drop for Leave {
    fn drop(&mut self) {
        if let Ok(mut state) = self.0.0.lock() {
            state.in_flight -= 1;
        }
    }
}

/// Pieces of no bytes, without end.
struct NoBytes;

impl http_body::Body for NoBytes {
    type Data = Bytes;
    type Error = oss_models::BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::new()))))
    }
}

/// The pieces of a body, one after the other.
struct Pieces {
    fake: Fake,
    rest: Bytes,
    piece_len: usize,
    pause: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    breaks: bool,
    _leave: Leave,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = oss_models::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        if !self.pause.is_zero() {
            let pause = self.pause;
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            std::task::ready!(sleep.as_mut().poll(cx));
            self.sleep = None;
        }
        if self.rest.is_empty() {
            let broken = std::mem::take(&mut self.breaks);
            return Poll::Ready(broken.then(|| Err("reset by peer".into())));
        }
        let len = self.piece_len.min(self.rest.len());
        let piece = self.rest.split_to(len);
        self.fake.state().sent += len as u64;
        Poll::Ready(Some(Ok(http_body::Frame::data(piece))))
    }
}

fn refusal(status: u16, code: &str) -> CallErrorKind {
    ServiceError::new(StatusCode::from_u16(status).unwrap(), code).into()
}

type Outcome = Result<(Response, Bytes), CallErrorKind>;

impl State {
    fn store(&mut self, bytes: Bytes) {
        let etag = format!("{:X}", md5::compute(&bytes));
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        self.object = Some(Object { bytes, etag, version: None, modified });
    }

    fn carry_out(&self, request: &Request, whole: bool) -> Outcome {
        let header =
            |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap().trim_matches('"').to_owned());
        let Some(object) = &self.object else { return Err(refusal(404, "NoSuchKey")) };
        if header("if-match").is_some_and(|etag| !etag.eq_ignore_ascii_case(&object.etag)) && !self.ignores_if_match {
            return Err(refusal(412, "PreconditionFailed"));
        }
        if header("if-none-match").is_some_and(|etag| etag.eq_ignore_ascii_case(&object.etag)) {
            return Err(refusal(304, "NotModified"));
        }
        let response = self.describe(object);
        let size = object.bytes.len() as u64;
        let with_len = |response: Response, len: u64| response.with_header(CONTENT_LENGTH, len.into());
        if request.operation.name == "HeadObject" {
            let response = if self.tells_crc_with_head { with_crc(response, &object.bytes) } else { response };
            return Ok((with_len(response, size), Bytes::new()));
        }
        assert_eq!(request.operation.name, "GetObject");
        assert!(!request.headers.contains_key("accept-encoding"), "bytes come as they are stored");
        let response = if self.tells_crc_with_content { with_crc(response, &object.bytes) } else { response };
        let range = header(RANGE.as_str()).filter(|_| !whole && !self.ignores_range);
        let Some(range) = range else { return Ok((with_len(response, size), object.bytes.clone())) };
        assert_eq!(header("x-oss-range-behavior").as_deref(), Some("standard"));
        let (first, last) = match range.trim_start_matches("bytes=").split_once('-').unwrap() {
            ("", count) => (size.saturating_sub(count.parse().unwrap()), size.saturating_sub(1)),
            (first, "") => (first.parse().unwrap(), size.saturating_sub(1)),
            (first, last) => (first.parse().unwrap(), last.parse::<u64>().unwrap().min(size.saturating_sub(1))),
        };
        if first >= size {
            return Err(refusal(416, "InvalidRange"));
        }
        let content_range = HeaderValue::try_from(format!("bytes {first}-{last}/{size}")).unwrap();
        let mut response = with_len(response, last + 1 - first).with_header(CONTENT_RANGE, content_range);
        response.status = StatusCode::PARTIAL_CONTENT;
        let [first, end] = [first, last + 1].map(|at| usize::try_from(at).unwrap());
        Ok((response, object.bytes.slice(first..end)))
    }

    fn describe(&self, object: &Object) -> Response {
        let value = |text: String| HeaderValue::try_from(text).unwrap();
        let name = HeaderName::from_static;
        let mut response = Response::new(StatusCode::OK)
            .with_header(name("x-oss-request-id"), HeaderValue::from_static("REQUEST"))
            .with_header(LAST_MODIFIED, value(http_date::format(object.modified)));
        if self.tells_etag {
            response = response.with_header(ETAG, value(format!("\"{}\"", object.etag)));
        }
        match &object.version {
            Some(version) => response.with_header(name("x-oss-version-id"), value(version.clone())),
            None => response,
        }
    }
}

fn with_crc(response: Response, bytes: &[u8]) -> Response {
    let crc = HeaderValue::try_from(Crc64::of(bytes).to_string()).unwrap();
    response.with_header(HeaderName::from_static("x-oss-hash-crc64ecma"), crc)
}

/// The smallest part.
pub(crate) const PART: u64 = 100 * 1024;

/// Bytes that repeat nowhere near.
pub(crate) fn bytes(len: u64) -> Bytes {
    let mut random = fastrand::Rng::with_seed(len);
    let mut bytes = vec![0; usize::try_from(len).unwrap()];
    random.fill(&mut bytes);
    bytes.into()
}

pub(crate) fn request() -> GetObjectRequest {
    GetObjectRequest::new("demo", "dir/a.bin")
}

/// A folder with an old file in it, and the path of that file.
pub(crate) fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, "old").unwrap();
    (folder, path)
}

/// The names in a folder, in order.
pub(crate) fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
