//! A page that uploads from the browser straight to a bucket, and the application server behind it.
//!
//! The server signs a form for one object; the browser sends the file with it to OSS, which calls the server back; what the
//! server responds is what the page gets. The file never passes the server, and the page never sees a key. The bucket needs a
//! CORS rule for the page's origin with the method POST: an emulator has it by `--cors-allow-origin`.
//!
//! ```text
//! export OSS_ACCESS_KEY_ID=id OSS_ACCESS_KEY_SECRET=secret
//! ossup serve --dir ./oss-data --cors-allow-origin http://127.0.0.1:8000 &
//! cargo run --example browser_upload -- --region cn-hangzhou --bucket demo \
//!     --endpoint http://127.0.0.1:9000 --key-host http://127.0.0.1:9000
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod callback_key;

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::Parser;
use oss_auth::callback::{CallbackLayer, KeyHost};
use ossup::Credentials;
use ossup::auth::credentials::Environment;
use ossup::auth::{PostPolicy, Product, V4Signer};
use ossup::transport::{Endpoint, RegionHost};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const PAGE: &str = include_str!("browser_upload/page.html");
/// How long a form can be used.
const LIFETIME: Duration = Duration::from_secs(600);
/// What a file may have at most, in bytes. OSS refuses a longer one.
const MAX_SIZE: u64 = 100 << 20;
/// What OSS tells the server; it writes strings with their quotes.
const CALLBACK_BODY: &str = r#"{"key":${object},"size":${size},"crc64":${crc64},"ticket":${x:ticket}}"#;

#[derive(Parser)]
struct Arguments {
    /// The region in which the bucket is located.
    #[arg(long)]
    region: String,
    /// The name of the bucket.
    #[arg(long)]
    bucket: String,
    /// Where browsers reach OSS; by default the public endpoint of the region.
    #[arg(long)]
    endpoint: Option<String>,
    /// The port of the page; 0 picks a free one.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Where OSS reaches this server. Without it only an emulator on this machine can.
    #[arg(long)]
    public_url: Option<String>,
    /// A host that may give the key of callbacks besides OSS's own: the endpoint of an emulator. None in production.
    #[arg(long)]
    key_host: Option<KeyHost>,
}

struct Application {
    signer: V4Signer,
    credentials: Credentials,
    bucket: String,
    bucket_url: String,
    callback_url: String,
    /// The forms that were given out, by their tickets: the key of each, and its end.
    forms: Mutex<HashMap<String, (String, SystemTime)>>,
}

impl Application {
    /// A form with which the browser uploads one object, under a key that the server chooses.
    fn form(&self, file_name: &str) -> anyhow::Result<Value> {
        let file_name = file_name.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or("unnamed");
        let key = format!("uploads/{}/{file_name}", random()?);
        let ticket = random()?;
        let callback = json!({
            "callbackUrl": self.callback_url,
            "callbackBody": CALLBACK_BODY,
            "callbackBodyType": "application/json",
        });
        let callback = BASE64_STANDARD.encode(callback.to_string());

        let now = SystemTime::now();
        // Without the condition on the callback, a page could leave it out and upload unnoticed.
        let policy = PostPolicy::new(now + LIFETIME)
            .equal("bucket", &self.bucket)
            .equal("key", &key)
            .equal("callback", &callback)
            .content_length_range(0, MAX_SIZE);
        let signed = self.signer.sign_post_policy(&policy, &self.credentials, now)?;
        let own = [("key", key.clone()), ("callback", callback), ("x:ticket", ticket.clone())];
        let fields: Vec<_> = own.iter().chain(signed.fields()).collect();

        let mut forms = self.forms.lock().unwrap_or_else(PoisonError::into_inner);
        forms.retain(|_, (_, end)| *end > now);
        forms.insert(ticket, (key, now + LIFETIME));
        Ok(json!({ "url": self.bucket_url, "fields": fields }))
    }

    /// Whether this object came by a form of this server, which counts once.
    fn accept(&self, uploaded: &Uploaded) -> bool {
        let mut forms = self.forms.lock().unwrap_or_else(PoisonError::into_inner);
        forms.remove(&uploaded.ticket).is_some_and(|(key, _)| key == uploaded.key)
    }
}

/// 128 bits that no one can guess.
fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// A callback, filled in by OSS.
#[derive(Deserialize)]
struct Uploaded {
    key: String,
    size: u64,
    crc64: String,
    ticket: String,
}

/// `POST /form` with the name of the file. In production, only for users who are logged in.
async fn form(State(application): State<Arc<Application>>, file_name: String) -> impl IntoResponse {
    match application.form(&file_name) {
        Ok(form) => (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], form.to_string()),
        Err(error) => {
            let text = [(header::CONTENT_TYPE, "text/plain")];
            (StatusCode::INTERNAL_SERVER_ERROR, text, format!("the form could not be signed: {error}"))
        }
    }
}

/// `POST /uploaded`: what OSS calls once the object is stored. The page gets this response.
async fn uploaded(State(application): State<Arc<Application>>, body: String) -> impl IntoResponse {
    let json = [(header::CONTENT_TYPE, "application/json")];
    match serde_json::from_str::<Uploaded>(&body) {
        // Here an application remembers whose object this is.
        Ok(object) if application.accept(&object) => {
            let response = json!({ "key": object.key, "size": object.size, "crc64": object.crc64 });
            (StatusCode::OK, json, response.to_string())
        }
        Ok(_) => (StatusCode::FORBIDDEN, json, json!({ "error": "no form was given out for this object" }).to_string()),
        Err(error) => (StatusCode::BAD_REQUEST, json, json!({ "error": error.to_string() }).to_string()),
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await.context("the port of the page")?;
    let page = format!("http://{}", listener.local_addr()?);

    let endpoint = match &arguments.endpoint {
        Some(endpoint) => Endpoint::parse(endpoint)?,
        None => Endpoint::of_region(&arguments.region, RegionHost::Public)?,
    };
    let path = if endpoint.is_path_style() { format!("{}/", arguments.bucket) } else { String::new() };
    let bucket_url = format!("{}://{}/{path}", endpoint.scheme(), endpoint.authority(Some(&arguments.bucket)));
    let application = Application {
        signer: V4Signer::new(&arguments.region, Product::OSS)?,
        credentials: Environment::process().oss_credentials()?,
        bucket: arguments.bucket,
        bucket_url,
        callback_url: format!("{}/uploaded", arguments.public_url.as_ref().unwrap_or(&page)),
        forms: Mutex::default(),
    };

    // Only what OSS signed reaches `uploaded`.
    let mut check = CallbackLayer::new(callback_key::fetch);
    if let Some(host) = arguments.key_host {
        check = check.trust_key_host(host);
    }
    let routes = Router::new()
        .route("/uploaded", post(uploaded))
        .layer(check)
        .route("/", get(Html(PAGE)))
        .route("/form", post(form))
        .with_state(Arc::new(application));
    println!("page: {page}/");
    axum::serve(listener, routes).await?;
    Ok(())
}
