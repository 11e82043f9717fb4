//! The network goes away for a while, in simulated time: uploads resume afterwards, and retries add little load meanwhile.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use ossup::http::{self, Method, Request, StatusCode};
use ossup::transport::WireBody;
use ossup::{BoxError, Client, Config, Crc64, PutObjectRequest, Uploader, Verified};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower::ServiceExt as _;

use crate::support::{PART, bytes};

/// How long the service takes for a response.
const LATENCY: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug)]
enum Away {
    /// Connections break at once.
    Breaks,
    /// Nothing ever comes back.
    Swallows,
}

/// A service in place of the HTTP client that stores objects and is away for a while.
#[derive(Clone)]
struct Oss(Arc<Inner>);

struct Inner {
    begin: Instant,
    away: Range<Duration>,
    how: Away,
    /// Requests that began before the network went away, and while it was.
    before: AtomicUsize,
    meanwhile: AtomicUsize,
    /// Requests that got no response.
    lost: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ids: usize,
    uploads: HashMap<String, BTreeMap<u16, Part>>,
    objects: HashMap<String, Part>,
}

#[derive(Clone, Copy)]
struct Part {
    crc64: Crc64,
    len: u64,
}

impl Oss {
    fn new(away: Range<u64>, how: Away) -> Self {
        Self(Arc::new(Inner {
            begin: Instant::now(),
            away: Duration::from_secs(away.start)..Duration::from_secs(away.end),
            how,
            before: AtomicUsize::new(0),
            meanwhile: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
            state: Mutex::default(),
        }))
    }

    fn client(&self, config: Config) -> Client {
        let this = self.clone();
        let http = tower::service_fn(move |request| this.clone().respond(request));
        Client::new(config.region("cn-hangzhou").anonymous().http_service(http)).unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.0.begin.elapsed()
    }

    fn is_away(&self) -> bool {
        self.0.away.contains(&self.elapsed())
    }

    async fn away(&self) -> BoxError {
        self.0.lost.fetch_add(1, Relaxed);
        if let Away::Swallows = self.0.how {
            std::future::pending::<()>().await;
        }
        "the network is away".into()
    }

