//! Faults on demand: which requests they hit, how often, and what happens to them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

mod rules;
mod script;

pub(crate) use rules::{FaultTarget, Faults};
pub(crate) use script::{BodyFaults, FaultScript, connection_aborted};

/// A rule: the requests it applies to, and what happens to them.
///
/// Conditions that are not set match everything. A rule hits from the `nth` matching request on, `times` times.
///
/// ```
/// use oss_emulator::Fault;
/// let fault = Fault::on("UploadPart").key("photos/*").part(2).nth(3).respond(503, "ServiceUnavailable");
/// let json = r#"{"operation":"UploadPart","key":"photos/*","part_number":2,"nth":3,
///                "effects":[{"response":{"status":503,"code":"ServiceUnavailable"}}]}"#;
/// assert_eq!(serde_json::from_str::<Fault>(json)?, fault);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Fault {
    /// Documented name of the operation, e.g. `UploadPart`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// HTTP method, e.g. `PUT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Bucket pattern; `*` stands for any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// Key pattern; `*` stands for any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Part number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_number: Option<u16>,
    /// First matching request that is hit, from 1. Default 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many requests are hit; `null` means every one from `nth` on. Default 1.
    #[serde(default = "once")]
    pub times: Option<u64>,
    /// What happens, all of it.
    pub effects: Vec<FaultEffect>,
}

fn one() -> u64 {
    1
}

fn once() -> Option<u64> {
    Some(1)
}

/// What can happen to a request.
///
/// In JSON each is its name in snake case, with its value where it has one: `"wrong_crc"`, `{"close_mid_body": 1000}`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultEffect {
    /// Send this response instead of doing the work, or, with `after_storing`, once it is done.
    #[serde(alias = "answer")]
    Response(FaultResponse),
    /// Reset the connection as it is accepted, before anything is read from it. Such a rule counts connections: its
    /// conditions and its other effects do not apply.
    Refuse,
    /// Close the connection without reading the body.
    CloseBeforeReading,
    /// Close the connection once this many bytes of the request body were read.
    CloseMidBody(u64),
    /// Do the work, then close the connection without a response.
    CloseAfterStoring,
    /// Close the connection once this many bytes of the response (head included) were sent.
    #[serde(alias = "close_mid_answer")]
    CloseMidResponse(u64),
    /// Respond as usual, without `Connection: close`, and then close: the next request on this connection is lost.
    #[serde(alias = "close_after_answer")]
    CloseAfterResponse,
    /// Wait this many milliseconds before anything else.
    Delay(u64),
    /// Never respond, and read nothing.
    Stall,
    /// Stop reading once this many bytes of the request body were read.
    StallMidBody(u64),
    /// Do the work, then never respond.
    StallAfterStoring,
    /// Stop sending once this many bytes of the response (head included) were sent; the connection stays open.
    #[serde(alias = "stall_mid_answer")]
    StallMidResponse(u64),
    /// Read the request body at most this fast, in bytes per second.
    ThrottleRead(u64),
    /// Send the response at most this fast, in bytes per second.
    #[serde(alias = "throttle_answer")]
    ThrottleResponse(u64),
    /// State a CRC64 that is not the content's.
    WrongCrc,
    /// Leave the CRC64 header out.
    MissingCrc,
    /// State an ETag that is not the content's, in header and XML.
    WrongEtag,
    /// Leave the ETag header out.
    MissingEtag,
    /// Leave `HashCrc64ecma` out of ListParts.
    DropPartCrc,
    /// End a document after this many bytes, with a matching `Content-Length`.
    CutXml(usize),
    /// Add this number to `Content-Length`, send the body as it is, and close.
    LengthOffBy(i64),
    /// Leave the `Date` header out.
    MissingDate,
    /// Shift the `Date` header by this many seconds. To shift the clock itself use the builder or the handle.
    DateOffset(i64),
    /// Send this many `102 Processing` heads before the response.
    Informational(u16),
    /// Do the work, but respond 200 with an `Error` document that has this code.
    ErrorIn200(String),
    /// Do the work, send these bytes as the whole response, and close.
    Raw(#[serde(with = "base64_bytes")] Vec<u8>),
    /// Before the work, let another client replace or delete an object.
    Replace(FaultObject),
    /// Carry a GetObject out as if it had no `Range`: 200 and the whole object.
    IgnoreRange,
    /// Carry a GetObject out for a range that begins this many bytes later, and describe that one in `Content-Range`.
    ShiftRange(i64),
    /// Flip a bit of the byte at this position, from 0, of the body of the response.
    FlipByte(u64),
    /// Change places of the first and the last object on a page of ListObjectsV2.
    ListUnordered,
    /// List the first object on a page of ListObjectsV2 twice.
    ListRepeated,
    /// Leave out the back half of the objects on a page of ListObjectsV2, which states how many there should be.
    ListShort,
    /// Leave the token of the next page out of a page of ListObjectsV2 that is not the last.
    ListWithoutToken,
    /// Give the token that the page was asked for as that of the next page; that of the first page is the first again.
    ListSameToken,
}

