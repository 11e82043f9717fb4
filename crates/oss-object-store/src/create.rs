//! An object that is created if there is none: what a response, or the lack of one, says about who created it.
//!
//! `x-oss-forbid-overwrite` makes the creation atomic on the server. What it cannot do is to tell the writer of a request
//! whose response was lost that the object which is in the way is its own, since two writers may send the same bytes. So each
//! creation has a token of its own in the metadata of the object, and HeadObject tells whose token won.

use ossup::http::StatusCode;
use ossup::{CallError, Crc64, HeadObjectResult};

use crate::attributes::TOKEN;

/// Whose object is in place after a response was lost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// This writer's.
    Ours,
    /// This writer's, with other bytes than it sent.
    Damaged(Crc64),
    /// Another writer's.
    Theirs,
    /// No one's. An attempt whose response was lost may still be carried out.
    Missing,
    /// The server could not be asked.
    Unknown,
}

/// What HeadObject says of the object that was created with this token and, where it is known, this CRC64.
pub(crate) fn verdict(token: &str, crc64: Option<Crc64>, head: &Result<HeadObjectResult, CallError>) -> Verdict {
    match head {
        Ok(head) if head.metadata.value(TOKEN) != Some(token) => Verdict::Theirs,
        Ok(head) => match (head.hash_crc64, crc64) {
            (Some(stored), Some(sent)) if stored != sent => Verdict::Damaged(stored),
            _ => Verdict::Ours,
        },
        Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Verdict::Missing,
        Err(_) => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use ossup::http::{HeaderName, HeaderValue};
    use ossup::models::Operation as _;
    use ossup::{HeadObjectRequest, InvalidRequest, Response, ServiceError};

    use super::*;

    fn head(token: Option<&'static str>, crc64: &'static str) -> Result<HeadObjectResult, CallError> {
        let header = |name| HeaderName::from_static(name);
        let mut response =
            Response::new(StatusCode::OK).with_header(header("x-oss-hash-crc64ecma"), HeaderValue::from_static(crc64));
        if let Some(token) = token {
            response = response.with_header(header("x-oss-meta-ossup-create-token"), HeaderValue::from_static(token));
        }
        Ok(HeadObjectRequest::read(response).unwrap())
    }

    fn refused(status: u16) -> Result<HeadObjectResult, CallError> {
        let target = CallError::invalid("HeadObject", InvalidRequest::new("key", "")).target().clone();
        Err(CallError::new(target, ServiceError::new(StatusCode::from_u16(status).unwrap(), "X").into()))
    }

    #[test]
    fn the_token_tells_whose_object_is_in_place() {
        let sent = Some(Crc64::from_u64(7));
        for (head, expected) in [
            (head(Some("T"), "7"), Verdict::Ours),
            (head(Some("T"), "8"), Verdict::Damaged(Crc64::from_u64(8))),
            (head(Some("U"), "7"), Verdict::Theirs),
            (head(None, "7"), Verdict::Theirs),
            (refused(404), Verdict::Missing),
            (refused(403), Verdict::Unknown),
            (refused(503), Verdict::Unknown),
        ] {
            assert_eq!(verdict("T", sent, &head), expected, "{head:?}");
        }
        assert_eq!(verdict("T", None, &head(Some("T"), "8")), Verdict::Ours);
    }
}
