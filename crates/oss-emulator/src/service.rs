//! One request from its head to its response: the order of checks, the faults, and the headers that every response has.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use tokio::time::{Instant, sleep};

use crate::body::RequestBody;
use crate::call::Call;
use crate::core::{Core, KEY_PATH};
use crate::error::{OssError, Outcome};
use crate::fault::{FaultScript, FaultTarget, connection_aborted};
use crate::history::RequestRecord;
use crate::operation::Operation;
use crate::request::RequestHead;
use crate::response::{ErrorContext, OssResponse, ResponseBody};
use crate::store::latin1;
use crate::wire::Control;
use crate::{callback, clock, ops, verify};

/// Serves one request.
///
/// # Errors
/// When a fault ends the connection instead of a response, and when the server stops.
pub(crate) async fn serve(
    core: Arc<Core>,
    control: Control,
    peer: Option<SocketAddr>,
    request: Request<Incoming>,
) -> io::Result<Response<ResponseBody>> {
    let began = Instant::now();
    let (parts, incoming) = request.into_parts();
    if parts.uri.path() == KEY_PATH {
        return Ok(callback::public_key(&core).await);
    }
    let exchange = Exchange::new(core, peer, &parts);
    let faults = exchange.faults.clone();
    if !exchange.core.settings.latency.is_zero() {
        sleep(exchange.core.settings.latency).await;
    }
    faults.before(&control).await?;
    let body = RequestBody::new(
        incoming,
        &parts.headers,
        exchange.core.settings.body_idle_timeout,
        control.clone(),
        faults.body(),
    );

    let context = exchange.error_context(&parts);
    let head = exchange.parsed.as_ref().ok().filter(|_| exchange.core.has_cors()).map(|(head, _)| head.clone());
    let (core, number) = (Arc::clone(&exchange.core), exchange.number);
    // On a task of its own: a client that leaves during Complete does not undo it. Boxed, since a task is moved several times.
    let work = Box::pin(exchange.perform(body));
    let outcome = core.tasks.spawn(work).await.map_err(|_| connection_aborted())?;
    if control.is_killed() {
        return Err(connection_aborted());
    }
    if let Err(error) = &outcome {
        core.history.update(number, |record| record.error = Some(error.code.clone().into_owned()));
    }
    let mut response = faults.response(outcome, &context);
    ops::add_cors_headers(&core, head.as_ref(), &mut response).await;
    faults.after(&control, &mut response).await?;
    core.history.update(number, |record| record.status = Some(response.status.as_u16()));
    Ok(finish(&core, response, &faults, &context.request_id, began))
}

/// One request and what is known about it before its body is read.
struct Exchange {
    core: Arc<Core>,
    peer: Option<SocketAddr>,
    request_id: String,
    /// Of its record in the history.
    number: u64,
    parsed: Outcome<(RequestHead, Operation)>,
    faults: FaultScript,
}

impl Exchange {
    fn new(core: Arc<Core>, peer: Option<SocketAddr>, parts: &Parts) -> Self {
        let request_id = core.next_request_id();
        let parsed = RequestHead::parse(parts, &core.settings).and_then(|head| {
            let operation = Operation::of(&head)?;
            Ok((head, operation))
        });
        let number = core.history.add(|| record(parts, &parsed, &request_id));
        let faults = FaultScript::new(core.faults.hit(&target(parts, &parsed)));
        Self { core, peer, request_id, number, parsed, faults }
    }

    fn error_context(&self, parts: &Parts) -> ErrorContext {
        let host = parts.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
        ErrorContext {
            request_id: self.request_id.clone(),
            host: host.to_owned(),
            is_head: parts.method == Method::HEAD,
        }
    }

    /// Checks and carries out; reads as much of the body as the operation needs.
    async fn perform(self, mut body: RequestBody) -> Outcome<OssResponse> {
        let (core, number) = (Arc::clone(&self.core), self.number);
        let outcome = self.carry_out(&mut body).await;
        core.history.update(number, |record| record.body_len = body.received());
        body.drain();
        outcome
    }