/// What another client does to an object while a request is on its way.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultObject {
    /// Bucket; `null`: the one that the request names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// Key; `null`: the one that the request names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The new content, in JSON as base64; `null`: the object is deleted.
    #[serde(with = "optional_base64_bytes")]
    pub content: Option<Vec<u8>>,
}

/// A response scripted by a fault.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultResponse {
    /// HTTP status; one that is not valid is sent as 500.
    pub status: u16,
    /// `Code` of the error document; empty: no body at all.
    pub code: String,
    /// EC, in the document and in `x-oss-ec`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ec: Option<String>,
    /// More headers, e.g. `Retry-After` or `Location`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// More elements of the document, e.g. `ServerTime`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<(String, String)>,
    /// Body to send instead of the error document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Do the work first, so that the response is wrong about it.
    pub after_storing: bool,
}

impl Fault {
    /// A rule for one operation, by its documented name.
    pub fn on(operation: impl Into<String>) -> Self {
        Self { operation: Some(operation.into()), ..Self::on_any() }
    }

    /// A rule for every request.
    pub fn on_any() -> Self {
        Self {
            operation: None,
            method: None,
            bucket: None,
            key: None,
            part_number: None,
            nth: 1,
            times: Some(1),
            effects: Vec::new(),
        }
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Only buckets that match; `*` stands for any text.
    #[must_use]
    pub fn bucket(mut self, pattern: impl Into<String>) -> Self {
        self.bucket = Some(pattern.into());
        self
    }

    /// Only keys that match; `*` stands for any text.
    #[must_use]
    pub fn key(mut self, pattern: impl Into<String>) -> Self {
        self.key = Some(pattern.into());
        self
    }

    /// Only this part number.
    #[must_use]
    pub fn part(mut self, number: u16) -> Self {
        self.part_number = Some(number);
        self
    }

    /// Start with the `nth` matching request, counted from 1. Default 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// Hit this many matching requests. Default 1.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Hit every matching request from `nth` on.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Adds an effect.
    #[must_use]
    pub fn effect(mut self, effect: FaultEffect) -> Self {
        self.effects.push(effect);
        self
    }

    /// Responds with this error and does nothing.
    #[must_use]
    pub fn respond(self, status: u16, code: impl Into<String>) -> Self {
        self.effect(FaultEffect::Response(FaultResponse { status, code: code.into(), ..FaultResponse::default() }))
    }

    /// Does the work and responds with this error all the same.
    #[must_use]
    pub fn response_after_storing(self, status: u16, code: impl Into<String>) -> Self {
        self.effect(FaultEffect::Response(FaultResponse {
            status,
            code: code.into(),
            after_storing: true,
            ..FaultResponse::default()
        }))
    }

    /// Adds an EC to the response added last.
    #[must_use]
    pub fn ec(self, ec: impl Into<String>) -> Self {
        self.with_response(|response| response.ec = Some(ec.into()))
    }

    /// Adds a header to the response added last.
    #[must_use]
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with_response(|response| response.headers.push((name.into(), value.into())))
    }

