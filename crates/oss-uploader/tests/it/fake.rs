//! A small OSS in memory: objects, multipart uploads, and what was asked of it; faults are scripted by operation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG, LAST_MODIFIED, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use oss_models::{CallError, CallErrorKind, Crc64, Request, Response, Sent, ServiceError, http_date};
use oss_uploader::Uploader;
use tokio::time::Instant;
use tower::service_fn;

/// Key of an object that is copied.
pub(crate) const COPIED: &str = "copied";

/// The service. Clones share everything.
#[derive(Clone)]
pub(crate) struct Fake(Arc<Mutex<State>>);

pub(crate) struct State {
    began: Instant,
    pub(crate) object: Option<Object>,
    /// The object [`COPIED`].
    copied: Option<Object>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    pub(crate) log: Vec<Entry>,
    faults: Vec<(String, Fault)>,
    pub(crate) next_id: u32,
    /// How long each request takes.
    pub(crate) latency: Duration,
    /// Whether responses have CRC64s.
    pub(crate) tells_crc: bool,
    /// Whether the service counts what it sends, as the transport does.
    pub(crate) counts: bool,
    pub(crate) versioned: bool,
    rots: bool,
    pub(crate) in_flight: usize,
    pub(crate) most_in_flight: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) bytes: Bytes,
    kind: &'static str,
    pub(crate) modified: SystemTime,
    pub(crate) etag: String,
    version: Option<String>,
    /// Headers that HeadObject shows as they were sent.
    shown: HeaderMap,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Upload {
    shown: HeaderMap,
    pub(crate) parts: BTreeMap<u16, Bytes>,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) operation: &'static str,
    pub(crate) part: Option<u16>,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Vec<(String, String)>,
    /// Attempts that the service may make by itself.
    pub(crate) max_attempts: Option<u32>,
    /// Requests that were under way when it arrived.
    pub(crate) beside: usize,
}

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The request never arrives, and the service knows it.
    NotSent,
    /// It is carried out, and the response is lost.
    ResponseLost,
    /// It is not carried out, and no one can know.
    LostOnTheWay,
    Refuse(u16, &'static str),
    /// 503, and not to come back before so many seconds have passed.
    AskForWait(u64),
    /// The server stores other bytes than were sent.
    Damage,
    Slow(Duration),
    /// It never ends.
    Hang,
    /// It is carried out, and the response is held back for so long.
    HeldBack(Duration),
    /// The same, and then it is lost.
    LostAfter(Duration),
    /// The object is stored, the callback fails.
    CallbackFails,
    /// The response has this header; without a value, none of this name.
    Header(&'static str, Option<&'static str>),
    /// It is carried out and the response is lost; a repetition below is refused.
    LostThenRefused(u16, &'static str),
    /// It is not carried out, and no one can know; a repetition below is refused.
    RefusedAfterLoss(u16, &'static str),
    /// Its body is read twice, as by a transport that repeats an attempt.
    ReadTwice,
    /// The response is that of a request that was carried out.
    Ignored,
    /// The response has this body.
    Response(String),
    Panic,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            began: Instant::now(),
            object: None,
            copied: None,
            uploads: BTreeMap::new(),
            log: Vec::new(),
            faults: Vec::new(),
            next_id: 1,
            latency: Duration::from_millis(10),
            tells_crc: true,
            counts: true,
            versioned: false,
            rots: false,
            in_flight: 0,
            most_in_flight: 0,
        })))
    }

    /// An uploader with the smallest parts.
    pub(crate) fn uploader(&self) -> Uploader {
        let fake = self.clone();
        let service = service_fn(move |request| fake.clone().handle(request));
        Uploader::new(service).endpoint("http://fake", "path").part_size(PART)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The next request of `operation`, such as `UploadPart` or `UploadPart 3`, meets this fault.
    pub(crate) fn fault(&self, operation: &str, fault: Fault) -> &Self {
        self.state().faults.push((operation.to_owned(), fault));
        self
    }

    pub(crate) fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// Every request so far, such as `Initiate Part1 Part2 Complete`.
    pub(crate) fn history(&self) -> String {
        let state = self.state();
        let names = state.log.iter().map(|entry| match entry.part {
            Some(part) => format!("Part{part}"),
            None => entry.operation.trim_end_matches("MultipartUpload").trim_end_matches("Object").to_owned(),
        });
        names.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.state().log.iter().filter(|entry| entry.operation == operation).count()
    }

    pub(crate) fn entry(&self, operation: &str) -> Entry {
        self.state().log.iter().find(|entry| entry.operation == operation).expect("a request").clone()
    }

    pub(crate) fn object(&self) -> Option<Object> {
        self.state().object.clone()
    }

    pub(crate) fn content(&self) -> Bytes {
        self.object().expect("the object").bytes
    }

    /// Puts an object in place, as if another client had stored it so many seconds ago.
    pub(crate) fn plant(&self, bytes: impl Into<Bytes>, kind: &'static str, seconds_ago: u64) {
        let mut state = self.state();
        state.store(bytes.into(), kind, HeaderMap::new());
        let object = state.object.as_mut().unwrap();
        object.modified -= Duration::from_secs(seconds_ago);
    }

    /// Makes the object that is in place the one that is copied.
    pub(crate) fn as_source(&self) -> &Self {
        let mut state = self.state();
        state.copied = state.object.take();
        drop(state);
        self
    }

    /// Gives the object that is in place another header.
    pub(crate) fn relabel(&self, name: &'static str, value: &'static str) {
        let mut state = self.state();
        state.object.as_mut().unwrap().shown.insert(name, HeaderValue::from_static(value));
    }

    /// Whatever is stored from now on has other bytes than its parts.
    pub(crate) fn rot(&self) {
        self.state().rots = true;
    }

    async fn handle(self, request: Request) -> Result<Response, CallError> {
        let target = request.target();
        let fail = |kind, unknown| Err(CallError::new(target.clone(), kind).with_outcome_unknown(unknown));
        let reset = || CallErrorKind::Connection("reset by peer".into());
        let fault = self.begin(&request);
        tracing::debug!(operation = request.operation.name, "a request arrived");
        let _leave = Leave(self.clone());
        let (latency, counts) = {
            let state = self.state();
            (state.latency, state.counts)
        };
        tokio::time::sleep(latency).await;
        match &fault {
            Some(Fault::NotSent) => {
                let host = "demo.example:443".to_owned();
                return fail(CallErrorKind::Connect { host, source: "refused".into() }, false);
            }
            Some(Fault::LostOnTheWay) => return fail(reset(), true),
            Some(Fault::RefusedAfterLoss(status, code)) => {
                return fail(ServiceError::new(StatusCode::from_u16(*status).unwrap(), *code).into(), true);
            }
            Some(Fault::Refuse(status, code)) => {
                let status = StatusCode::from_u16(*status).unwrap();
                return fail(ServiceError::new(status, *code).into(), status.is_server_error());
            }
            Some(Fault::AskForWait(seconds)) => {
                let mut refusal = ServiceError::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable");
                refusal.headers.insert(RETRY_AFTER, (*seconds).into());
                return fail(refusal.into(), true);
            }
            Some(Fault::Slow(wait)) => tokio::time::sleep(*wait).await,
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Panic) => panic!("the service is broken"),
            Some(Fault::Ignored) => return Ok(Response::new(StatusCode::NO_CONTENT)),
            _ => {}
        }
        if matches!(fault, Some(Fault::ReadTwice)) {
            drop(read(&request).await);
        }
        let body = match read(&request).await {
            Ok(body) => body,
            Err(error) => return fail(CallErrorKind::Body(error), false),
        };
        if matches!(fault, Some(Fault::ReadTwice)) {
            // Time for the progress to be reported.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let sent = Sent::new(body.len() as u64, Crc64::of(&body));
        if counts {
            request.body.on_sent(sent);
        }
        let stored = if matches!(fault, Some(Fault::Damage)) { damaged(&body) } else { body };
        let outcome = self.state().carry_out(&request, stored);
        let mut response = match outcome {
            Err(refusal) => return fail(CallErrorKind::Service(refusal), false),
            Ok(response) => response,
        };
        response.sent = counts.then_some(sent);
        let carries_content = matches!(request.operation.name, "UploadPart" | "PutObject");
        if let Some(stored) = response.crc64().filter(|stored| counts && carries_content && *stored != sent.crc64) {
            // The transport compares too.
            return fail(CallErrorKind::Corrupt { sent: sent.crc64, stored }, false);
        }
        match fault {
            Some(Fault::ResponseLost) => return fail(reset(), true),
            Some(Fault::HeldBack(wait)) => tokio::time::sleep(wait).await,
            Some(Fault::LostAfter(wait)) => {
                tokio::time::sleep(wait).await;
                return fail(reset(), true);
            }
            Some(Fault::CallbackFails) => {
                // The object is stored, and the application is called.
                tokio::time::sleep(Duration::from_secs(1)).await;
                response.status = StatusCode::NON_AUTHORITATIVE_INFORMATION;
                response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
                response =
                    response.with_body("<Error><Code>CallbackFailed</Code><Message>no response</Message></Error>");
            }
            Some(Fault::Response(body)) => response = response.with_body(body),
            Some(Fault::LostThenRefused(status, code)) => {
                return fail(ServiceError::new(StatusCode::from_u16(status).unwrap(), code).into(), true);
            }
            Some(Fault::Header(name, None)) => drop(response.headers.remove(name)),
            Some(Fault::Header(name, Some(value))) => {
                response.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            _ => {}
        }
        Ok(response)
    }

    fn begin(&self, request: &Request) -> Option<Fault> {
        let mut state = self.state();
        let part = request.query_value("partNumber").map(|n| n.parse().unwrap());
        let operation = request.operation.name;
        let (headers, query) = (request.headers.clone(), request.query.clone());
        let entry = Entry {
            operation,
            part,
            headers,
            query,
            max_attempts: request.options.max_attempts,
            beside: state.in_flight,
        };
        state.log.push(entry);
        state.in_flight += 1;
        state.most_in_flight = state.most_in_flight.max(state.in_flight);
        let precise = part.map(|part| format!("{operation} {part}"));
        let index = state.faults.iter().position(|(name, _)| name == operation || Some(name) == precise.as_ref())?;
        Some(state.faults.remove(index).1)
    }
}

struct Leave(Fake);

impl Drop for Leave {
    fn drop(&mut self) {
        if let Ok(mut state) = self.0.0.lock() {
            state.in_flight -= 1;
        }
    }
}

async fn read(request: &Request) -> Result<Bytes, oss_models::BoxError> {
    let mut body = request.body.open()?;
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        bytes.extend_from_slice(frame?.data_ref().unwrap());
    }
    assert_eq!(request.body.len(), Some(bytes.len() as u64), "the body is as long as announced");
    Ok(bytes.freeze())
}

