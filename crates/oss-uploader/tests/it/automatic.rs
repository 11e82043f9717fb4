//! `ParallelNum::Auto` against every fixed number, over networks that exist in the clock only.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use oss_models::{CallError, CallErrorKind, Crc64, Request, Response, Sent, ServiceError};
use oss_uploader::{ParallelNum, Source, Uploader};
use tokio::time::{Instant, sleep, sleep_until};
use tower::service_fn;

use crate::fake::request;

const MIB: u64 = 1 << 20;
const PART: u64 = 6 * MIB;

/// A network, and a server that stores nothing.
#[derive(Clone, Copy, Debug)]
struct Network {
    /// How long each request takes beside its bytes.
    latency: Duration,
    /// Bytes per second on one connection.
    per_connection: u64,
    /// Bytes that a connection takes at once, before its rate shows.
    buffer: u64,
    /// Bytes per second on all connections, where they begin.
    total: u64,
    /// With more parts in flight the server asks for less.
    refuses_above: usize,
}

/// Connections that are slow, and only they.
const SLOW_CONNECTIONS: Network = Network {
    latency: Duration::from_millis(20),
    per_connection: 20 * MIB,
    buffer: 0,
    total: 8192 * MIB,
    refuses_above: usize::MAX,
};

#[derive(Debug, Default)]
struct Load {
    /// When what was sent so far has left.
    free: Option<Instant>,
    in_flight: usize,
    most_in_flight: usize,
    refused: u32,
}

#[derive(Clone)]
struct Link {
    network: Network,
    load: Arc<Mutex<Load>>,
}

impl Link {
    fn new(network: Network) -> Self {
        Self { network, load: Arc::default() }
    }

    /// Sends so many bytes at `parallel_num`; how long that takes.
    async fn upload(&self, bytes: u64, parallel_num: impl Into<ParallelNum>) -> Duration {
        let content = Bytes::from(vec![0; usize::try_from(bytes).unwrap()]);
        let uploader = self.uploader().part_size(PART).parallel_num(parallel_num);
        let began = Instant::now();
        let result = uploader.upload_from(request(), Source::from(content)).await.unwrap();
        assert_eq!(result.size, bytes);
        began.elapsed()
    }

    async fn part(&self, request: Request) -> Result<Response, CallError> {
        let refused = {
            let mut load = self.load.lock().unwrap();
            load.in_flight += 1;
            load.most_in_flight = load.most_in_flight.max(load.in_flight);
            load.in_flight > self.network.refuses_above
        };
        let _leave = Leave(self.load.clone());
        if refused {
            self.load.lock().unwrap().refused += 1;
            let refusal = ServiceError::new(StatusCode::SERVICE_UNAVAILABLE, "SlowDown");
            return Err(CallError::new(request.target(), CallErrorKind::Service(refusal.into())));
        }
        let mut body = request.body.open().unwrap();
        let mut len = 0;
        let mut arrived = Instant::now();
        while let Some(frame) = body.frame().await {
            let bytes = frame.unwrap().into_data().unwrap().len() as u64;
            len += bytes;
            let left = self.send(bytes);
            arrived = arrived.max(Instant::now()) + spread(bytes, self.network.per_connection);
            wait_until(left.max(arrived - spread(self.network.buffer, self.network.per_connection))).await;
        }
        sleep_until(arrived).await;
        let mut response = Response::new(StatusCode::OK).with_header(ETAG, HeaderValue::from_static("\"E\""));
        // Nothing is compared here, and what no one reads no one has to sum up.
        response.sent = Some(Sent::new(len, Crc64::EMPTY));
        Ok(response)
    }

    /// When so many more bytes will have left.
    fn send(&self, bytes: u64) -> Instant {
        let mut load = self.load.lock().unwrap();
        let now = Instant::now();
        let free = load.free.map_or(now, |free| free.max(now)) + spread(bytes, self.network.total);
        load.free = Some(free);
        free
    }

    fn uploader(&self) -> Uploader {
        let link = self.clone();
        Uploader::new(service_fn(move |request| link.clone().handle(request)))
    }