    async fn carry_out(self, body: &mut RequestBody) -> Outcome<OssResponse> {
        if let Ok((head, _)) = &self.parsed {
            for object in self.faults.replacements() {
                Box::pin(ops::interfere(&self.core, head, object)).await?;
            }
        }
        if self.faults.replaces_work() {
            return Ok(OssResponse::ok());
        }
        let (head, operation) = self.parsed?;
        let caller = verify::caller(&self.core, &head, operation)?;
        let call = Call {
            core: self.core,
            head,
            operation,
            caller,
            request_id: self.request_id,
            peer: self.peer,
            faults: self.faults,
        };
        ops::perform(&call, body).await
    }
}

fn record(parts: &Parts, parsed: &Outcome<(RequestHead, Operation)>, request_id: &str) -> RequestRecord {
    let headers = parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), latin1(value.as_bytes())));
    let mut record = RequestRecord {
        method: parts.method.as_str().to_owned(),
        target: parts.uri.path_and_query().map(|target| target.as_str().to_owned()).unwrap_or_default(),
        headers: headers.collect(),
        request_id: request_id.to_owned(),
        ..RequestRecord::default()
    };
    if let Ok((head, operation)) = parsed {
        record.operation = operation.name().to_owned();
        record.bucket = head.bucket.clone().unwrap_or_default();
        record.key = head.key.clone().unwrap_or_default();
        record.query = head.query.pairs().to_vec();
        record.part_number = head.query.first("partNumber").and_then(|number| number.parse().ok());
        record.upload_id = head.query.first("uploadId").map(str::to_owned);
    }
    record
}

fn target<'a>(parts: &'a Parts, parsed: &'a Outcome<(RequestHead, Operation)>) -> FaultTarget<'a> {
    let known = parsed.as_ref().ok();
    FaultTarget {
        operation: known.map_or("", |(_, operation)| operation.name()),
        method: parts.method.as_str(),
        bucket: known.and_then(|(head, _)| head.bucket.as_deref()).unwrap_or_default(),
        key: known.and_then(|(head, _)| head.key.as_deref()).unwrap_or_default(),
        part_number: known.and_then(|(head, _)| head.query.first("partNumber")?.parse().ok()),
    }
}

/// Adds the headers that every response has.
fn finish(
    core: &Core,
    response: OssResponse,
    faults: &FaultScript,
    request_id: &str,
    began: Instant,
) -> Response<ResponseBody> {
    let mut response = response.into_http();
    let headers = response.headers_mut();
    headers.insert("server", HeaderValue::from_static("AliyunOSS"));
    let date = faults.date(core.clock.now()).map(clock::http_date);
    let texts = [
        ("x-oss-request-id", Some(request_id.to_owned())),
        ("x-oss-server-time", Some(began.elapsed().as_millis().to_string())),
        ("date", date),
    ];
    for (name, value) in texts {
        if let Some(Ok(value)) = value.map(|value| HeaderValue::from_str(&value)) {
            headers.insert(name, value);
        }
    }
    response
}

/// The whole response, as bytes, to a request that the HTTP library must not see.
pub(crate) fn refusal(core: &Core, error: &OssError) -> Bytes {
    let context = ErrorContext { request_id: core.next_request_id(), ..ErrorContext::default() };
    let response = OssResponse::error(error, &context);
    to_bytes(&finish(core, response, &FaultScript::default(), &context.request_id, Instant::now()))
}

/// A response with its body in memory as it is sent.
fn to_bytes(response: &Response<ResponseBody>) -> Bytes {
    let body = response.body().as_bytes().cloned().unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {}\r\ncontent-length: {}\r\n", response.status(), body.len()).into_bytes();
    for (name, value) in response.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body);
    bytes.into()
}
