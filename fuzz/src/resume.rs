//! A record that any process may have written, and a server that lists whatever it likes: what an upload makes of both.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use oss_models::xml::{Document, Element, MAX_DOCUMENT};
use oss_models::{
    CallError, Crc64, Etag, ListPartsRequest, Operation as _, PutObjectRequest, Request, Response, ServiceError,
};
use oss_uploader::checkpoint::{
    CheckpointError, CheckpointSlot, CheckpointStore, Loaded, Record, SourceStamp, StoredPart, StoredUpload,
    UploadIdentity,
};
use oss_uploader::{MIN_PART_SIZE, UploadError, UploadResult, Uploader};
use tempfile::NamedTempFile;
use tokio::runtime::{Builder, Runtime};

use super::checkpoint;

/// A record as the target `checkpoint` has it; then, each behind an empty line, the pages of ListParts, of which the last
/// is repeated.
pub fn resume(bytes: &[u8]) {
    thread_local!(static FILE: File = File::new());
    let mut blocks = split(bytes, b"\n\n").into_iter();
    let record = blocks.next().unwrap_or_default();
    let Some(loaded) = checkpoint::load(record) else { return };
    FILE.with(|file| file.resume(loaded, blocks.map(Bytes::copy_from_slice).collect()));
}

fn split<'a>(mut bytes: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    while let Some(at) = bytes.windows(separator.len()).position(|window| window == separator) {
        let (piece, rest) = bytes.split_at(at);
        pieces.push(piece);
        bytes = &rest[separator.len()..];
    }
    pieces.push(bytes);
    pieces
}

/// What is uploaded, and how a record of it looks.
struct File {
    runtime: Runtime,
    file: NamedTempFile,
    content: Bytes,
    record: Record,
}

impl File {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
        let file = NamedTempFile::new().expect("a file");
        let content: Bytes = (0..3 * MIN_PART_SIZE + 5).map(|n| ((n * n) >> 7).to_le_bytes()[0]).collect();
        std::fs::write(file.path(), &content).expect("a writable file");
        let store = Store::new(Loaded::Nothing);
        let server = Server::new(content.clone(), Vec::new());
        runtime.block_on(upload(&server, &store, file.path())).expect("an upload");
        let record = store.lock().saved.first().cloned().expect("a record");
        Self { runtime, file, content, record }
    }

    /// Goes on as `loaded` says.
    fn resume(&self, mut loaded: Loaded, pages: Vec<Bytes>) {
        if let Loaded::Record(record) = &mut loaded {
            // Whatever it says, let it be about this file and the way in which it is uploaded.
            record.identity = self.record.identity.clone();
            record.source = self.record.source;
            record.initiate = self.record.initiate.clone();
        }
        let store = Store::new(loaded);
        let server = Server::new(self.content.clone(), pages);
        let outcome = self.runtime.block_on(upload(&server, &store, self.file.path()));
        let state = server.lock();
        assert!(state.requests < 100, "{} requests", state.requests);
        match (outcome, state.completed) {
            (Ok(result), true) => assert_eq!(result.size, self.content.len() as u64),
            // What was completed is the content, so the client has to find it so.
            (Ok(result), false) => panic!("no object, but {result:?}"),
            (Err(error), true) => panic!("the object, but {error:?}"),
            (Err(error), false) => assert!(!error.to_string().contains(char::is_control), "{error:?}"),
        }
    }
}

async fn upload(server: &Server, store: &Store, path: &Path) -> Result<UploadResult, UploadError> {
    let service = server.clone();
    let service = tower::service_fn(move |request| service.clone().respond(request));
    let store: Arc<dyn CheckpointStore> = Arc::new(store.clone());
    let uploader = Uploader::new(service).part_size(MIN_PART_SIZE).part_attempts(2_u32);
    uploader.upload_file(PutObjectRequest::new("demo", "k"), path).enable_checkpoint(true).checkpoint_store(store).await
}

/// Gives out what it was made with, and keeps what is saved.
#[derive(Clone)]
struct Store(Arc<Mutex<Slot>>);

struct Slot {
    loaded: Loaded,
    saved: Vec<Record>,
}

impl Store {
    fn new(loaded: Loaded) -> Self {
        Self(Arc::new(Mutex::new(Slot { loaded, saved: Vec::new() })))
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().expect("no panic")
    }
}

impl CheckpointStore for Store {
    fn open(&self, _identity: &UploadIdentity) -> Result<Box<dyn CheckpointSlot>, CheckpointError> {
        Ok(Box::new(self.clone()))
    }

    fn list(&self) -> Result<Vec<StoredUpload>, CheckpointError> {
        Ok(Vec::new())
    }
}

impl CheckpointSlot for Store {
    fn load(&mut self, _source: &SourceStamp) -> Result<Loaded, CheckpointError> {
        Ok(self.lock().loaded.clone())
    }

    fn save(&mut self, record: &Record) -> Result<(), CheckpointError> {
        self.lock().saved.push(record.clone());
        Ok(())
    }

    fn add_part(&mut self, _part: &StoredPart) -> Result<(), CheckpointError> {
        Ok(())
    }

    fn remove(self: Box<Self>) -> Result<(), CheckpointError> {
        Ok(())
    }
}

