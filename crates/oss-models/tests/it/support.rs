//! Requests as text, and the requests that several tests are about.

use std::fmt::Write as _;

use expect_test::Expect;
use oss_models::*;

pub(crate) fn render(request: &Request) -> String {
    let mut text = format!("{} /", request.method);
    if let Some(bucket) = &request.bucket {
        let _ = write!(text, "{bucket}/");
    }
    if let Some(key) = &request.key {
        text.push_str(&percent::encode_path(key.as_str()));
    }
    for (n, (name, value)) in request.query.iter().enumerate() {
        // One to a line, or long lists of them would make lines that `rustfmt` folds and `expect!` cannot update.
        let _ = write!(text, "{}{}", if n == 0 { "?" } else { "\n  &" }, percent::encode(name));
        if !value.is_empty() {
            let _ = write!(text, "={}", percent::encode(value));
        }
    }
    let mut headers: Vec<_> =
        request.headers.iter().map(|(name, value)| format!("\n{name}: {}", value.to_str().unwrap())).collect();
    headers.sort();
    text.extend(headers);
    if let Some(body) = request.body.as_bytes() {
        let _ = write!(text, "\n\n{}", String::from_utf8_lossy(body));
    }
    text
}

pub(crate) fn check(operation: impl Operation, expected: Expect) {
    expected.assert_eq(&render(&operation.into_request().unwrap()));
}

pub(crate) fn refused(operation: impl Operation, expected: Expect) {
    expected.assert_eq(&operation.into_request().map(|_| ()).unwrap_err().to_string());
}

pub(crate) fn upload() -> UploadId {
    UploadId::new("ID/1").unwrap()
}

pub(crate) fn part(number: u16) -> PartNumber {
    PartNumber::new(number).unwrap()
}

pub(crate) fn full_put() -> PutObjectRequest {
    PutObjectRequest::new("demo", "a b/ü.jpg")
        .body("meow")
        .metadata([("Author", "me")])
        .content_type("image/x")
        .cache_control("no-cache")
        .content_disposition("attachment")
        .content_encoding("gzip")
        .expires("soon")
        .storage_class("IA")
        .acl(ObjectAcl::PublicRead)
        .server_side_encryption(ServerSideEncryption::Kms)
        .server_side_data_encryption(ServerSideDataEncryption::Sm4)
        .server_side_encryption_key_id("k1")
        .tagging(Tagging::new().tag("a&b", "c d").tag("e", ""))
        .forbid_overwrite(true)
        .traffic_limit(245_760)
        .request_payer(RequestPayer::Requester)
        .callback(Callback::new("http://h", "b"))
        .callback_var(CallbackVars::new().var("x:a", "1"))
        .object_worm_mode(ObjectWormMode::Governance)
        .object_worm_retain_until_date("2026-10-10T00:00:00.000Z")
        .object_worm_legal_hold("ON")
        .content_md5("1B2M2Y8AsgTpgAmY7PhCfg==")
        .header("x-oss-new", "1")
        .query("new", "2 3")
}

/// A service that gives each request to `respond`.
pub(crate) fn service<F>(respond: F) -> impl tower_service::Service<Request, Response = Response, Error = CallError>
where
    F: FnMut(Request) -> Result<Response, CallError>,
{
    Respond(respond)
}

struct Respond<F>(F);

impl<F: FnMut(Request) -> Result<Response, CallError>> tower_service::Service<Request> for Respond<F> {
    type Response = Response;
    type Error = CallError;
    type Future = std::future::Ready<Result<Response, CallError>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), CallError>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        std::future::ready((self.0)(request))
    }
}
