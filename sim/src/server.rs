//! A simulated OSS: one bucket, strict about what it is sent, with every fault on demand. It shares no code with the client
//! but the CRC64 and the format of dates.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tokio::sync::watch;

use crate::carry_out::{Asked, carry_out};
use crate::fault::{Fault, Strike};
use crate::history::{Call, Event, History};
use crate::operation::{Op, query_value};
use crate::pipe::{CutPipe, Cutter, Exchange, Head};
use crate::requests::{byte_range, copy_source, damaged, header, key, query};
use crate::response::{ServerResponse, callback_failed, early_success, refusal, with};
use crate::store::{Object, Store, etag_of};

/// The wall clock when a run begins: 2026-01-01T00:00:00Z.
pub(crate) const EPOCH: Duration = Duration::from_secs(1_767_225_600);

/// A token of temporary credentials: this, and when they expire, in milliseconds since the run began.
pub(crate) const TOKEN: &str = "until-";

/// The id of the one key that it knows.
pub(crate) const KEY_ID: &str = "STS.key";

/// The simulated OSS. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Server(Arc<Inner>);

struct Inner {
    history: History,
    schedule: u64,
    page: usize,
    state: Mutex<State>,
    arrived: watch::Sender<u32>,
}

/// What a server begins with.
#[derive(Debug, Default)]
pub(crate) struct Setup {
    pub(crate) objects: Vec<(String, Object)>,
    pub(crate) faults: Vec<Fault>,
    /// What the time of each request is drawn from.
    pub(crate) schedule: u64,
    /// Most keys of a page of a list.
    pub(crate) page: usize,
}

#[derive(Default)]
struct State {
    store: Store,
    faults: Vec<Fault>,
    counts: BTreeMap<Op, u32>,
    /// Requests that were about to leave the client.
    departed: BTreeMap<Op, u32>,
    exchanges: Vec<Exchange>,
    body_bytes: u64,
    /// Bytes of content that left in responses.
    content_bytes: u64,
    /// Bytes of the bodies of requests that are being read or carried out, and the most that there were of them and of what is
    /// stored.
    in_hand: u64,
    most_held: u64,
    /// Whether the client's process is dead: what it would still send does not arrive.
    is_client_dead: Option<Box<dyn Fn() -> bool + Send>>,
}

/// The body of a request, for as long as the server has it.
struct InHand {
    server: Server,
    bytes: u64,
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.server.holds(|in_hand| in_hand.saturating_sub(self.bytes));
    }
}

