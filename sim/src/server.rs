//! A simulated OSS: one bucket, one key, strict about what it is sent, with every fault on demand. It shares no code with
//! the client but the CRC64.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ossup::Crc64;
use tokio::io::DuplexStream;
use tokio::sync::watch;

use crate::fault::{Fault, Strike};
use crate::history::{Call, Event, History};
use crate::operation::{Op, query_value};
use crate::pipe::{CutPipe, Cutter};
use crate::store::{Object, Part, Refusal, Store, etag_of};

/// The wall clock when a run begins: 2026-01-01T00:00:00Z.
pub(crate) const EPOCH: Duration = Duration::from_secs(1_767_225_600);

/// A token of temporary credentials: this, and when they expire, in milliseconds since the run began.
pub(crate) const TOKEN: &str = "until-";

/// The simulated OSS. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Server(Arc<Inner>);

struct Inner {
    history: History,
    faults: Vec<Fault>,
    latency: Duration,
    state: Mutex<State>,
    arrived: watch::Sender<u32>,
}

#[derive(Default)]
struct State {
    store: Store,
    counts: BTreeMap<Op, u32>,
    body_bytes: u64,
}

/// A response, with the request that it leaves whole for.
type Whole = (Option<Call>, Response<Full<Bytes>>);

/// Why a connection ends without a response.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed")
    }
}

impl std::error::Error for Closed {}

impl Server {
    pub(crate) fn new(history: History, faults: Vec<Fault>, before: Option<Object>) -> Self {
        let store = Store { object: before, ..Store::default() };
        let state = Mutex::new(State { store, ..State::default() });
        Self(Arc::new(Inner {
            history,
            faults,
            latency: Duration::from_millis(20),
            state,
            arrived: watch::channel(0).0,
        }))
    }

    /// Serves one connection until it ends.
    pub(crate) async fn serve(self, stream: DuplexStream) {
        let cutter = Cutter::new();
        let io = TokioIo::new(CutPipe::new(stream, cutter.clone()));
        let service = service_fn(move |request| self.clone().handle(request, cutter.clone()));
        // A connection that a fault closed is no news.
        drop(
            hyper::server::conn::http1::Builder::new()
                .half_close(false)
                .auto_date_header(false)
                .serve_connection(io, service)
                .await,
        );
    }

    /// The simulated wall clock.
    pub(crate) fn now(&self) -> SystemTime {
        UNIX_EPOCH + EPOCH + self.0.history.elapsed()
    }

    pub(crate) fn object(&self) -> Option<Object> {
        self.lock().store.object.clone()
    }

    /// The uploads that are open, each with whether it holds parts.
    pub(crate) fn open_uploads(&self) -> Vec<(String, bool)> {
        self.lock().store.uploads.iter().map(|(id, upload)| (id.clone(), !upload.parts.is_empty())).collect()
    }

    pub(crate) fn requests(&self) -> u32 {
        *self.0.arrived.borrow()
    }

    /// How many requests have arrived, as it changes.
    pub(crate) fn arrivals(&self) -> watch::Receiver<u32> {
        self.0.arrived.subscribe()
    }

