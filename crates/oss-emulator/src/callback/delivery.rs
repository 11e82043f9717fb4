//! Delivers a callback, to loopback only, and turns its response into the response of the upload.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::target::Target;
use super::template::Value;
use super::{Callback, Uploaded, tls};
use crate::call::Call;
use crate::core::{CallbackKey, KEY_PATH};
use crate::error::{OssError, code};
use crate::response::{ErrorContext, OssResponse, ResponseBody};

/// From the connection to the last byte of the response.
const TIME_LIMIT: Duration = Duration::from_secs(5);
const MAX_RESPONSE: usize = 1024 * 1024;

/// Makes the callback and returns the response to the upload: the callback's JSON, or 203 with the reason. The object stays
/// either way.
pub(crate) async fn deliver(call: &Call, callback: &Callback, uploaded: &Uploaded, stored: OssResponse) -> OssResponse {
    let body = callback.body.fill(callback.is_json, |name| variable(call, callback, uploaded, name));
    let mut reason = String::new();
    for target in callback.urls.iter().filter_map(|url| Target::parse(url)) {
        // Boxed: it is most of what the future of any operation would hold, and few make callbacks.
        let attempt = timeout(TIME_LIMIT, Box::pin(attempt(call, callback, &target, &body))).await;
        match attempt.unwrap_or_else(|_| Err("did not respond within 5 seconds".to_owned())) {
            Ok(response) => {
                return OssResponse { body: ResponseBody::bytes(response), ..stored }
                    .with("content-type", "application/json");
            }
            Err(cause) => reason = cause,
        }
    }
    let error = OssError::from(code::CALLBACK_FAILED).message(format!("Error status : the callback server {reason}."));
    let context = ErrorContext { request_id: call.request_id.clone(), host: call.head.host.clone(), is_head: false };
    let failed = OssResponse::error(&error, &context);
    let mut headers = stored.headers;
    headers.extend(failed.headers);
    OssResponse { status: failed.status, headers, body: failed.body }
}

fn variable(call: &Call, callback: &Callback, uploaded: &Uploaded, name: &str) -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    match name {
        "bucket" => text(call.head.bucket.as_deref().unwrap_or_default()),
        "object" => text(call.head.key.as_deref().unwrap_or_default()),
        "etag" => text(&uploaded.etag),
        "size" => Value::Number(uploaded.size),
        "mimeType" => text(&uploaded.mime_type),
        "crc64" => Value::Text(uploaded.crc64.map(|crc| crc.to_string()).unwrap_or_default()),
        "contentMd5" => Value::Text(uploaded.content_md5.clone().unwrap_or_default()),
        "clientIp" => Value::Text(call.peer.map(|peer| peer.ip().to_string()).unwrap_or_default()),
        "reqId" => text(&call.request_id),
        "operation" => text(call.operation.name()),
        custom => {
            let found = callback.variables.iter().find(|(name, _)| name == custom);
            Value::Text(found.map(|(_, value)| value.clone()).unwrap_or_default())
        }
    }
}

async fn attempt(call: &Call, callback: &Callback, target: &Target, body: &str) -> Result<Bytes, String> {
    let address = resolve(call, target).await?;
    let stream = TcpStream::connect(address).await.map_err(|error| format!("could not be reached: {error}"))?;
    if target.is_https {
        let stream = tls::connect(&call.core, stream, &target.host, callback.sends_name).await?;
        converse(call, callback, target, body, stream).await
    } else {
        converse(call, callback, target, body, stream).await
    }
}

async fn converse(
    call: &Call,
    callback: &Callback,
    target: &Target,
    body: &str,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<Bytes, String> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| format!("could not be reached: {error}"))?;
    let connection = tokio::spawn(connection);
    let result = async {
        let request = request(call, callback, target, body).await.map_err(|error| error.message.to_string())?;
        let response = sender.send_request(request).await.map_err(|error| format!("broke the connection: {error}"))?;
        read(response).await
    }
    .await;
    connection.abort();
    result
}

/// The address, checked after resolving, so that a name cannot lead to a forbidden one.
async fn resolve(call: &Call, target: &Target) -> Result<SocketAddr, String> {
    let addresses = tokio::net::lookup_host((target.host.as_str(), target.port))
        .await
        .map_err(|error| format!("has a name that cannot be resolved: {error}"))?;
    let allowed = !call.core.settings.refuse_loopback_callbacks;
    addresses
        .into_iter()
        .find(|address| allowed && address.ip().is_loopback())
        .ok_or_else(|| "has an address that is not allowed".to_owned())
}

async fn request(
    call: &Call,
    callback: &Callback,
    target: &Target,
    body: &str,
) -> Result<Request<Full<Bytes>>, OssError> {
    let key = call.core.callback_key.get_or_try_init(CallbackKey::generate).await?;
    let query = target.uri.query();
    let signature = key.sign(target.path(), query, body)?;
    let key_url = STANDARD.encode(format!("{}{KEY_PATH}", call.core.endpoint()));
    let path_and_query = query.map_or_else(|| target.path().to_owned(), |query| format!("{}?{query}", target.path()));
    let default_host = target.uri.authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default();
    Request::builder()
        .method(Method::POST)
        .uri(path_and_query)
        .header(header::HOST, callback.host.clone().unwrap_or(default_host))
        .header(header::CONTENT_TYPE, callback.content_type())
        .header(header::CONNECTION, "close")
        .header(header::USER_AGENT, "http-client/0.0.1")
        .header(header::AUTHORIZATION, signature)
        .header("x-oss-pub-key-url", key_url)
        .body(Full::from(body.to_owned()))
        .map_err(OssError::internal)
}

async fn read(response: http::Response<hyper::body::Incoming>) -> Result<Bytes, String> {
    if response.status() != StatusCode::OK {
        return Err(format!("responded {}", response.status().as_u16()));
    }
    if !response.headers().contains_key(header::CONTENT_LENGTH) {
        return Err("responded without Content-Length".to_owned());
    }
    let mut body = response.into_body();
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| format!("broke off its response: {error}"))?;
        if let Some(data) = frame.data_ref() {
            if bytes.len() + data.len() > MAX_RESPONSE {
                return Err("responded with more than 1 MB".to_owned());
            }
            bytes.extend_from_slice(data);
        }
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(&bytes) {
        Ok(_) => Ok(bytes.freeze()),
        Err(_) => Err("responded with something that is not JSON".to_owned()),
    }
}
