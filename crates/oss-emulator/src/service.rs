//! One request from its head to its response: the order of checks, the faults, and the headers that every response has.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use jiff::SignedDuration;
use tokio::time::{Instant, sleep};

use crate::body::RequestBody;
use crate::core::Core;
use crate::error::{OssError, Outcome, code};
use crate::fault::{FaultEffect, FaultResponse, FaultTarget};
use crate::history::RequestRecord;
use crate::operation::Operation;
use crate::request::RequestHead;
use crate::response::{CRC64, OssResponse, ResponseBody};
use crate::verify::{self, Caller};
use crate::wire::Control;
use crate::{clock, ops};

/// A request that passed the checks every request must pass.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) core: Arc<Core>,
    pub(crate) head: RequestHead,
    pub(crate) operation: Operation,
    pub(crate) caller: Caller,
    pub(crate) request_id: String,
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) effects: Vec<FaultEffect>,
}

impl Call {
    pub(crate) fn has_effect(&self, effect: &FaultEffect) -> bool {
        self.effects.contains(effect)
    }
}

/// The connection ends without a response.
fn hang_up() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

/// Serves one request.
///
/// # Errors
/// When a fault ends the connection instead of a response.
pub(crate) async fn serve(
    core: Arc<Core>,
    control: Control,
    peer: Option<SocketAddr>,
    request: Request<Incoming>,
) -> io::Result<Response<ResponseBody>> {
    let began = Instant::now();
    let (parts, incoming) = request.into_parts();
    if parts.uri.path() == crate::callback::KEY_PATH {
        return Ok(core.callback_key().await);
    }
    let request_id = core.next_request_id();
    let parsed = RequestHead::parse(&parts, &core.settings).and_then(|head| {
        let operation = Operation::of(&head)?;
        Ok((head, operation))
    });
    let number = core.history.add(record(&parts, &parsed, &request_id));
    let effects = core.faults.hit(&target(&parts, &parsed));
    before(&effects, &control, &core.settings.latency).await?;
    let body = RequestBody::new(incoming, &parts.headers, core.settings.body_idle_timeout, control.clone(), &effects);

    let host = parts.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let is_head = parts.method == Method::HEAD;
    let instead = made_up(&effects, false);
    let work =
        perform(Arc::clone(&core), parsed, request_id.clone(), peer, effects.clone(), body, number, instead.is_some());
    // On its own task: a client that leaves during Complete does not undo it.
    let result = core.tasks.spawn(work).await.map_err(|_| hang_up())?;
    if control.is_killed() {
        return Err(hang_up());
    }
    let mut response = match (&result, instead) {
        (_, Some(fault)) => invented(fault, &request_id, &host, is_head),
        (Ok(_), None) => result.unwrap_or_else(|_| OssResponse::ok()),
        (Err(error), None) => {
            core.history.update(number, |record| record.error = Some(error.code.clone().into_owned()));
            OssResponse::error(error, &request_id, &host, is_head)
        }
    };
    after(&effects, &control, &mut response, &request_id, &host, is_head).await?;
    core.history.update(number, |record| record.status = Some(response.status.as_u16()));
    Ok(finish(&core, response, &effects, &request_id, began))
}

/// Checks and carries out; reads the body as far as it is wanted.
#[expect(clippy::too_many_arguments, reason = "the pieces of one request, taken apart once")]
async fn perform(
    core: Arc<Core>,
    parsed: Outcome<(RequestHead, Operation)>,
    request_id: String,
    peer: Option<SocketAddr>,
    effects: Vec<FaultEffect>,
    mut body: RequestBody,
    number: u64,
    refuse: bool,
) -> Outcome<OssResponse> {
    let result = async {
        if refuse {
            return Ok(OssResponse::ok());
        }
        let (head, operation) = parsed?;
        let caller = verify::caller(&core, &head, operation)?;
        let call = Call { core: Arc::clone(&core), head, operation, caller, request_id, peer, effects };
        Box::pin(ops::perform(&call, &mut body)).await
    }
    .await;
    core.history.update(number, |record| record.body_len = body.received());
    body.drain();
    result
}

fn record(parts: &http::request::Parts, parsed: &Outcome<(RequestHead, Operation)>, request_id: &str) -> RequestRecord {
    let headers =
        parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), crate::store::latin1(value.as_bytes())));
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

fn target<'a>(parts: &'a http::request::Parts, parsed: &'a Outcome<(RequestHead, Operation)>) -> FaultTarget<'a> {
    let known = parsed.as_ref().ok();
    FaultTarget {
        operation: known.map_or("", |(_, operation)| operation.name()),
        method: parts.method.as_str(),
        bucket: known.and_then(|(head, _)| head.bucket.as_deref()).unwrap_or_default(),
        key: known.and_then(|(head, _)| head.key.as_deref()).unwrap_or_default(),
        part_number: known.and_then(|(head, _)| head.query.first("partNumber")?.parse().ok()),
    }
}

async fn before(effects: &[FaultEffect], control: &Control, latency: &Duration) -> io::Result<()> {
    if !latency.is_zero() {
        sleep(*latency).await;
    }
    for effect in effects {
        match effect {
            FaultEffect::Delay(millis) => sleep(Duration::from_millis(*millis)).await,
            FaultEffect::Stall => std::future::pending().await,
            FaultEffect::CloseBeforeReading => {
                control.kill();
                return Err(hang_up());
            }
            _ => {}
        }
    }
    Ok(())
}