    pub(crate) fn body_bytes(&self) -> u64 {
        self.lock().body_bytes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn handle(self, request: Request<Incoming>, cutter: Cutter) -> Result<Response<Full<Bytes>>, Closed> {
        let response = self.clone().strike(request, cutter).await?;
        // Simulated as well, so that a seed is the same run at any time of day.
        let date = ossup::models::http_date::format(self.now());
        Ok(with(response, "date", &date))
    }

    async fn strike(self, request: Request<Incoming>, cutter: Cutter) -> Result<Response<Full<Bytes>>, Closed> {
        let history = self.0.history.clone();
        let Some(op) = Op::of(request.method(), request.uri()) else { return Ok(refusal((400, "InvalidArgument"))) };
        let (nth, number) = {
            let mut state = self.lock();
            let number = state.counts.values().sum();
            let count = state.counts.entry(op).or_default();
            *count += 1;
            (*count - 1, number)
        };
        let upload = query_value(request.uri(), "uploadId").map(str::to_owned);
        let part = query_value(request.uri(), "partNumber").and_then(|part| part.parse().ok());
        let call = Call { number, op, upload, part };
        history.add(Event::Arrived(call.clone()));
        self.0.arrived.send_modify(|arrived| *arrived += 1);
        let strike = self.0.faults.iter().find(|fault| fault.hits(op, nth)).map(|fault| fault.how);
        if let Some(strike) = strike {
            history.add(Event::Struck(strike.name(), call.clone()));
        }
        let (head, mut body) = request.into_parts();
        match strike {
            Some(Strike::ClosedBeforeBody) => return Err(Closed),
            Some(Strike::Silent) => std::future::pending::<()>().await,
            Some(Strike::ClosedInBody) => {
                drop(body.frame().await);
                return Err(Closed);
            }
            Some(Strike::EarlySuccess) => {
                return Ok(early_success(op));
            }
            _ => {}
        }
        let Ok(bytes) = body.collect().await.map(|body| body.to_bytes()) else { return Err(Closed) };
        self.lock().body_bytes += bytes.len() as u64;
        // What has arrived whole is carried out, whether or not someone still waits for the response.
        let carrying_out = tokio::spawn(self.carry_out_struck(call, strike, head, bytes, cutter));
        let (call, response) = carrying_out.await.unwrap_or(Err(Closed))?;
        // Only here is it known that the client has not hung up meanwhile.
        if let Some(call) = call {
            history.add(Event::Responded(call.clone(), response.status().as_u16()));
            let asked = header(response.headers(), "retry-after").and_then(|seconds| seconds.parse().ok());
            asked.into_iter().for_each(|wait| history.add(Event::AskedToWait(call.clone(), Duration::from_secs(wait))));
        }
        Ok(response)
    }

    async fn carry_out_struck(
        self,
        mut call: Call,
        strike: Option<Strike>,
        head: http::request::Parts,
        bytes: Bytes,
        cutter: Cutter,
    ) -> Result<Whole, Closed> {
        let history = self.0.history.clone();
        let refuse = |status, code| {
            history.add(Event::Refused(call.clone(), status));
            (Some(call.clone()), refusal((status, code)))
        };
        match strike {
            Some(Strike::ClosedAfterBody) => return Err(Closed),
            Some(Strike::Refused(status, code)) => {
                tokio::time::sleep(self.0.latency).await;
                return Ok(refuse(status, code));
            }
            Some(Strike::Throttled(seconds)) => {
                tokio::time::sleep(self.0.latency).await;
                let (call, response) = refuse(503, "SlowDown");
                return Ok((call, with(response, "retry-after", &seconds.to_string())));
            }
            Some(Strike::Denied(code)) => {
                tokio::time::sleep(self.0.latency).await;
                if self.has_what_is_named(&call) {
                    history.add(Event::Denied(call.clone()));
                }
                return Ok(refuse(404, code));
            }
            Some(Strike::Slow(wait)) => tokio::time::sleep(wait).await,
            _ => tokio::time::sleep(self.0.latency).await,
        }
        let bytes = if strike == Some(Strike::Damaged) { damaged(&bytes) } else { bytes };
        let outcome = match self.is_expired(&head.headers) {
            true => Err((403, "SecurityTokenExpired")),
            false => self.carry_out(&mut call, &head.uri, &head.headers, bytes),
        };
        match &outcome {
            Ok(_) => history.add(Event::CarriedOut(call.clone())),
            Err((status, _)) => history.add(Event::Refused(call.clone(), *status)),
        }
        let response = outcome.unwrap_or_else(refusal);
        match strike {
            Some(Strike::DoneAndRefused(status, code)) => return Ok((Some(call), refusal((status, code)))),
            Some(Strike::ResponseCut(bytes)) => {
                cutter.cut_after(bytes);
                return Ok((None, response));
            }
            Some(Strike::DoneAndSilent) => std::future::pending::<()>().await,
            Some(Strike::Late(wait)) => tokio::time::sleep(wait).await,
            _ => {}
        }
        Ok((Some(call), response))
    }

    /// Whether there is the upload that a request names, or the object.
    fn has_what_is_named(&self, call: &Call) -> bool {
        let store = &self.lock().store;
        call.upload.as_ref().map_or(store.object.is_some(), |id| store.uploads.contains_key(id))
    }

    /// Whether a request carries the token of a session that is over.
    fn is_expired(&self, headers: &HeaderMap) -> bool {
        let token = header(headers, "x-oss-security-token").and_then(|token| token.strip_prefix(TOKEN));
        token.and_then(|end| end.parse().ok()).is_some_and(|end| self.0.history.elapsed() >= Duration::from_millis(end))
    }

    fn carry_out(
        &self,
        call: &mut Call,
        uri: &http::Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let now = self.0.history.elapsed();
        let mut state = self.lock();
        let store = &mut state.store;
        let id = query_value(uri, "uploadId").unwrap_or_default().to_owned();
        let forbid_overwrite = header(headers, "x-oss-forbid-overwrite") == Some("true");
        match call.op {
            Op::PutObject => {
                let object = Object {
                    etag: etag_of(&body),
                    bytes: body,
                    content_type: header(headers, "content-type").unwrap_or("application/octet-stream").to_owned(),
                    metadata: metadata(headers),
                    modified: now,
                    multipart: false,
                    ours: true,
                };
                let (etag, crc64) = (object.etag.clone(), object.crc64());
                store.put(object, forbid_overwrite)?;
                self.stored(store);
                Ok(with_crc(with_etag(ok(), &etag), crc64))
            }
            Op::InitiateMultipartUpload => {
                let content_type = header(headers, "content-type").unwrap_or("application/octet-stream").to_owned();
                let id = store.initiate(content_type, metadata(headers));
                call.upload = Some(id.clone());
                Ok(xml(format!(
                    "<InitiateMultipartUploadResult><Bucket>demo</Bucket><Key>key</Key><UploadId>{id}</UploadId>\
                     </InitiateMultipartUploadResult>"
                )))
            }
            Op::UploadPart => {
                let number: u16 = query_value(uri, "partNumber").and_then(|n| n.parse().ok()).unwrap_or_default();
                let upload = store.upload(&id)?;
                if !(1..=10_000).contains(&number) {
                    return Err((400, "InvalidArgument"));
                }
                let etag = etag_of(&body);
                let crc64 = Crc64::of(&body).to_u64();
                upload.parts.insert(number, Part { bytes: body, etag: etag.clone() });
                Ok(with_crc(with_etag(ok(), &etag), crc64))
            }
            Op::CompleteMultipartUpload => {
                store.complete(&id, &listed_parts(&body), now, forbid_overwrite)?;
                self.stored(store);
                let object = store.object.as_ref().ok_or((500, "InternalError"))?;
                let document = format!(
                    "<CompleteMultipartUploadResult><Bucket>demo</Bucket><Key>key</Key><ETag>\"{}\"</ETag>\
                     </CompleteMultipartUploadResult>",
                    object.etag
                );
                Ok(with_crc(xml(document), object.crc64()))
            }
            Op::AbortMultipartUpload => {
                store.upload(&id)?;
                store.uploads.remove(&id);
                Ok(status(StatusCode::NO_CONTENT))
            }
            Op::ListParts => {
                let after: u16 =
                    query_value(uri, "part-number-marker").and_then(|marker| marker.parse().ok()).unwrap_or_default();
                let upload = store.upload(&id)?;
                let parts: String = upload
                    .parts
                    .iter()
                    .filter(|(number, _)| **number > after)
                    .map(|(number, part)| {
                        format!(
                            "<Part><PartNumber>{number}</PartNumber><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
                             <ETag>\"{}\"</ETag><HashCrc64ecma>{}</HashCrc64ecma><Size>{}</Size></Part>",
                            part.etag,
                            Crc64::of(&part.bytes).to_u64(),
                            part.bytes.len()
                        )
                    })
                    .collect();
                let last = upload.parts.keys().last().copied().unwrap_or_default();
                Ok(xml(format!(
                    "<ListPartsResult><Bucket>demo</Bucket><Key>key</Key><UploadId>{id}</UploadId>\
                     <NextPartNumberMarker>{last}</NextPartNumberMarker><MaxParts>1000</MaxParts>\
                     <IsTruncated>false</IsTruncated>{parts}</ListPartsResult>"
                )))
            }
            Op::HeadObject => Ok(head_of(store.object.as_ref().ok_or((404, "NoSuchKey"))?)),
            Op::GetObject => {
                let object = store.object.as_ref().ok_or((404, "NoSuchKey"))?;
                let mut response = head_of(object);
                *response.body_mut() = Full::new(object.bytes.clone());
                Ok(response)
            }
            Op::DeleteObject => {
                store.object = None;
                self.0.history.add(Event::Removed);
                Ok(status(StatusCode::NO_CONTENT))
            }
        }
    }

    fn stored(&self, store: &Store) {
        if let Some(object) = &store.object {
            self.0.history.add(Event::Stored { ours: object.ours, crc64: object.crc64() });
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn metadata(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-oss-meta-"))
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

/// The parts that a Complete lists, in its order.
fn listed_parts(body: &[u8]) -> Vec<(u16, String)> {
    let text = String::from_utf8_lossy(body);
    let between = |text: &str, open: &str, close: &str| -> Option<String> {
        Some(text.split_once(open)?.1.split_once(close)?.0.replace("&quot;", "").replace('"', ""))
    };
    text.split("<Part>")
        .skip(1)
        .filter_map(|part| {
            Some((between(part, "<PartNumber>", "</PartNumber>")?.parse().ok()?, between(part, "<ETag>", "</ETag>")?))
        })
        .collect()
}

fn damaged(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    if let Some(first) = bytes.first_mut() {
        *first ^= 1;
    }
    bytes.into()
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    with(response, "x-oss-request-id", "5C3D8D2A0ACA54D87B43C048")
}

fn ok() -> Response<Full<Bytes>> {
    status(StatusCode::OK)
}

fn with(mut response: Response<Full<Bytes>>, name: &'static str, value: &str) -> Response<Full<Bytes>> {
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(name, value);
    }
    response
}

fn with_etag(response: Response<Full<Bytes>>, etag: &str) -> Response<Full<Bytes>> {
    with(response, "etag", &format!("\"{etag}\""))
}

fn with_crc(response: Response<Full<Bytes>>, crc64: u64) -> Response<Full<Bytes>> {
    with(response, "x-oss-hash-crc64ecma", &crc64.to_string())
}

fn xml(document: String) -> Response<Full<Bytes>> {
    let mut response = with(ok(), "content-type", "application/xml");
    *response.body_mut() = Full::new(document.into());
    response
}

fn refusal((code, name): Refusal) -> Response<Full<Bytes>> {
    let status_code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = with(status(status_code), "content-type", "application/xml");
    *response.body_mut() = Full::new(
        format!("<Error><Code>{name}</Code><Message>simulated</Message><RequestId>5C3D</RequestId></Error>").into(),
    );
    response
}

fn early_success(op: Op) -> Response<Full<Bytes>> {
    match op {
        Op::InitiateMultipartUpload => {
            xml("<InitiateMultipartUploadResult><UploadId>EARLY</UploadId></InitiateMultipartUploadResult>".to_owned())
        }
        Op::CompleteMultipartUpload => {
            xml("<CompleteMultipartUploadResult><ETag>\"E\"</ETag></CompleteMultipartUploadResult>".to_owned())
        }
        _ => with_etag(ok(), "EARLY"),
    }
}

fn head_of(object: &Object) -> Response<Full<Bytes>> {
    let modified = UNIX_EPOCH + EPOCH + object.modified;
    let mut response = with_crc(with_etag(ok(), &object.etag), object.crc64());
    response = with(response, "content-type", &object.content_type);
    response = with(response, "last-modified", &ossup::models::http_date::format(modified));
    response = with(response, "x-oss-object-type", if object.multipart { "Multipart" } else { "Normal" });
    for (name, value) in &object.metadata {
        if let (Ok(name), Ok(value)) = (http::HeaderName::from_bytes(name.as_bytes()), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    // The body of a response to HEAD is not sent, its length is.
    *response.body_mut() = Full::new(object.bytes.clone());
    response
}
