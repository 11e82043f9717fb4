//! What the faults that a request met do to it: before its work, to its response, and on the way back.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use super::{FaultEffect, FaultObject, FaultResponse};
use crate::error::{OssError, Outcome, code};
use crate::response::{CRC64, ErrorContext, OssResponse, ResponseBody};
use crate::wire::Control;

/// The effects of all rules that one request met.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultScript(Vec<FaultEffect>);

/// What happens while the body of a request is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BodyFaults {
    pub(crate) close_after: Option<u64>,
    pub(crate) stall_after: Option<u64>,
    pub(crate) bytes_per_second: Option<u64>,
}

/// The error of a connection that ends without a response.
pub(crate) fn connection_aborted() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

impl FaultScript {
    pub(crate) fn new(effects: Vec<FaultEffect>) -> Self {
        Self(effects)
    }

    pub(crate) fn has(&self, effect: &FaultEffect) -> bool {
        self.0.contains(effect)
    }

    /// Delays, stalls and closed connections before anything is read.
    ///
    /// # Errors
    /// When the connection ends here.
    pub(crate) async fn before(&self, control: &Control) -> io::Result<()> {
        for effect in &self.0 {
            match effect {
                FaultEffect::Delay(millis) => sleep(Duration::from_millis(*millis)).await,
                FaultEffect::Stall => std::future::pending().await,
                FaultEffect::CloseBeforeReading => {
                    control.kill();
                    return Err(connection_aborted());
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn body(&self) -> BodyFaults {
        let mut faults = BodyFaults::default();
        for effect in &self.0 {
            match effect {
                FaultEffect::CloseMidBody(after) => faults.close_after = Some(*after),
                FaultEffect::StallMidBody(after) => faults.stall_after = Some(*after),
                FaultEffect::ThrottleRead(rate) => faults.bytes_per_second = Some(*rate),
                _ => {}
            }
        }
        faults
    }

    /// What other clients do to objects before the work.
    pub(crate) fn replacements(&self) -> impl Iterator<Item = &FaultObject> {
        self.0.iter().filter_map(|effect| match effect {
            FaultEffect::Replace(object) => Some(object),
            _ => None,
        })
    }

    /// By how many bytes a range that was asked for is moved.
    pub(crate) fn range_shift(&self) -> Option<i64> {
        self.0.iter().find_map(|effect| match effect {
            FaultEffect::ShiftRange(bytes) => Some(*bytes),
            _ => None,
        })
    }

    /// Whether a scripted response takes the place of the work.
    pub(crate) fn replaces_work(&self) -> bool {
        self.scripted(false).is_some()
    }

    fn scripted(&self, after_storing: bool) -> Option<&FaultResponse> {
        self.0.iter().find_map(|effect| match effect {
            FaultEffect::Response(response) if response.after_storing == after_storing => Some(response),
            _ => None,
        })
    }

    /// The response to send: a scripted one, or that of the work with the changes that were asked for.
    pub(crate) fn response(&self, outcome: Outcome<OssResponse>, context: &ErrorContext) -> OssResponse {
        let mut response = match (self.scripted(true).or_else(|| self.scripted(false)), outcome) {
            (Some(fault), _) => scripted_response(fault, context),
            (None, Ok(response)) => response,
            (None, Err(error)) => OssResponse::error(&error, context),
        };
        for effect in &self.0 {
            match effect {
                FaultEffect::ErrorIn200(code) => {
                    let mut error = OssError::from(code::INTERNAL_ERROR);
                    error.code = code.clone().into();
                    response = OssResponse::xml(error.to_xml(&context.request_id, &context.host));
                }
                FaultEffect::WrongCrc => {
                    let crc = response.headers.get(CRC64).and_then(|crc| crc.to_str().ok()?.parse::<u64>().ok());
                    response.set(CRC64, (crc.unwrap_or(0) ^ 1).to_string());
                }
                FaultEffect::MissingCrc => {
                    response.headers.remove(CRC64);
                }
                FaultEffect::WrongEtag => replace_etag(&mut response),
                FaultEffect::MissingEtag => {
                    response.headers.remove("etag");
                }
                FaultEffect::FlipByte(position) => response.body.flip(*position),
                FaultEffect::CutXml(keep) => {
                    if let Some(bytes) = response.body.as_bytes() {
                        response.body = ResponseBody::bytes(bytes.slice(..(*keep).min(bytes.len())));
                    }
                }
                _ => {}
            }
        }
        response
    }

    /// What happens to the connection once the work is done and its response is made.
    ///
    /// # Errors
    /// When the connection ends here.
    pub(crate) async fn after(&self, control: &Control, response: &mut OssResponse) -> io::Result<()> {
        for effect in &self.0 {
            match effect {
                FaultEffect::CloseAfterStoring => {
                    control.kill();
                    return Err(connection_aborted());
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
                _ => {}
            }
        }
        Ok(())
    }

    /// The time to state in `Date`; `None` leaves the header out.
    pub(crate) fn date(&self, now: Timestamp) -> Option<Timestamp> {
        if self.has(&FaultEffect::MissingDate) {
            return None;
        }
        let offset = self.0.iter().filter_map(|effect| match effect {
            FaultEffect::DateOffset(seconds) => Some(SignedDuration::from_secs(*seconds)),
            _ => None,
        });
        Some(offset.fold(now, |date, offset| date.checked_add(offset).unwrap_or(date)))
    }
}

/// The response that a fault asks for.
fn scripted_response(fault: &FaultResponse, context: &ErrorContext) -> OssResponse {
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
        error.extra = fault.elements.iter().map(|(name, text)| (name.clone().into(), text.clone())).collect();
        OssResponse::error(&error, context)
    };
    for (name, value) in &fault.headers {
        response.set(name, value);
    }
    response
}

const OTHER_ETAG: &str = "00000000000000000000000000000BAD";

/// Puts another ETag into the header, and into the document that repeats it.
fn replace_etag(response: &mut OssResponse) {
    let etag = response.headers.get("etag").and_then(|etag| etag.to_str().ok());
    let etag = etag.map(|etag| etag.trim_matches('"').to_owned());
    response.set("etag", format!("\"{OTHER_ETAG}\""));
    if let (Some(etag), Some(bytes)) = (etag, response.body.as_bytes()) {
        let text = String::from_utf8_lossy(bytes).replace(&etag, OTHER_ETAG);
        response.body = ResponseBody::bytes(Bytes::from(text));
    }
}