    /// Adds `Retry-After`, in seconds, to the response added last.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header("Retry-After", seconds.to_string())
    }

    /// Adds an element such as `ServerTime` to the response added last.
    #[must_use]
    pub fn element(self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.with_response(|response| response.elements.push((name.into(), text.into())))
    }

    /// Replaces the error document of the response added last.
    #[must_use]
    pub fn body(self, body: impl Into<String>) -> Self {
        self.with_response(|response| response.body = Some(body.into()))
    }

    /// Lets another client give the object that the request names this content, before the work.
    #[must_use]
    pub fn replace(self, content: impl Into<Vec<u8>>) -> Self {
        self.effect(FaultEffect::Replace(FaultObject { content: Some(content.into()), ..FaultObject::default() }))
    }

    /// Lets another client give this object this content, before the work: the source of a copy, for example.
    #[must_use]
    pub fn replace_object(
        self,
        bucket: impl Into<String>,
        key: impl Into<String>,
        content: impl Into<Vec<u8>>,
    ) -> Self {
        let (bucket, key, content) = (Some(bucket.into()), Some(key.into()), Some(content.into()));
        self.effect(FaultEffect::Replace(FaultObject { bucket, key, content }))
    }

    /// Lets another client delete the object that the request names, before the work.
    #[must_use]
    pub fn delete(self) -> Self {
        self.effect(FaultEffect::Replace(FaultObject::default()))
    }

    /// Waits before anything else.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        self.effect(FaultEffect::Delay(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)))
    }

    fn with_response(mut self, change: impl FnOnce(&mut FaultResponse)) -> Self {
        let response = self.effects.iter_mut().rev().find_map(|effect| match effect {
            FaultEffect::Response(response) => Some(response),
            _ => None,
        });
        if let Some(response) = response {
            change(response);
        }
        self
    }
}

mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

mod optional_base64_bytes {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    #[serde(transparent)]
    struct Bytes(#[serde(with = "super::base64_bytes")] Vec<u8>);

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(super) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        bytes.clone().map(Bytes).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        Ok(Option::<Bytes>::deserialize(deserializer)?.map(|Bytes(bytes)| bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_shows_every_effect_as_json() {
        let guide = include_str!("../../../docs/guide/emulator.md");
        let (_, rest) = guide.split_once("```json\n").unwrap();
        let (json, _) = rest.split_once("```").unwrap();
        let faults: Vec<Fault> = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::from_value::<Vec<Fault>>(serde_json::json!(faults)).unwrap(), faults);
        // The error for an unknown effect lists those that exist.
        let all = serde_json::from_str::<FaultEffect>("\"?\"").unwrap_err().to_string();
        let names: Vec<_> = all.split('`').skip(3).step_by(2).collect();
        assert!(names.len() > 20 && names.contains(&"refuse"), "{all}");
        // The names before the first release are still read, and not documented.
        for name in names.into_iter().filter(|name| !name.contains("answer")) {
            assert!(json.contains(&format!("\"{name}\"")), "the guide lacks {name}");
        }
    }

    #[test]
    fn every_effect_survives_json() {
        let fault = Fault::on_any()
            .respond(503, "X")
            .ec("0-0")
            .retry_after(1)
            .delay(Duration::from_millis(5))
            .effect(FaultEffect::Raw(vec![0, 255]))
            .effect(FaultEffect::CutXml(3))
            .effect(FaultEffect::LengthOffBy(-1))
            .effect(FaultEffect::Refuse)
            .replace(vec![0, 255])
            .replace_object("b", "k", "")
            .delete()
            .effect(FaultEffect::ShiftRange(-1))
            .always();
        let json = serde_json::to_string(&fault).unwrap();
        assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), fault);
    }
}
