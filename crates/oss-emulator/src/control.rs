//! The control port: faults, history and clock over HTTP, on a listener of its own that is always on loopback.
//!
//! | request | effect |
//! |---|---|
//! | `GET /` | endpoint and region |
//! | `GET /faults`, `POST /faults`, `DELETE /faults` | list the rules in force; add one rule or a list; remove all |
//! | `GET /history`, `DELETE /history` | list the latest requests; empty the history |
//! | `PUT /synthetic` with `{"bucket": "demo", "count": 1000000, "folders": 1000}` | list synthetic objects in a bucket |
//! | `PUT /clock` with `{"offset_seconds": -3600}` | shift the server's clock |

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;

use crate::core::Core;
use crate::fault::Fault;
use crate::synthetic::SyntheticObjects;

const MAX_BODY: usize = 1024 * 1024;

/// Serves the control port until the server stops.
pub(crate) async fn listen(core: Arc<Core>, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let service_core = Arc::clone(&core);
        let service = service_fn(move |request| {
            let core = Arc::clone(&service_core);
            async move { Ok::<_, Infallible>(respond(&core, request).await) }
        });
        drop(core.tasks.spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        }));
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Fault),
    Many(Vec<Fault>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    offset_seconds: i64,
}

#[derive(Deserialize)]
struct Synthetic {
    bucket: String,
    #[serde(flatten)]
    objects: SyntheticObjects,
}

async fn respond(core: &Core, request: Request<Incoming>) -> Response<Full<Bytes>> {
    if !is_local_host(&request) {
        return reply(StatusCode::FORBIDDEN, &json!({"error": "the Host is not a loopback address or localhost"}));
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return reply(StatusCode::PAYLOAD_TOO_LARGE, &json!({"error": "the body is too long"}));
    };
    let body = body.to_bytes();
    let done = || reply(StatusCode::OK, &json!({"ok": true}));
    let bad = |error: serde_json::Error| reply(StatusCode::BAD_REQUEST, &json!({"error": error.to_string()}));
    match (parts.method, parts.uri.path()) {
        (Method::GET, "/") => {
            reply(StatusCode::OK, &json!({"endpoint": core.endpoint(), "region": core.settings.region}))
        }
        (Method::GET, "/faults") => reply(StatusCode::OK, &json!(core.faults.all())),
        (Method::POST, "/faults") => match serde_json::from_slice(&body) {
            Ok(OneOrMany::One(fault)) => {
                core.faults.add(fault);
                done()
            }
            Ok(OneOrMany::Many(faults)) => {
                faults.into_iter().for_each(|fault| core.faults.add(fault));
                done()
            }
            Err(error) => bad(error),
        },
        (Method::DELETE, "/faults") => {
            core.faults.clear();
            done()
        }
        (Method::GET, "/history") => reply(StatusCode::OK, &json!(core.history.all())),
        (Method::DELETE, "/history") => {
            core.history.clear();
            done()
        }
        (Method::PUT, "/clock") => match serde_json::from_slice::<ClockChange>(&body) {
            Ok(change) => {
                core.clock.set_offset(SignedDuration::from_secs(change.offset_seconds));
                done()
            }
            Err(error) => bad(error),
        },
        (Method::PUT, "/synthetic") => match serde_json::from_slice::<Synthetic>(&body) {
            Ok(Synthetic { bucket, objects }) => match core.set_synthetic_objects(&bucket, objects) {
                Ok(()) => done(),
                Err(error) => reply(StatusCode::BAD_REQUEST, &json!({"error": error.to_string()})),
            },
            Err(error) => bad(error),
        },
        _ => reply(StatusCode::NOT_FOUND, &json!({"error": "unknown"})),
    }
}

/// A web page must not reach this port: neither under a host name of its own nor across origins.
fn is_local_host(request: &Request<Incoming>) -> bool {
    let Some(host) = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
    let is_loopback = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let is_from_page = request.headers().contains_key(header::ORIGIN);
    !is_from_page && (is_loopback || name == "localhost")
}

fn reply(status: StatusCode, body: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
