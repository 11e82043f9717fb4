use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use oss_models::{Crc64, Etag, StoredObject, UploadId};
pub use oss_transfer::Verified;
use serde::Serialize;

/// An object that was uploaded.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct UploadResult {
    /// HTTP status of the response that confirmed the object; 203 if its callback failed.
    #[serde(serialize_with = "oss_models::serialize::status")]
    pub status: StatusCode,
    /// The server's id of that request.
    pub request_id: Option<String>,
    /// Headers of that response.
    #[serde(serialize_with = "oss_models::serialize::headers")]
    pub headers: HeaderMap,
    /// Entity tag of the object.
    pub etag: Option<Etag>,
    /// CRC64 of the whole object, as the server gave it.
    pub hash_crc64: Option<Crc64>,
    /// Version of the object, in a bucket with versions.
    pub version_id: Option<String>,
    /// The multipart upload; `None` if the object was sent by one PutObject.
    pub upload_id: Option<UploadId>,
    /// How far the content was verified.
    pub verified: Verified,
    /// What became of the upload callback, if the request asked for one.
    pub callback: Option<CallbackOutcome>,
    /// Size of the object in bytes.
    pub size: u64,
    /// Size of each part in bytes, the last excepted (of the largest one, if a stream made them grow); the size of the
    /// object if there were no parts.
    pub part_size: u64,
    /// Parts that this run sent; 0 without parts.
    pub parts_sent: usize,
    /// Parts that an earlier run had sent.
    pub parts_reused: usize,
    /// The response was lost, and the object was found in place by HeadObject, with the same size and CRC64.
    pub confirmed_by_head: bool,
}

impl UploadResult {
    /// What a response tells of an object of which nothing else is known.
    pub(crate) fn of_response(status: StatusCode, request_id: Option<String>, headers: HeaderMap) -> Self {
        Self {
            status,
            request_id,
            headers,
            etag: None,
            hash_crc64: None,
            version_id: None,
            upload_id: None,
            verified: Verified::No,
            callback: None,
            size: 0,
            part_size: 0,
            parts_sent: 0,
            parts_reused: 0,
            confirmed_by_head: false,
        }
    }

    /// The object, for an error that names it.
    pub(crate) fn into_object(self) -> StoredObject {
        StoredObject::new(self.etag, self.hash_crc64, self.version_id)
    }

    /// HTTP status as a number.
    pub fn status_code(&self) -> u16 {
        self.status.as_u16()
    }
}

/// What became of an upload callback. Whatever it is, the object is in place.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallbackOutcome {
    /// The callback succeeded; this is its response, byte for byte.
    Ok(#[serde(serialize_with = "oss_models::serialize::text")] Bytes),
    /// The callback failed.
    Failed {
        /// Code of the server, such as `CallbackFailed`.
        code: String,
        /// Prose of the server.
        message: String,
    },
    /// The response was lost with what it said about the callback; it may have been made or not.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_result_is_json_with_its_crc64_as_text() {
        let mut headers = HeaderMap::new();
        headers.insert("etag", HeaderValue::from_static("\"E\""));
        let mut result = UploadResult::of_response(StatusCode::OK, Some("R".to_owned()), headers);
        result.hash_crc64 = Some(Crc64::from_u64(u64::MAX));
        result.verified = Verified::PartsOnly;
        result.callback = Some(CallbackOutcome::Ok(Bytes::from_static(br#"{"a":1}"#)));
        let json = serde_json::to_value(&result).unwrap();
        let expected = serde_json::json!({
            "status": 200, "request_id": "R", "headers": {"etag": "\"E\""}, "etag": null,
            "hash_crc64": "18446744073709551615", "version_id": null, "upload_id": null, "verified": "parts_only",
            "callback": {"ok": "{\"a\":1}"}, "size": 0, "part_size": 0, "parts_sent": 0, "parts_reused": 0,
            "confirmed_by_head": false,
        });
        assert_eq!(json, expected);
    }
}
