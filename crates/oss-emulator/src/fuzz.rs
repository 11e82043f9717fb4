//! Entry points for a fuzzer, and for the test that runs them over the seeds: each takes any bytes and panics at a finding.
//!
//! In the crate only for its own tests and with the private feature `__fuzz`, which `fuzz/` asks for.
//!
//! All of them speak to a whole server in memory through a pipe, so what is found is what a client could do.

#![expect(clippy::expect_used, reason = "a panic is how a finding is told")]

use std::time::{Duration, UNIX_EPOCH};

use http::HeaderMap;
use jiff::Timestamp;
use oss_auth::v4::Product;
use oss_auth::{Credentials, SigningRequest, V4Signer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::xml_body::Element;
use crate::{Emulator, EmulatorBuilder};

/// A fuzz target: its name, which is also that of its folder of seeds, and its entry point.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 3] = [("request_head", request_head), ("xml_body", xml_body), ("signature", signature)];

/// What only the owner may read.
const SECRET_CONTENT: &str = "only for the owner";
/// Longer than any request here takes on a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(20);
/// 2026-01-01T00:00:00Z: the seeds are dated by it, so that they get past the check of the clock.
const NOW: u64 = 1_767_225_600;

/// Any bytes as all that a client sends.
pub fn request_head(bytes: &[u8]) {
    thread_local!(static PEER: Peer = Peer::new(Emulator::builder()));
    let response = PEER.with(|peer| peer.exchange(bytes));
    assert!(bytes.is_empty() || !response.is_empty(), "no response at all");
    assert_no_fault_of_ours(&response);
}

/// The first byte picks an operation, the others are its body.
pub fn xml_body(bytes: &[u8]) {
    thread_local!(static PEER: Peer = Peer::new(Emulator::builder().verify_signatures(false)));
    let Some((which, body)) = bytes.split_first() else { return };
    let response = PEER.with(|peer| {
        let operations = [
            "POST /demo?delete".to_owned(),
            format!("POST /demo/k?uploadId={}", peer.upload_id),
            "PUT /demo/k?tagging".to_owned(),
            "PUT /demo?versioning".to_owned(),
            "POST /demo/k?restore".to_owned(),
            "PUT /demo".to_owned(),
        ];
        let operation = operations.get(usize::from(*which) % operations.len()).map_or("", String::as_str);
        let mut request =
            format!("{operation} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
        request.extend_from_slice(body);
        peer.exchange(&request)
    });
    assert_no_fault_of_ours(&response);
    let (_, document) = response.split_once("\r\n\r\n").expect("a response has a head");
    if !document.is_empty() {
        let root = document.rsplit_once("</").and_then(|(_, end)| end.strip_suffix('>')).expect("an end tag");
        Element::parse(document.as_bytes(), root).expect("well-formed XML");
    }
}

/// A line of query, a line for the Authorization header, and lines with more headers.
pub fn signature(bytes: &[u8]) {
    thread_local!(static PEER: Peer = Peer::new(Emulator::builder()));
    let mut lines = bytes.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (query, authorization, headers) = (line(), line(), line());
    let mut request = b"GET /demo/k?".to_vec();
    request.extend_from_slice(query);
    request.extend_from_slice(b" HTTP/1.1\r\nHost: localhost\r\n");
    if !authorization.is_empty() {
        request.extend_from_slice(b"Authorization: ");
        request.extend_from_slice(authorization);
        request.extend_from_slice(b"\r\n");
    }
    for header in headers.split(|byte| *byte == b'\n').filter(|header| !header.is_empty()) {
        request.extend_from_slice(header);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    let response = PEER.with(|peer| peer.exchange(&request));
    assert!(!response.contains(SECRET_CONTENT), "let in without the secret");
    assert_no_fault_of_ours(&response);
}

/// Whatever is sent, a response is no server error and has its request id.
fn assert_no_fault_of_ours(response: &str) {
    assert!(!response.starts_with("HTTP/1.1 5") && !response.contains("<Code>InternalError</Code>"), "{response}");
    assert!(
        response.is_empty() || response.starts_with("HTTP/1.1 100") || response.contains("x-oss-request-id: "),
        "{response}"
    );
}

/// A server with something to protect, and a runtime to reach it.
struct Peer {
    runtime: Runtime,
    emulator: Emulator,
    upload_id: String,
}

impl Peer {
    fn new(builder: EmulatorBuilder) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let started = builder
            .without_listener()
            .credentials("id", "secret")
            .bucket("demo")
            .clock_offset(NOW.cast_signed() - Timestamp::now().as_second())
            .history_limit(1)
            .start();
        let emulator = runtime.block_on(started).expect("a server");
        let mut peer = Self { runtime, emulator, upload_id: String::new() };
        peer.write(http::Method::PUT, &[], SECRET_CONTENT);
        peer.write(http::Method::POST, &[("uploads", "")], "");
        let uploads = peer.emulator.uploads("demo").expect("a readable store");
        peer.upload_id = uploads.first().map(|upload| upload.upload_id.clone()).expect("the upload just started");
        peer
    }

    /// One request of the owner to the one key.
    fn write(&self, method: http::Method, query: &[(&str, &str)], body: &str) {
        let (id, secret) = self.emulator.credentials();
        let credentials = Credentials::new(id, secret.to_owned());
        let request = SigningRequest::new(method.clone())
            .bucket(Some("demo"))
            .key(Some("k"))
            .query_pairs(query.iter().copied())
            .host("localhost")
            .path_style(true);
        let (now, lifetime) = (UNIX_EPOCH + Duration::from_secs(NOW), Duration::from_secs(600));
        let signer = V4Signer::new(self.emulator.region(), Product::OSS).expect("a valid region");
        let url = signer.presign(&request, &HeaderMap::new(), &credentials, now, lifetime).expect("a signed URL");
        let target = url.url().split_once("localhost").map_or("", |(_, target)| target);
        let head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len());
        let response = self.exchange(format!("{head}{body}").as_bytes());
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    }

    /// Sends bytes, ends the sending side, and gives everything that comes back.
    fn exchange(&self, bytes: &[u8]) -> String {
        let exchange = async {
            let (mut client, server) = duplex(64 * 1024);
            let mut response = Vec::new();
            let talk = async {
                // A server that refuses early stops reading, which is its right.
                let _ = client.write_all(bytes).await;
                let _ = client.shutdown().await;
                client.read_to_end(&mut response).await.expect("pipes do not fail");
            };
            tokio::join!(talk, self.emulator.serve_connection(server));
            response
        };
        let response =
            self.runtime.block_on(async { timeout(TIME_LIMIT, exchange).await }).expect("a response in time");
        String::from_utf8_lossy(&response).into_owned()
    }
}

#[cfg(test)]
mod tests {
    //! The targets over their seeds and over random changes of them, so that they stay right between the fuzzer's runs.

    use std::path::Path;

    use fastrand::Rng;

    use super::*;

    /// Changes of each seed.
    const CHANGES: usize = 200;

    /// Cuts, doubles, flips and exchanges bytes.
    fn change(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
        for _ in 0..rng.usize(1..4) {
            let (a, b) = (rng.usize(..=bytes.len()), rng.usize(..=bytes.len()));
            let (start, end) = (a.min(b), a.max(b));
            match rng.u8(..5) {
                0 => drop(bytes.drain(start..end)),
                1 => bytes.truncate(end),
                2 => bytes.extend_from_within(start..end),
                3 => {
                    let from = rng.usize(..=other.len());
                    bytes.splice(start..end, other[from..].iter().copied());
                }
                _ => {
                    if let Some(byte) = bytes.get_mut(start) {
                        *byte = rng.u8(..);
                    }
                }
            }
        }
        bytes.truncate(16 * 1024);
    }

    #[test]
    fn no_seed_of_a_fuzz_target_and_no_change_of_it_is_a_finding() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut rng = Rng::with_seed(seed);
        for (name, target) in TARGETS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
            let mut seeds: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            seeds.sort();
            let seeds: Vec<Vec<u8>> = seeds.iter().map(|path| std::fs::read(path).unwrap()).collect();
            assert!(seeds.len() >= 5, "{name} has hardly any seeds");
            for bytes in &seeds {
                target(bytes);
                for _ in 0..CHANGES {
                    let mut bytes = bytes.clone();
                    change(&mut bytes, &seeds[rng.usize(..seeds.len())], &mut rng);
                    target(&bytes);
                }
            }
        }
    }
}