fn damaged(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    bytes.first_mut().into_iter().for_each(|byte| *byte ^= 1);
    bytes.into()
}

fn md5(bytes: &[u8]) -> String {
    format!("{:X}", md5::compute(bytes))
}

type Outcome = Result<Response, Box<ServiceError>>;

fn refuse(status: u16, code: &str) -> Outcome {
    Err(Box::new(ServiceError::new(StatusCode::from_u16(status).unwrap(), code)))
}

impl State {
    /// The server's clock: it runs with the test's.
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000) + self.began.elapsed()
    }

    fn carry_out(&mut self, request: &Request, body: Bytes) -> Outcome {
        let date = HeaderValue::try_from(http_date::format(self.now())).unwrap();
        let id = HeaderValue::from_static("REQUEST");
        let response = Response::new(StatusCode::OK)
            .with_header(DATE, date)
            .with_header(HeaderName::from_static("x-oss-request-id"), id);
        let id = request.query_value("uploadId").unwrap_or_default().to_owned();
        match request.operation.name {
            "PutObject" => {
                if has_other_md5(request, &body) {
                    return refuse(400, "InvalidDigest");
                }
                if self.forbids(request) {
                    return refuse(409, "FileAlreadyExists");
                }
                self.store(body, "Normal", shown(request));
                Ok(self.describe(response))
            }
            "InitiateMultipartUpload" => {
                assert!(body.is_empty());
                let id = format!("ID{}", self.next_id);
                self.next_id += 1;
                self.uploads.insert(id.clone(), Upload { shown: shown(request), ..Upload::default() });
                let root = "InitiateMultipartUploadResult";
                Ok(response.with_body(format!("<{root}><UploadId>{id}</UploadId></{root}>")))
            }
            "UploadPart" => self.upload_part(response, &id, request, body),
            "ListParts" => match self.uploads.get(&id) {
                Some(upload) => Ok(response.with_body(list(upload, request, self.tells_crc))),
                None => refuse(404, "NoSuchUpload"),
            },
            "CompleteMultipartUpload" => self.complete(response, &id, request, &body),
            "AbortMultipartUpload" if self.uploads.remove(&id).is_none() => refuse(404, "NoSuchUpload"),
            "AbortMultipartUpload" => Ok(response),
            "CopyObject" => {
                let Some(source) = self.copied.clone() else { return refuse(404, "NoSuchKey") };
                if self.forbids(request) {
                    return refuse(409, "FileAlreadyExists");
                }
                self.store(source.bytes, "Normal", source.shown);
                let etag = self.object.as_ref().unwrap().etag.clone();
                let response = self.describe(response);
                Ok(response.with_body(format!("<CopyObjectResult><ETag>\"{etag}\"</ETag></CopyObjectResult>")))
            }
            "UploadPartCopy" => {
                let Some(source) = self.copied.clone() else { return refuse(404, "NoSuchKey") };
                let Some(upload) = self.uploads.get_mut(&id) else { return refuse(404, "NoSuchUpload") };
                let range = request.headers["x-oss-copy-source-range"].to_str().unwrap();
                let (first, last) = range.trim_start_matches("bytes=").split_once('-').unwrap();
                let bytes = source.bytes.slice(first.parse().unwrap()..last.parse::<usize>().unwrap() + 1);
                let document = format!("<CopyPartResult><ETag>\"{}\"</ETag></CopyPartResult>", md5(&bytes));
                upload.parts.insert(request.query_value("partNumber").unwrap().parse().unwrap(), bytes);
                Ok(response.with_body(document))
            }
            "HeadObject" if request.key.as_ref().is_some_and(|key| key.as_str() == COPIED) => {
                std::mem::swap(&mut self.object, &mut self.copied);
                let outcome = self.head(response);
                std::mem::swap(&mut self.object, &mut self.copied);
                outcome
            }
            "HeadObject" => self.head(response),
            other => panic!("not expected: {other}"),
        }
    }

    fn forbids(&self, request: &Request) -> bool {
        self.object.is_some() && request.headers.get("x-oss-forbid-overwrite").is_some_and(|value| value == "true")
    }

    fn upload_part(&mut self, response: Response, id: &str, request: &Request, body: Bytes) -> Outcome {
        let tells_crc = self.tells_crc;
        let Some(upload) = self.uploads.get_mut(id) else { return refuse(404, "NoSuchUpload") };
        if has_other_md5(request, &body) {
            return refuse(400, "InvalidDigest");
        }
        let number = request.query_value("partNumber").unwrap().parse().unwrap();
        let response = response.with_header(ETAG, HeaderValue::try_from(format!("\"{}\"", md5(&body))).unwrap());
        let response = if tells_crc { with_crc(response, &body) } else { response };
        upload.parts.insert(number, body);
        Ok(response)
    }

    fn complete(&mut self, response: Response, id: &str, request: &Request, body: &[u8]) -> Outcome {
        let Some(upload) = self.uploads.get(id) else { return refuse(404, "NoSuchUpload") };
        let listed = listed_parts(body);
        for (at, (number, etag)) in listed.iter().enumerate() {
            match upload.parts.get(number) {
                Some(part) if &md5(part) != etag => return refuse(400, "InvalidPart"),
                Some(part) if (part.len() as u64) < PART && at + 1 < listed.len() => {
                    return refuse(400, "EntityTooSmall");
                }
                Some(_) => {}
                None => return refuse(400, "InvalidPart"),
            }
        }
        if self.forbids(request) {
            return refuse(409, "FileAlreadyExists");
        }
        let upload = self.uploads.remove(id).unwrap();
        let bytes = listed.iter().map(|(number, _)| upload.parts[number].as_ref()).collect::<Vec<&[u8]>>().concat();
        let tags: String = listed.iter().map(|(_, etag)| etag.as_str()).collect();
        self.store(bytes.into(), "Multipart", upload.shown);
        let etag = format!("{}-{}", md5(tags.as_bytes()), listed.len());
        self.object.as_mut().unwrap().etag.clone_from(&etag);
        let response = self.describe(response);
        if request.headers.contains_key("x-oss-callback") {
            let json = HeaderValue::from_static("application/json");
            return Ok(response.with_header(CONTENT_TYPE, json).with_body("{\"done\":1}"));
        }
        let root = "CompleteMultipartUploadResult";
        Ok(response.with_body(format!("<{root}><ETag>\"{etag}\"</ETag></{root}>")))
    }

    fn head(&self, response: Response) -> Outcome {
        let Some(object) = &self.object else { return refuse(404, "NoSuchKey") };
        let modified = HeaderValue::try_from(http_date::format(object.modified)).unwrap();
        let shown = object.shown.iter().map(|(name, value)| (name.clone(), value.clone()));
        let response = shown.fold(response, |response, (name, value)| response.with_header(name, value));
        Ok(self
            .describe(response)
            .with_header(CONTENT_LENGTH, object.bytes.len().into())
            .with_header(LAST_MODIFIED, modified)
            .with_header(HeaderName::from_static("x-oss-object-type"), HeaderValue::from_static(object.kind)))
    }

    fn store(&mut self, bytes: Bytes, kind: &'static str, shown: HeaderMap) {
        let version = self.versioned.then(|| format!("V{}", self.log.len()));
        let bytes = if self.rots { damaged(&bytes) } else { bytes };
        self.object = Some(Object { etag: md5(&bytes), bytes, kind, modified: self.now(), version, shown });
    }

    fn describe(&self, response: Response) -> Response {
        let object = self.object.as_ref().unwrap();
        let response = response.with_header(ETAG, HeaderValue::try_from(format!("\"{}\"", object.etag)).unwrap());
        let response = if self.tells_crc { with_crc(response, &object.bytes) } else { response };
        match &object.version {
            Some(version) => {
                let version = HeaderValue::try_from(version.as_str()).unwrap();
                response.with_header(HeaderName::from_static("x-oss-version-id"), version)
            }
            None => response,
        }
    }
}

