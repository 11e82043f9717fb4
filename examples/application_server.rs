//! An application server that OSS calls when an upload is done, and that accepts callbacks from OSS alone.
//!
//! ```text
//! cargo run --example application_server
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod callback_key;
mod local;

use std::convert::Infallible;
use std::future::ready;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::server::conn::http1;
use hyper_util::client::legacy::{Client as HttpClient, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use local::BUCKET;
use oss_auth::callback::CallbackLayer;
use ossup::http::{Request, Response, StatusCode, header};
use ossup::{Callback, CallbackBodyType, CallbackOutcome, Client, PutObjectRequest};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower::Layer as _;

type Http = HttpClient<HttpConnector, Full<Bytes>>;

const RESPONSE: &str = r#"{"Status":"OK"}"#;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let emulator = local::emulator().await?;
    let http: Http = HttpClient::builder(TokioExecutor::new()).build_http();
    let (received, mut callbacks) = mpsc::unbounded_channel();

    // What the server does with a callback. One that OSS did not sign never reaches it.
    let application = tower::service_fn(move |callback: Request<Full<Bytes>>| {
        let _ = received.send(callback);
        let mut response = Response::new(Full::<Bytes>::from(RESPONSE));
        response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        ready(Ok::<_, Infallible>(response))
    });

    // The check in front of it. The emulator signs with a key of its own, so this test trusts one more host; in
    // production `trust_key_host` has no place.
    let check = CallbackLayer::new(callback_key::fetch);
    let service = check.trust_key_host(emulator.endpoint().parse()?).layer(application);

    // The server: hyper here, but any that takes tower services will do.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/uploaded?app=1", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
        }
    });

    // An upload that asks for a callback. The uploader gets the server's response, byte for byte.
    let client = Client::new(local::config(&emulator))?;
    let callback = Callback::new(&url, r#"{"key":${object},"size":${size}}"#).body_type(CallbackBodyType::Json);
    let request = PutObjectRequest::new(BUCKET, "cat.jpg").callback(callback);
    let result = client.uploader().upload_from(request, "meow").await?;
    println!("callback: {:?}", result.callback);
    assert_eq!(result.callback, Some(CallbackOutcome::Ok(Bytes::from(RESPONSE))));

    // An attacker who overheard it sends the same again, with the same signature, but for another object.
    let mut forged = callbacks.recv().await.context("the callback came through")?;
    let body = forged.body_mut().collect().await?.to_bytes();
    assert_eq!(body, r#"{"key":"cat.jpg","size":4}"#);
    *forged.body_mut() = Full::from(r#"{"key":"dog.jpg","size":4}"#);
    *forged.uri_mut() = url.parse()?;
    let refused = http.request(forged).await?.status();
    println!("forged callback: {refused}");
    assert_eq!(refused, StatusCode::FORBIDDEN);
    assert!(callbacks.try_recv().is_err(), "the application has not seen it");
    Ok(())
}
