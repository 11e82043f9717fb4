//! Tests code that uploads without any server: a function takes the place of the HTTP client, or of the whole transport.
//!
//! ```text
//! cargo run --example in_memory_service
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use ossup::http::{self, HeaderValue, StatusCode, header};
use ossup::transport::WireBody;
use ossup::{BoxError, CallError, Client, Config, Crc64, PutObjectRequest, Request, Response, Uploader, Verified};

/// The code to be tested.
async fn save_report(uploader: &Uploader) -> anyhow::Result<Verified> {
    let result = uploader.upload_from(PutObjectRequest::new("reports", "2026.txt"), "all is well").await?;
    Ok(result.verified)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // 1. A function from HTTP request to HTTP response: signing, retries and limits are those of production.
    let http = tower::service_fn(|request: http::Request<WireBody>| async {
        let content = request.into_body().collect().await?.to_bytes();
        let response = http::Response::builder().header("ETag", "\"1\"");
        let response = response.header("x-oss-hash-crc64ecma", Crc64::of(&content).to_string());
        Ok::<_, BoxError>(response.body(Full::<Bytes>::default())?)
    });
    let client = Client::new(Config::default().region("cn-hangzhou").anonymous().http_service(http))?;
    let verified = save_report(&client.uploader()).await?;
    println!("over HTTP: {verified:?}");
    assert_eq!(verified, Verified::Crc64);

    // 2. A function from OSS request to OSS response: no transport at all, and requests that are easy to look at.
    let log = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&log);
    let service = tower::service_fn(move |request: Request| {
        seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(request.target().to_string());
        let response = Response::new(StatusCode::OK).with_header(header::ETAG, HeaderValue::from_static("\"1\""));
        std::future::ready(Ok::<_, CallError>(response))
    });
    let verified = save_report(&Uploader::new(service)).await?;
    let log = log.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    println!("over a function: {verified:?}, {log:?}");
    assert_eq!(verified, Verified::No, "this server returns no CRC64");
    assert_eq!(*log, ["PutObject oss://reports/2026.txt"]);
    Ok(())
}
