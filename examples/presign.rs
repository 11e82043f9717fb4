//! Makes URLs with which anyone can store and read one object for ten minutes, and uses them with a plain HTTP client.
//!
//! ```text
//! cargo run --example presign
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod local;

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use local::BUCKET;
use ossup::{Client, GetObjectRequest, Presigned, PutObjectRequest, http};

const LIFETIME: Duration = Duration::from_secs(600);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let emulator = local::emulator().await?;
    let client = Client::new(local::config(&emulator))?;

    // The request of any operation becomes a URL. Nothing is sent for that.
    let put = PutObjectRequest::new(BUCKET, "cat.txt").content_type("text/plain");
    let put = client.presign(put, LIFETIME).await?;
    let get = client.presign(GetObjectRequest::new(BUCKET, "cat.txt"), LIFETIME).await?;

    // From here on there are no credentials: a browser or another machine could do this.
    let stored = send(&put, "meow").await?;
    let read = send(&get, "").await?;

    println!("stored: {}, read: {}", stored.status(), read.status());
    assert_eq!(read.headers().get("content-type").map(|value| value.as_bytes()), Some(b"text/plain".as_slice()));
    assert_eq!(read.into_body(), "meow");
    Ok(())
}

/// Sends what was signed: the method, the URL as it is, and the headers that the signature covers.
async fn send(signed: &Presigned, content: &'static str) -> anyhow::Result<http::Response<bytes::Bytes>> {
    let mut request = http::Request::new(Full::<bytes::Bytes>::from(content));
    *request.method_mut() = signed.method().clone();
    *request.uri_mut() = signed.url().parse()?;
    *request.headers_mut() = signed.signed_headers().clone();
    let response = HttpClient::builder(TokioExecutor::new()).build_http().request(request).await?;
    let (head, body) = response.into_parts();
    Ok(http::Response::from_parts(head, body.collect().await?.to_bytes()))
}