    async fn respond(self, request: Request<WireBody>) -> Result<http::Response<Full<Bytes>>, BoxError> {
        if self.elapsed() < self.0.away.start {
            self.0.before.fetch_add(1, Relaxed);
        }
        if self.is_away() {
            self.0.meanwhile.fetch_add(1, Relaxed);
            return Err(self.away().await);
        }
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        tokio::time::sleep(LATENCY).await;
        if self.is_away() {
            return Err(self.away().await);
        }
        let query: HashMap<_, _> = head
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .collect();
        Ok(self.state().carry_out(&head.method, head.uri.path(), &query, &body))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn carry_out(
        &mut self,
        method: &Method,
        key: &str,
        query: &HashMap<&str, &str>,
        body: &[u8],
    ) -> http::Response<Full<Bytes>> {
        let sent = Part { crc64: Crc64::of(body), len: body.len() as u64 };
        match (method, query.get("uploadId")) {
            (&Method::POST, None) => {
                self.ids += 1;
                let id = format!("U{}", self.ids);
                self.uploads.insert(id.clone(), BTreeMap::new());
                respond(
                    format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"),
                    None,
                )
            }
            (&Method::PUT, None) => {
                self.objects.insert(key.to_owned(), sent);
                respond(String::new(), Some(sent))
            }
            (&Method::HEAD, None) => {
                self.objects.get(key).map_or_else(missing, |object| respond(String::new(), Some(*object)))
            }
            (method, Some(id)) if self.uploads.contains_key(*id) => {
                let parts = self.uploads.entry((*id).to_owned()).or_default();
                match *method {
                    Method::PUT => {
                        parts.insert(query["partNumber"].parse().unwrap(), sent);
                        respond(String::new(), Some(sent))
                    }
                    Method::POST => {
                        let none = Part { crc64: Crc64::EMPTY, len: 0 };
                        let whole = parts.values().fold(none, |whole, part| Part {
                            crc64: whole.crc64.combine(part.crc64, part.len),
                            len: whole.len + part.len,
                        });
                        self.uploads.remove(*id);
                        self.objects.insert(key.to_owned(), whole);
                        let document =
                            "<CompleteMultipartUploadResult><ETag>\"1\"</ETag></CompleteMultipartUploadResult>";
                        respond(document.to_owned(), Some(whole))
                    }
                    Method::GET => respond("<ListPartsResult/>".to_owned(), None),
                    _ => {
                        self.uploads.remove(*id);
                        respond(String::new(), None)
                    }
                }
            }
            _ => missing(),
        }
    }
}

fn respond(document: String, stored: Option<Part>) -> http::Response<Full<Bytes>> {
    let mut response = http::Response::new(Full::from(document));
    if let Some(Part { crc64, len }) = stored {
        let headers = response.headers_mut();
        headers.insert("etag", "\"1\"".parse().unwrap());
        headers.insert("x-oss-hash-crc64ecma", crc64.to_string().parse().unwrap());
        headers.insert("content-length", len.into());
    }
    response
}

fn missing() -> http::Response<Full<Bytes>> {
    let mut response = http::Response::new(Full::from("<Error><Code>NoSuchUpload</Code></Error>"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Rows: R58, R60, R66.
#[tokio::test(start_paused = true)]
async fn uploads_outlive_a_network_that_is_cut_for_half_a_minute() {
    for how in [Away::Breaks, Away::Swallows] {
        let oss = Oss::new(10..40, how);
        let client = oss.client(Config::default());
        let mut uploads = JoinSet::new();
        for n in 0..3 {
            let client = client.clone();
            let (uploader, oss) = (client.uploader(), oss.clone());
            uploads.spawn(async move {
                let content = bytes(30 * PART);
                let request = PutObjectRequest::new("demo", format!("large-{n}"));
                let result =
                    client.uploader().upload_from(request, content.clone()).part_size(PART as u64).await.unwrap();
                assert_eq!((result.verified, result.hash_crc64), (Verified::Crc64, Some(Crc64::of(&content))));
            });
            uploads.spawn(async move {
                for m in 0.. {
                    if oss.elapsed() > Duration::from_secs(60) {
                        return;
                    }
                    let request = PutObjectRequest::new("demo", format!("small-{n}-{m}"));
                    assert_eq!(uploader.upload_from(request, bytes(9)).await.unwrap().verified, Verified::Crc64);
                }
            });
        }
        uploads.join_all().await;
        assert!(oss.elapsed() > oss.0.away.end && oss.0.lost.load(Relaxed) > 0, "{how:?}: nothing was lost in the cut");
        let state = oss.state();
        assert!(state.uploads.is_empty() && (0..3).all(|n| state.objects.contains_key(&format!("/large-{n}"))));
    }
}

/// Rows: R66.
#[tokio::test(start_paused = true)]
async fn without_network_retries_add_at_most_a_tenth_to_the_load() {
    for how in [Away::Breaks, Away::Swallows] {
        let oss = Oss::new(60..1860, how);
        let client = oss.client(Config::default().max_attempts(5));
        // What the upload manager asks for: each is a call, whose first attempt is no added load.
        let calls = Arc::new(AtomicUsize::new(0));
        let (counted, clock) = (Arc::clone(&calls), oss.clone());
        let uploader = Uploader::new(client.transport().clone().map_request(move |request: ossup::Request| {
            counted.fetch_add(usize::from(clock.is_away()), Relaxed);
            request
        }));
        let mut workers = JoinSet::new();
        let (small, large) = (bytes(9), bytes(3 * PART));
        for n in 0..40 {
            let (uploader, oss) = (uploader.clone(), oss.clone());
            let content = Bytes::from(if n % 2 == 0 { small.clone() } else { large.clone() });
            workers.spawn(async move {
                while oss.elapsed() < oss.0.away.end {
                    let request = PutObjectRequest::new("demo", format!("{n}"));
                    let upload = uploader.upload_from(request, content.clone()).part_size(PART as u64);
                    // The caller continues with the next file.
                    let _ = tokio::time::timeout_at(oss.0.begin + oss.0.away.end, upload).await;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
        }
        workers.join_all().await;
        let (calls, requests) = (calls.load(Relaxed), oss.0.meanwhile.load(Relaxed));
        assert!(calls > 1000, "{how:?}: {calls} calls");
        assert!(requests * 10 <= calls * 11, "{how:?}: {requests} requests for {calls} calls");
        let usual = oss.0.before.load(Relaxed) * 30;
        assert!(requests * 10 <= usual * 11, "{how:?}: {requests} requests where {usual} are usual");
    }
}