fn made_up(effects: &[FaultEffect], after: bool) -> Option<&FaultResponse> {
    effects.iter().find_map(|effect| match effect {
        FaultEffect::Response(response) if response.after_storing == after => Some(response),
        _ => None,
    })
}

/// The response that a fault asks for.
fn invented(fault: &FaultResponse, request_id: &str, host: &str, is_head: bool) -> OssResponse {
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = if let Some(body) = &fault.body {
        OssResponse::new(status).body(body.clone())
    } else if fault.code.is_empty() {
        OssResponse::new(status)
    } else {
        let mut error = OssError::from(code::INTERNAL_ERROR);
        error.status = status;
        error.code = fault.code.clone().into();
        error.message = "This response was asked for by a fault.".into();
        error.ec = fault.ec.clone().map(Into::into);
        let mut response = OssResponse::error(&error, request_id, host, is_head);
        if !fault.elements.is_empty() && !is_head {
            let more: String = fault
                .elements
                .iter()
                .map(|(name, text)| format!("<{name}>{}</{name}>", text.replace('&', "&amp;").replace('<', "&lt;")))
                .collect();
            response = {
                let xml = error.to_xml(request_id, host).replace("</Error>", &format!("{more}</Error>"));
                response.body(xml)
            };
        }
        response
    };
    for (name, value) in &fault.headers {
        response.set(name, value);
    }
    response
}

async fn after(
    effects: &[FaultEffect],
    control: &Control,
    response: &mut OssResponse,
    request_id: &str,
    host: &str,
    is_head: bool,
) -> io::Result<()> {
    if let Some(fault) = made_up(effects, true) {
        *response = invented(fault, request_id, host, is_head);
    }
    for effect in effects {
        match effect {
            FaultEffect::CloseAfterStoring => {
                control.kill();
                return Err(hang_up());
            }
            FaultEffect::StallAfterStoring => std::future::pending().await,
            FaultEffect::CloseMidResponse(after) => control.limit_response(*after, false),
            FaultEffect::StallMidResponse(after) => control.limit_response(*after, true),
            FaultEffect::CloseAfterResponse => control.close_when_idle(),
            FaultEffect::LengthOffBy(off) => {
                control.shift_length(*off);
                response.set("connection", "close");
            }
            FaultEffect::ThrottleResponse(rate) => control.throttle_response(*rate),
            FaultEffect::Informational(count) => {
                control.prefix_response("HTTP/1.1 102 Processing\r\n\r\n".repeat(usize::from(*count)).into());
            }
            FaultEffect::Raw(bytes) => control.replace_response(bytes.clone().into()),
            FaultEffect::ErrorIn200(code) => {
                let mut error = OssError::from(code::INTERNAL_ERROR);
                error.code = code.clone().into();
                *response = OssResponse::xml(error.to_xml(request_id, host));
            }
            FaultEffect::WrongCrc => {
                let crc = response.headers.get(CRC64).and_then(|crc| crc.to_str().ok()?.parse::<u64>().ok());
                response.set(CRC64, (crc.unwrap_or(0) ^ 1).to_string());
            }
            FaultEffect::MissingCrc => {
                response.headers.remove(CRC64);
            }
            FaultEffect::WrongEtag => wrong_etag(response),
            FaultEffect::MissingEtag => {
                response.headers.remove("etag");
            }
            FaultEffect::CutXml(keep) => {
                if let Some(bytes) = response.body.as_bytes() {
                    let bytes = bytes.slice(..(*keep).min(bytes.len()));
                    response.body = ResponseBody::bytes(bytes);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

const OTHER_ETAG: &str = "00000000000000000000000000000BAD";

fn wrong_etag(response: &mut OssResponse) {
    let old =
        response.headers.get("etag").and_then(|etag| etag.to_str().ok()).map(|etag| etag.trim_matches('"').to_owned());
    response.set("etag", format!("\"{OTHER_ETAG}\""));
    if let (Some(old), Some(bytes)) = (old, response.body.as_bytes()) {
        let text = String::from_utf8_lossy(bytes).replace(&old, OTHER_ETAG);
        response.body = ResponseBody::bytes(Bytes::from(text));
    }
}

/// Adds the headers that every response has.
fn finish(
    core: &Core,
    response: OssResponse,
    effects: &[FaultEffect],
    request_id: &str,
    began: Instant,
) -> Response<ResponseBody> {
    let mut response = response.into_http();
    let headers = response.headers_mut();
    headers.insert("server", HeaderValue::from_static("AliyunOSS"));
    let mut now = core.clock.now();
    for effect in effects {
        if let FaultEffect::DateOffset(seconds) = effect {
            now = now.checked_add(SignedDuration::from_secs(*seconds)).unwrap_or(now);
        }
    }
    let texts = [
        ("x-oss-request-id", request_id.to_owned()),
        ("x-oss-server-time", began.elapsed().as_millis().to_string()),
        ("date", clock::http_date(now)),
    ];
    for (name, value) in texts {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    if effects.contains(&FaultEffect::MissingDate) {
        headers.remove("date");
    }
    response
}

/// The whole response, as bytes, to a request that the HTTP library must not see.
pub(crate) fn refusal(core: &Core, error: &OssError) -> Bytes {
    let request_id = core.next_request_id();
    let response = OssResponse::error(error, &request_id, "", false);
    let response = finish(core, response, &[], &request_id, Instant::now());
    to_bytes(&response)
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
