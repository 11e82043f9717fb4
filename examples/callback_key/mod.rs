//! How a program that accepts callbacks gets the key that OSS signs them with.

use anyhow::ensure;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use oss_auth::callback::{CallbackKey, KeyUrl};
use ossup::http::StatusCode;

/// Gets the key. This client follows no redirects, and a key is short.
pub(crate) async fn fetch(url: KeyUrl) -> anyhow::Result<CallbackKey> {
    let http = HttpClient::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let response = http.get(url.as_str().parse()?).await?;
    ensure!(response.status() == StatusCode::OK, "no key at {}: {}", url.as_str(), response.status());
    let pem = Limited::new(response.into_body(), 4096).collect().await.map_err(anyhow::Error::from_boxed)?.to_bytes();
    Ok(CallbackKey::from_pem(std::str::from_utf8(&pem)?)?)
}
