//! A server for the tests of both versions.

use std::time::Duration;

use oss_emulator::{Emulator, EmulatorBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// An emulator in memory with the bucket `demo`.
pub(crate) fn emulator() -> EmulatorBuilder {
    Emulator::builder().bucket("demo").history_limit(100_000)
}

/// The options of a store of its bucket, as engines hand them on.
pub(crate) fn options(emulator: &Emulator) -> Vec<(String, String)> {
    let (id, secret) = emulator.credentials();
    [
        ("oss_bucket", "demo"),
        ("oss_endpoint", emulator.endpoint()),
        ("oss_region", emulator.region()),
        ("oss_access_key_id", id),
        ("oss_secret_access_key", secret),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// How many requests for an operation arrived.
pub(crate) fn count(emulator: &Emulator, operation: &str) -> usize {
    emulator.history().iter().filter(|request| request.operation == operation).count()
}

/// Bytes that differ from place to place.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    (0..len as u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

/// Waits until `true`; the moments of a test come from what the server saw, not from a clock.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "did not happen: {what}");
}

/// Makes a request of a client that knows nothing but a URL; gives status and headers, names in small letters.
pub(crate) async fn send(method: &str, url: &str, body: &[u8]) -> (u16, String) {
    let (host, target) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut connection = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "{method} /{target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(body).await.unwrap();
    let mut response = Vec::new();
    connection.read_to_end(&mut response).await.unwrap();
    let text = String::from_utf8_lossy(&response).into_owned();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let lower =
        |line: &str| line.split_once(": ").map(|(name, value)| format!("{}: {value}", name.to_ascii_lowercase()));
    (status, head.lines().filter_map(lower).collect::<Vec<_>>().join("\n"))
}
