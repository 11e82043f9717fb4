//! Who sent a request: signatures of both versions, in header and URL, tokens and the clock window.
//!
//! The signed text is rebuilt from what arrived with the building blocks of `oss-auth`, and signatures and tokens are compared in
//! constant time. Order of checks: clock, access key, token, signature.

use oss_auth::v1::query_names as v1_names;
use oss_auth::v4::{self, query_names as v4_names};

use crate::call::Caller;
use crate::core::Core;
use crate::error::{OssError, Outcome, code};
use crate::operation::Operation;
use crate::request::RequestHead;

mod checks;
mod policy;
mod v1;
mod v4_signature;

pub(crate) use policy::verify_form;

/// Identifies the sender of a request.
///
/// # Errors
/// As the service responds: skewed clock, unknown key, bad or expired token, wrong signature, expired URL.
pub(crate) fn caller(core: &Core, head: &RequestHead, operation: Operation) -> Outcome<Caller> {
    // A form is authenticated by its fields, and a preflight has no signature.
    if !core.settings.verify_signatures || matches!(operation, Operation::PostObject | Operation::OptionObject) {
        return Ok(Caller::Owner);
    }
    let header = head.headers.get(http::header::AUTHORIZATION);
    let in_v4_url = head.query.has(v4_names::SIGNATURE_VERSION) || head.query.has(v4_names::SIGNATURE);
    let in_v1_url = head.query.has(v1_names::SIGNATURE) || head.query.has(v1_names::ACCESS_KEY_ID);
    let Some(header) = header else {
        return match (in_v4_url, in_v1_url) {
            (true, _) => v4_signature::in_url(core, head),
            (false, true) => v1::in_url(core, head),
            (false, false) => Ok(Caller::Anonymous),
        };
    };
    let malformed = || OssError::from(code::INVALID_ARGUMENT).with("ArgumentName", "Authorization");
    if in_v4_url || in_v1_url {
        return Err(malformed().message("Only one of the header and the URL may carry a signature."));
    }
    if head.headers.get_all(http::header::AUTHORIZATION).iter().count() > 1 {
        return Err(malformed().message("The Authorization header is given twice."));
    }
    let text = header.to_str().map_err(|_| malformed())?;
    if text.starts_with(v4::ALGORITHM) {
        v4_signature::in_header(core, head, text)
    } else if let Some(authorization) = oss_auth::v1::Authorization::parse(text) {
        v1::in_header(core, head, &authorization)
    } else {
        Err(malformed().message("The Authorization header is not well-formed."))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;
    use crate::Emulator;

    /// Pieces that signature headers and parameters are made of, right and wrong.
    fn soup() -> impl Strategy<Value = String> {
        let pieces = [
            "OSS4-HMAC-SHA256",
            "OSS ",
            " ",
            "Credential=",
            "id/20260101/cn-hangzhou/oss/aliyun_v4_request",
            ",",
            "AdditionalHeaders=",
            "host;",
            "Signature=",
            "00ff",
            "id:",
            "=",
            "/",
            ";",
            "20260101T000000Z",
            "604801",
            "-1",
            "é",
            "\u{0}",
        ];
        proptest::collection::vec(prop::sample::select(pieces.to_vec()), 0..10).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_signature_header_or_parameter_is_let_in_or_makes_us_panic(
            authorization in proptest::option::of(soup()),
            date in proptest::option::of(soup()),
            parameters in proptest::collection::vec(
                (prop::sample::select([&v4_names::ALL[..], &v1_names::ALL[..]].concat()), soup()), 0..8),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let builder = Emulator::builder().credentials("id", "secret").without_listener();
            let emulator = runtime.block_on(builder.start()).unwrap();
            let pairs = parameters.iter().map(|(name, value)| (*name, value.as_str()));
            let target = format!("/demo/a?{}", oss_auth::encoding::encode_query(pairs));
            let mut request = http::Request::builder().uri(target).header("host", "localhost").body(()).unwrap();
            for (name, value) in [("authorization", &authorization), ("x-oss-date", &date)] {
                if let Some(value) = value.as_ref().and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok()) {
                    request.headers_mut().insert(name, value);
                }
            }
            let head = RequestHead::parse(&request.into_parts().0, &emulator.core.settings).unwrap();
            match caller(&emulator.core, &head, Operation::GetObject) {
                Ok(caller) => {
                    prop_assert_eq!(caller, Caller::Anonymous);
                    prop_assert!(!head.headers.contains_key("authorization"), "a header was overlooked");
                }
                Err(error) => prop_assert!(error.status.is_client_error()),
            }
        }
    }
}
