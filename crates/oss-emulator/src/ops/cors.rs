//! CORS: the rules of a bucket, preflights, and what responses to cross-origin requests say.

use http::Method;

use super::bucket::change;
use crate::body::RequestBody;
use crate::call::Call;
use crate::core::Core;
use crate::cors::{CorsConfiguration, MAX_DOCUMENT};
use crate::error::{OssError, Outcome, code};
use crate::request::RequestHead;
use crate::response::OssResponse;
use crate::store::records::BucketRecord;

/// PutBucketCors.
pub(super) async fn put(call: &Call, body: &mut RequestBody) -> Outcome<OssResponse> {
    let document = body.document(MAX_DOCUMENT).await?;
    let configuration = CorsConfiguration::parse(&document)?;
    let response = change(call, move |record| record.cors = Some(configuration)).await?;
    call.core.note_cors();
    Ok(response)
}

/// GetBucketCors.
pub(super) fn get(bucket: &BucketRecord) -> Outcome<OssResponse> {
    match &bucket.cors {
        Some(configuration) => Ok(OssResponse::xml(configuration.to_xml())),
        None => Err(code::NO_SUCH_CORS_CONFIGURATION.into()),
    }
}

/// DeleteBucketCors.
pub(super) async fn delete(call: &Call) -> Outcome<OssResponse> {
    change(call, |record| record.cors = None).await?;
    Ok(OssResponse::no_content())
}

/// OptionObject: the preflight of a browser.
pub(super) fn preflight(call: &Call, bucket: Option<&BucketRecord>) -> Outcome<OssResponse> {
    let needed = |name: &str| {
        let value = call.head.header(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| {
            OssError::from(code::BAD_REQUEST)
                .message(format!("Insufficient information. {name} request header needed."))
        })
    };
    let (origin, method) = (needed("Origin")?, needed("Access-Control-Request-Method")?);
    let headers: Vec<String> = call
        .head
        .headers
        .get_all("access-control-request-headers")
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let configurations: Vec<_> = configurations(&call.core, bucket).collect();
    if configurations.is_empty() {
        return Err(OssError::from(code::ACCESS_FORBIDDEN));
    }
    let rule = configurations.iter().find_map(|configuration| configuration.allows(origin, method, &headers));
    let rule = rule.ok_or_else(|| {
        OssError::from(code::ACCESS_FORBIDDEN).message(
            "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of Origin, request \
             method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the \
             resource's CORS spec.",
        )
    })?;
    let mut response = OssResponse::ok().with("content-length", "0");
    for (name, value) in rule.response_headers(origin) {
        response.set(name, value);
    }
    if !headers.is_empty() {
        response.set("access-control-allow-headers", headers.join(", "));
    }
    Ok(response)
}

/// The rules that count for a bucket: its own, then those of the builder.
fn configurations<'a>(core: &'a Core, bucket: Option<&'a BucketRecord>) -> impl Iterator<Item = &'a CorsConfiguration> {
    bucket.and_then(|bucket| bucket.cors.as_ref()).into_iter().chain(&core.settings.cors)
}

/// Adds what a response to a cross-origin request says to the page that made it, whatever became of the request.
pub(crate) async fn add_headers(core: &Core, head: Option<&RequestHead>, response: &mut OssResponse) {
    let Some(head) = head.filter(|_| core.has_cors()) else { return };
    let bucket = match head.bucket.clone() {
        Some(name) => core.store.run(move |store| store.read(|txn| txn.bucket(&name))).await.unwrap_or_default(),
        None => None,
    };
    let mut configurations = configurations(core, bucket.as_ref()).peekable();
    if configurations.peek().is_some_and(|configuration| configuration.response_vary) {
        response.set("vary", "Origin");
    }
    let Some(origin) = head.header("origin").filter(|_| head.method != Method::OPTIONS) else { return };
    if let Some(rule) = configurations.find_map(|configuration| configuration.allows(origin, head.method.as_str(), &[]))
    {
        for (name, value) in rule.response_headers(origin) {
            response.set(name, value);
        }
    }
}