    async fn handle(self, request: Request) -> Result<Response, CallError> {
        sleep(self.network.latency).await;
        let response = Response::new(StatusCode::OK);
        Ok(match request.operation.name {
            "UploadPart" => self.part(request).await?,
            "InitiateMultipartUpload" => {
                let root = "InitiateMultipartUploadResult";
                response.with_body(format!("<{root}><UploadId>ID</UploadId></{root}>"))
            }
            "CompleteMultipartUpload" => {
                let root = "CompleteMultipartUploadResult";
                response.with_body(format!("<{root}><ETag>\"E\"</ETag></{root}>"))
            }
            other => panic!("not expected: {other}"),
        })
    }
}

fn spread(bytes: u64, per_second: u64) -> Duration {
    Duration::from_secs_f64(bytes as f64 / per_second as f64)
}

/// The clock counts milliseconds, so less than that is waited for later.
async fn wait_until(at: Instant) {
    if at > Instant::now() + Duration::from_millis(1) {
        sleep_until(at).await;
    }
}

struct Leave(Arc<Mutex<Load>>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.lock().unwrap().in_flight -= 1;
    }
}

/// How fast the automatic mode is: its throughput as a share of the best that a fixed number has.
async fn share_of_best(network: Network, mebibytes: u64) -> (f64, usize) {
    let bytes = mebibytes * MIB;
    let mut best = (Duration::MAX, 0);
    for parallel in [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64_usize] {
        best = best.min((Link::new(network).upload(bytes, parallel).await, parallel));
    }
    let link = Link::new(network);
    let auto = link.upload(bytes, ParallelNum::Auto).await;
    let share = best.0.as_secs_f64() / auto.as_secs_f64();
    let most = link.load.lock().unwrap().most_in_flight;
    println!("{network:?}, {mebibytes} MiB: {auto:?} with at most {most}, {share:.3} of {best:?}");
    (share, most)
}

#[tokio::test(start_paused = true)]
async fn where_connections_are_slow_there_are_soon_many() {
    for (buffer, sizes) in [(0, &[64, 512, 1024][..]), (3 * MIB, &[64, 128, 256, 512, 1024])] {
        for total in [1024 * MIB, 8192 * MIB] {
            for mebibytes in sizes {
                let network = Network { buffer, total, ..SLOW_CONNECTIONS };
                let (share, _) = share_of_best(network, *mebibytes).await;
                assert!(share >= 0.9, "{share} of {network:?} for {mebibytes} MiB");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_one_connection_is_as_fast_as_many_there_are_few() {
    let latency = Duration::from_millis(1);
    let network = Network { latency, per_connection: 1024 * MIB, total: 450 * MIB, ..SLOW_CONNECTIONS };
    for mebibytes in [256, 1024] {
        let (share, most) = share_of_best(network, mebibytes).await;
        assert!(share >= 0.95 && most <= 24, "{share} with {most} for {mebibytes} MiB");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_network_is_not_asked_by_ever_more_connections() {
    for buffer in [0, 512 * 1024] {
        let network = Network { per_connection: 2 * MIB, total: 2 * MIB, buffer, ..SLOW_CONNECTIONS };
        let (share, most) = share_of_best(network, 256).await;
        assert!(share >= 0.95 && most <= 16, "{share} with {most}");
    }
}

/// Rows: W24.
#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_less_is_heeded() {
    let link = Link::new(Network { refuses_above: 8, ..SLOW_CONNECTIONS });
    link.upload(1024 * MIB, ParallelNum::Auto).await;
    let load = link.load.lock().unwrap();
    assert!(load.refused < 100, "{load:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_keeps_to_its_budget_however_many_parts_would_help() {
    let link = Link::new(SLOW_CONNECTIONS);
    let uploader = link.uploader().part_size(PART).byte_budget(5 * PART).parallel_num(ParallelNum::Auto);
    let content = Source::reader(std::io::Cursor::new(vec![0; usize::try_from(40 * PART).unwrap()]));
    uploader.upload_from(request(), content).await.unwrap();
    assert!(link.load.lock().unwrap().most_in_flight <= 5);
}