/// What HeadObject shows of how an object was asked to be stored.
fn shown(request: &Request) -> HeaderMap {
    let is_shown = |name: &HeaderName| {
        let name = name.as_str();
        let named = ["cache-control", "expires", "x-oss-storage-class", "content-type", "content-disposition"];
        named.contains(&name)
            || name == "content-encoding"
            || name == "content-language"
            || name.starts_with("x-oss-meta-")
    };
    let headers = request.headers.iter().filter(|(name, _)| is_shown(name));
    headers.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether the body is not the one that the request announced.
fn has_other_md5(request: &Request, body: &[u8]) -> bool {
    let announced = request.headers.get("content-md5").map(|told| BASE64_STANDARD.decode(told).unwrap());
    announced.is_some_and(|announced| announced != *md5::compute(body))
}

fn with_crc(response: Response, bytes: &[u8]) -> Response {
    let crc = HeaderValue::try_from(Crc64::of(bytes).to_string()).unwrap();
    response.with_header(HeaderName::from_static("x-oss-hash-crc64ecma"), crc)
}

/// Pages of three, so that every test of more parts sees several.
fn list(upload: &Upload, request: &Request, tells_crc: bool) -> String {
    let number = |name: &str, default: usize| request.query_value(name).map_or(default, |n| n.parse().unwrap());
    let (after, max) = (number("part-number-marker", 0), number("max-parts", 3).min(3));
    let rest: Vec<_> = upload.parts.iter().filter(|(number, _)| usize::from(**number) > after).collect();
    let mut xml = format!("<ListPartsResult><IsTruncated>{}</IsTruncated>", rest.len() > max);
    for (number, bytes) in rest.iter().take(max) {
        let (etag, size, crc) = (md5(bytes), bytes.len(), Crc64::of(bytes));
        xml += &format!("<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag><Size>{size}</Size>");
        if tells_crc {
            xml += &format!("<HashCrc64ecma>{crc}</HashCrc64ecma>");
        }
        xml += "</Part>";
    }
    let last = rest.iter().take(max).next_back().map_or(0, |(number, _)| **number);
    xml + &format!("<NextPartNumberMarker>{last}</NextPartNumberMarker></ListPartsResult>")
}

fn listed_parts(body: &[u8]) -> Vec<(u16, String)> {
    let text = std::str::from_utf8(body).unwrap().replace("&quot;", "\"").replace("&#34;", "\"");
    let between = |text: &str, tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>")).unwrap();
        rest.split_once("</").unwrap().0.trim_matches('"').to_owned()
    };
    let parts = text.split("<Part>").skip(1);
    parts.map(|part| (between(part, "PartNumber").parse().unwrap(), between(part, "ETag"))).collect()
}

/// The one key of every test.
pub(crate) const KEY: &str = "dir/a.bin";
/// The smallest part that OSS takes.
pub(crate) const PART: u64 = 100 * 1024;

/// Bytes that repeat nowhere near.
pub(crate) fn bytes(len: u64) -> Bytes {
    let mut random = fastrand::Rng::with_seed(len);
    let mut bytes = vec![0; usize::try_from(len).unwrap()];
    random.fill(&mut bytes);
    bytes.into()
}

/// A file of such bytes.
pub(crate) fn file(len: u64) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes(len)).unwrap();
    file
}

pub(crate) fn request() -> oss_models::PutObjectRequest {
    oss_models::PutObjectRequest::new("demo", KEY)
}

/// Waits until so many requests of this operation have arrived.
pub(crate) async fn until_asked(fake: &Fake, operation: &str, times: usize) {
    while fake.count(operation) < times {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