/// A response, with the request that it leaves whole for.
type Whole = (Option<Call>, ServerResponse);

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
    pub(crate) fn new(history: History, setup: Setup) -> Self {
        let Setup { objects, faults, schedule, page } = setup;
        let mut store = Store::default();
        for (key, object) in objects {
            store.versions.push((key.clone(), object.bytes.clone()));
            store.objects.insert(key, object);
        }
        let state = Mutex::new(State { store, faults, ..State::default() });
        Self(Arc::new(Inner { history, schedule, page: page.max(1), state, arrived: watch::channel(0).0 }))
    }

    /// Serves one connection until it ends. `breaks` says of a request whose head arrives that its connection will break.
    pub(crate) async fn serve(self, stream: DuplexStream, breaks: Arc<AtomicBool>) {
        let cutter = Cutter::new();
        let io = TokioIo::new(CutPipe::new(stream, cutter.clone()));
        let service = service_fn(move |request| self.clone().handle(request, cutter.clone(), Arc::clone(&breaks)));
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

    /// A request is about to leave the client; gives how many of its bytes do before its connection breaks, if it does.
    pub(crate) fn departs(&self, head: &Head) -> Option<u64> {
        let op = Op::of(&head.method, &head.uri, &head.headers)?;
        let mut state = self.lock();
        let count = state.departed.entry(op).or_default();
        *count += 1;
        let nth = *count - 1;
        let cut = state.faults.iter().find_map(|fault| match fault.how {
            Strike::RequestCut(bytes) if fault.hits(op, nth) => Some(bytes),
            _ => None,
        })?;
        if cut < head.len {
            let number = state.counts.values().sum();
            *state.counts.entry(op).or_default() += 1;
            drop(state);
            let call = called(number, op, &head.uri, &head.headers);
            // Of what no byte left of, the client knows that it was not sent.
            if cut > 0 {
                self.0.history.add(Event::Torn(call.clone()));
            }
            self.0.history.add(Event::Struck(Strike::RequestCut(cut).name(), call));
            self.0.arrived.send_modify(|arrived| *arrived += 1);
        }
        Some(cut)
    }

    /// An exchange is over, as the client saw it.
    pub(crate) fn exchanged(&self, exchange: Exchange) {
        self.lock().exchanges.push(exchange);
    }

    /// The exchanges of a run in the order of their ends.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.lock().exchanges.clone()
    }

    pub(crate) fn history(&self) -> &History {
        &self.0.history
    }

    pub(crate) fn object(&self, key: &str) -> Option<Object> {
        self.lock().store.objects.get(key).cloned()
    }

    pub(crate) fn objects(&self) -> BTreeMap<String, Object> {
        self.lock().store.objects.clone()
    }

    /// All contents that a key ever had.
    pub(crate) fn versions(&self, of: &str) -> Vec<Bytes> {
        self.lock().store.versions.iter().filter(|(key, _)| key == of).map(|(_, bytes)| bytes.clone()).collect()
    }

    /// The uploads that are open, each with whether it holds parts.
    pub(crate) fn open_uploads(&self) -> Vec<(String, bool)> {
        self.lock().store.uploads.iter().map(|(id, upload)| (id.clone(), !upload.parts.is_empty())).collect()
    }

    /// Nothing is struck any more.
    pub(crate) fn lift_faults(&self) {
        self.lock().faults.clear();
    }

    /// From now on nothing arrives of a client whose process is dead, as this says; `None` is a new process.
    pub(crate) fn client_lives(&self, is_dead: Option<Box<dyn Fn() -> bool + Send>>) {
        self.lock().is_client_dead = is_dead;
    }

    /// Another client replaces an object by other bytes.
    pub(crate) fn replace(&self, key: &str) {
        let now = self.0.history.elapsed();
        let mut state = self.lock();
        let Some(object) = state.store.objects.get(key).cloned() else { return };
        let bytes: Bytes = object.bytes.iter().map(|byte| byte ^ 0xff).collect();
        let replaced = Object { etag: etag_of(&bytes), bytes, modified: now, ours: false, ..object };
        if state.store.put(key, replaced, false).is_err() {
            return;
        }
        self.0.history.add(Event::Replaced(key.to_owned()));
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

    pub(crate) fn content_bytes(&self) -> u64 {
        self.lock().content_bytes
    }

    /// The most bytes that were stored and in hand at one time, each body counted as its pieces and as a whole.
    pub(crate) fn most_held(&self) -> u64 {
        self.lock().most_held
    }

    fn take_in_hand(&self, body: u64) -> InHand {
        let bytes = body.saturating_mul(2);
        self.holds(|in_hand| in_hand.saturating_add(bytes));
        InHand { server: self.clone(), bytes }
    }

    fn holds(&self, change: impl FnOnce(u64) -> u64) {
        let mut state = self.lock();
        state.in_hand = change(state.in_hand);
        state.most_held = state.most_held.max(state.in_hand + state.store.bytes());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a request takes on its way and here.
    fn latency(&self, number: u32) -> Duration {
        let mut rng = fastrand::Rng::with_seed(self.0.schedule ^ (u64::from(number) << 32));
        const MILLISECONDS: [u64; 8] = [1, 5, 20, 20, 20, 20, 27, 45];
        let drawn = MILLISECONDS.get(rng.usize(..MILLISECONDS.len())).copied();
        Duration::from_millis(drawn.unwrap_or(20))
    }

    async fn handle(
        self,
        request: Request<Incoming>,
        cutter: Cutter,
        breaks: Arc<AtomicBool>,
    ) -> Result<ServerResponse, Closed> {
        let response = self.clone().strike(request, cutter, breaks.swap(false, Ordering::Relaxed)).await?;
        // Simulated as well, so that a seed is the same run at any time of day.
        let date = ossup::models::http_date::format(self.now());
        Ok(with(response, "date", &date))
    }

    async fn strike(self, request: Request<Incoming>, cutter: Cutter, breaks: bool) -> Result<ServerResponse, Closed> {
        let history = self.0.history.clone();
        // A response that was shorter than where it was to be cut.
        cutter.cut_after(u64::MAX);
        let Some(op) = Op::of(request.method(), request.uri(), request.headers()) else {
            return Ok(refusal((400, "InvalidArgument")));
        };
        let (strike, number) = {
            let mut state = self.lock();
            if state.is_client_dead.as_ref().is_some_and(|is_dead| is_dead()) {
                return Err(Closed);
            }
            let number = state.counts.values().sum();
            let count = state.counts.entry(op).or_default();
            *count += 1;
            let nth = *count - 1;
            let here = |fault: &&Fault| fault.hits(op, nth) && !matches!(fault.how, Strike::RequestCut(..));
            (state.faults.iter().find(here).map(|fault| fault.how), number)
        };
        let call = called(number, op, request.uri(), request.headers());
        history.add(Event::Arrived(call.clone()));
        if breaks {
            history.add(Event::Struck(Strike::RequestCut(0).name(), call.clone()));
        }
        self.0.arrived.send_modify(|arrived| *arrived += 1);
        // What is refused is not damaged.
        if let Some(strike) = strike.filter(|strike| *strike != Strike::Damaged) {
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
        let length = header(&head.headers, "content-length").and_then(|length| length.parse().ok());
        let in_hand = self.take_in_hand(length.unwrap_or_default());
        let Ok(bytes) = body.collect().await.map(|body| body.to_bytes()) else { return Err(Closed) };
        self.lock().body_bytes += bytes.len() as u64;
        // What has arrived whole is carried out, whether or not someone still waits for the response.
        let carrying_out = tokio::spawn(async move {
            let outcome = self.carry_out_struck(call, strike, head, bytes, cutter).await;
            drop(in_hand);
            outcome
        });
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
        mut bytes: Bytes,
        cutter: Cutter,
    ) -> Result<Whole, Closed> {
        let history = self.0.history.clone();
        let latency = self.latency(call.number);
        let refuse = |status, code| {
            history.add(Event::Refused(call.clone(), status));
            (Some(call.clone()), refusal((status, code)))
        };
        match strike {
            Some(Strike::ClosedAfterBody) => return Err(Closed),
            Some(Strike::Refused(status, code)) => {
                tokio::time::sleep(latency).await;
                return Ok(refuse(status, code));
            }
            Some(Strike::Throttled(seconds)) => {
                tokio::time::sleep(latency).await;
                let (call, response) = refuse(503, "SlowDown");
                return Ok((call, with(response, "retry-after", &seconds.to_string())));
            }
            Some(Strike::Denied(code)) => {
                tokio::time::sleep(latency).await;
                if self.has_what_is_named(&call, &head.headers) {
                    history.add(Event::Denied(call.clone()));
                }
                return Ok(refuse(404, code));
            }
            Some(Strike::Slow(wait)) => tokio::time::sleep(wait).await,
            _ => tokio::time::sleep(latency).await,
        }
        match strike {
            Some(Strike::Damaged) => bytes = damaged(&bytes),
            Some(Strike::Replaced) => self.replace(&named(&call, &head.headers)),
            Some(Strike::RangeIgnored) => call.range = None,
            _ => {}
        }
        let asked = Asked {
            uri: &head.uri,
            headers: &head.headers,
            body: &bytes,
            now: history.elapsed(),
            page: self.0.page,
            damage: strike == Some(Strike::Damaged),
        };
        let outcome = if self.is_expired(&head.headers) {
            Err((403, "SecurityTokenExpired"))
        } else if names_unknown_key(&head.headers) {
            Err((403, "InvalidAccessKeyId"))
        } else {
            let mut state = self.lock();
            carry_out(&mut state.store, &mut call, asked, &history)
        };
        match &outcome {
            Ok(_) => {
                history.add(Event::CarriedOut(call.clone()));
                if strike == Some(Strike::Damaged) {
                    history.add(Event::Struck(Strike::Damaged.name(), call.clone()));
                    // For those who wait for the strike.
                    self.0.arrived.send_modify(|_| {});
                }
            }
            Err((status, _)) => history.add(Event::Refused(call.clone(), *status)),
        }
        let response = outcome.unwrap_or_else(refusal);
        let response = self.distorted(strike, &call, response).await;
        match strike {
            Some(Strike::DoneAndRefused(status, code)) => return Ok((Some(call), refusal((status, code)))),
            Some(Strike::CallbackFailed) if response.status().is_success() => {
                return Ok((Some(call), callback_failed(&response)));
            }
            Some(Strike::ResponseCut(bytes)) => {
                cutter.cut_after(bytes);
                return Ok((None, response));
            }
            Some(Strike::DoneAndSilent) => std::future::pending::<()>().await,
            Some(Strike::Late(wait)) => tokio::time::sleep(wait).await,
            // As long as the way here, so that the caller may do something meanwhile.
            Some(Strike::Damaged) => tokio::time::sleep(latency).await,
            _ => {}
        }
        Ok((Some(call), response))
    }

    /// A success with what a fault makes of its body.
    async fn distorted(&self, strike: Option<Strike>, call: &Call, response: ServerResponse) -> ServerResponse {
        if !response.status().is_success() || !matches!(call.op, Op::GetObject | Op::ListObjectsV2) {
            return response;
        }
        let (head, body) = response.into_parts();
        let Ok(bytes) = body.collect().await.map(|body| body.to_bytes());
        let bytes = match strike {
            Some(Strike::Damaged) => damaged(&bytes),
            Some(Strike::OutOfOrder) => out_of_order(&bytes).into(),
            Some(Strike::Incomplete) => incomplete(&bytes).into(),
            _ => bytes,
        };
        // What is asked for without a range is no part of a managed download.
        if call.op == Op::GetObject && call.range.is_some() {
            self.lock().content_bytes += bytes.len() as u64;
        }
        ServerResponse::from_parts(head, Full::new(bytes))
    }

    /// Whether the object, or the upload, that a request names is there.
    fn has_what_is_named(&self, call: &Call, headers: &HeaderMap) -> bool {
        let store = &self.lock().store;
        let has_upload = call.upload.as_ref().map(|id| store.uploads.contains_key(id));
        has_upload.unwrap_or_else(|| store.objects.contains_key(&named(call, headers)))
    }

    /// Whether a request carries the token of a session that is over.
    fn is_expired(&self, headers: &HeaderMap) -> bool {
        let token = header(headers, "x-oss-security-token").and_then(|token| token.strip_prefix(TOKEN));
        token.and_then(|end| end.parse().ok()).is_some_and(|end| self.0.history.elapsed() >= Duration::from_millis(end))
    }
}

/// What a request is, by its head.
fn called(number: u32, op: Op, uri: &http::Uri, headers: &HeaderMap) -> Call {
    let upload = query_value(uri, "uploadId").map(str::to_owned);
    let part = query_value(uri, "partNumber").and_then(|part| part.parse().ok());
    let range = byte_range(headers, "range");
    let key = if op == Op::ListObjectsV2 { query(uri, "prefix") } else { Some(key(uri)) };
    Call { number, op, key: key.unwrap_or_default(), range, upload, part }
}

/// Whether a request is signed with another key than the one there is. One without a signature is anonymous.
fn names_unknown_key(headers: &HeaderMap) -> bool {
    let signed = header(headers, "authorization").and_then(|text| text.split_once("Credential="));
    signed.is_some_and(|(_, rest)| rest.split('/').next() != Some(KEY_ID))
}

/// The object that a request reads or writes; of a copy the one that is read.
fn named(call: &Call, headers: &HeaderMap) -> String {
    match call.op {
        Op::CopyObject | Op::UploadPartCopy => copy_source(headers),
        _ => call.key.clone(),
    }
}

/// A page of a list whose first entry comes last.
fn out_of_order(document: &[u8]) -> String {
    let text = String::from_utf8_lossy(document).into_owned();
    let Some((before, rest)) = text.split_once("<Contents>") else { return text };
    let Some((first, rest)) = rest.split_once("</Contents>") else { return text };
    match rest.rfind("</Contents>") {
        Some(at) => {
            let (others, after) = rest.split_at(at + "</Contents>".len());
            format!("{before}{others}<Contents>{first}</Contents>{after}")
        }
        None => text,
    }
}

/// A page of a list without its last entry, which it counts all the same.
fn incomplete(document: &[u8]) -> String {
    let text = String::from_utf8_lossy(document).into_owned();
    match (text.rsplit_once("<Contents>"), text.rsplit_once("</Contents>")) {
        (Some((before, _)), Some((_, after))) => format!("{before}{after}"),
        _ => text,
    }
}