/// A server that has an upload with the parts of some pages, and takes another one.
#[derive(Clone)]
struct Server(Arc<Mutex<State>>);

struct State {
    content: Bytes,
    pages: Vec<Bytes>,
    pages_asked: usize,
    /// The upload of the pages was aborted.
    is_gone: bool,
    /// Parts by upload and number.
    parts: BTreeMap<(String, String), Bytes>,
    requests: usize,
    completed: bool,
}

/// The upload that is started here.
const NEW: &str = "NEW";

impl Server {
    fn new(content: Bytes, pages: Vec<Bytes>) -> Self {
        Self(Arc::new(Mutex::new(State {
            content,
            pages,
            pages_asked: 0,
            is_gone: false,
            parts: BTreeMap::new(),
            requests: 0,
            completed: false,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic")
    }

    async fn respond(self, request: Request) -> Result<Response, CallError> {
        let body = request.body.open().expect("a body").collect().await.expect("a file").to_bytes();
        let refuse = |code: &str| {
            let refusal = ServiceError::new(StatusCode::NOT_FOUND, code);
            Err(CallError::new(request.target(), refusal.into()))
        };
        let response = Response::new(StatusCode::OK);
        let id = request.query_value("uploadId").unwrap_or_default().to_owned();
        let mut state = self.lock();
        state.requests += 1;
        match request.operation.name {
            "InitiateMultipartUpload" => {
                let root = "InitiateMultipartUploadResult";
                Ok(response.with_body(format!("<{root}><UploadId>{NEW}</UploadId></{root}>")))
            }
            "ListParts" => {
                let page = state.pages_asked.min(state.pages.len().saturating_sub(1));
                state.pages_asked += 1;
                match state.pages.get(page) {
                    Some(page) if id != NEW && !state.is_gone => Ok(response.with_body(page.clone())),
                    _ => refuse("NoSuchUpload"),
                }
            }
            "UploadPart" => {
                let number = request.query_value("partNumber").unwrap_or_default().to_owned();
                let response = described(response, &etag(&body), &body);
                state.parts.insert((id, number), body);
                Ok(response)
            }
            "CompleteMultipartUpload" => {
                state.complete(&id, &body);
                let root = "CompleteMultipartUploadResult";
                let response = described(response, "E", &state.content);
                Ok(response.with_body(format!("<{root}><ETag>E</ETag></{root}>")))
            }
            "AbortMultipartUpload" => {
                state.is_gone = true;
                Ok(response)
            }
            _ => refuse("NoSuchKey"),
        }
    }
}

fn etag(bytes: &[u8]) -> String {
    format!("{:X}", md5::compute(bytes))
}

fn described(response: Response, etag: &str, bytes: &[u8]) -> Response {
    let value = |text: String| HeaderValue::try_from(text).expect("a header");
    response
        .with_header(http::header::ETAG, value(format!("\"{etag}\"")))
        .with_header(HeaderName::from_static("x-oss-hash-crc64ecma"), value(Crc64::of(bytes).to_string()))
}

impl State {
    /// The parts that are named are the content, of sizes that OSS takes: sent here, or on a page with the right sum.
    fn complete(&mut self, id: &str, document: &[u8]) {
        let document = Document::parse(document, MAX_DOCUMENT).expect("well-formed XML");
        let parts: Vec<_> = document.root().all("Part").collect();
        let mut left = self.content.clone();
        for (number, part) in (1..).zip(&parts) {
            let text = |name| part.find(name).map(Element::text).unwrap_or_default();
            assert_eq!(text("PartNumber"), format!("{number}"));
            let named = Etag::new(text("ETag")).expect("an entity tag");
            let sent = self.parts.get(&(id.to_owned(), format!("{number}")));
            let bytes = match sent.filter(|bytes| Etag::new(etag(bytes)) == Ok(named.clone())) {
                Some(bytes) => (left.split_to(bytes.len().min(left.len())) == *bytes).then_some(bytes.len()),
                None => self.listed(number, &named, &mut left),
            };
            let len = bytes.unwrap_or_else(|| panic!("part {number} of {document:?} is not what is at its place"));
            assert!(len as u64 >= MIN_PART_SIZE || usize::from(number) == parts.len(), "part {number} has {len} bytes");
        }
        assert!(left.is_empty(), "{} bytes are missing", left.len());
        self.completed = true;
    }

    /// The length of a part of the pages with this number and tag, if it is the next of the content.
    fn listed(&self, number: u16, named: &Etag, left: &mut Bytes) -> Option<usize> {
        let pages = self
            .pages
            .iter()
            .filter_map(|page| ListPartsRequest::read(Response::new(StatusCode::OK).with_body(page.clone())).ok());
        let mut parts = pages.flat_map(|page| page.parts);
        let is_here = |part: &oss_models::PartSummary| {
            let Some(bytes) = usize::try_from(part.size).ok().and_then(|len| left.get(..len)) else { return false };
            let same = part
                .hash_crc64
                .map_or_else(|| Etag::new(etag(bytes)) == Ok(named.clone()), |crc64| crc64 == Crc64::of(bytes));
            part.part_number.get() == number && part.etag == *named && same
        };
        let len = usize::try_from(parts.find(is_here)?.size).ok()?;
        drop(left.split_to(len));
        Some(len)
    }
}
