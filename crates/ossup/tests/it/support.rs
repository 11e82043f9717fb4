//! A client and its server.

use std::time::Duration;

use oss_emulator::{Emulator, EmulatorBuilder};
use ossup::{Client, Config, Credentials, PutObjectRequest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const PART: usize = 100 * 1024;
/// What takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// An emulator in memory with the bucket `demo`.
pub(crate) fn emulator() -> EmulatorBuilder {
    Emulator::builder().bucket("demo")
}

/// Starts it, with a client of its owner.
pub(crate) async fn start(builder: EmulatorBuilder) -> (Emulator, Client) {
    let emulator = builder.start().await.unwrap();
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    let client = Client::new(config.credentials(Credentials::new(id, secret))).unwrap();
    (emulator, client)
}

/// The object that most tests are about.
pub(crate) fn request() -> PutObjectRequest {
    PutObjectRequest::new("demo", "film")
}

/// Bytes that differ from place to place.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    (0..len as u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

/// How many requests for an operation arrived.
pub(crate) fn count(emulator: &Emulator, operation: &str) -> usize {
    emulator.history().iter().filter(|request| request.operation == operation).count()
}

/// The content of `demo/film`.
#[track_caller]
pub(crate) fn assert_content(emulator: &Emulator, key: &str, content: &[u8]) {
    let stored = emulator.content("demo", key).unwrap().expect("the object is there");
    assert!(stored == content, "{key} has {} other bytes than the {} expected", stored.len(), content.len());
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

/// A server that gives every request the same response; its URL.
pub(crate) async fn application(status: u16, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/callback", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut seen = Vec::new();
            while !is_whole(&seen) && connection.read_buf(&mut seen).await.is_ok_and(|read| read > 0) {}
            let response = format!(
                "HTTP/1.1 {status} Whatever\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = connection.write_all(response.as_bytes()).await;
            let _ = connection.shutdown().await;
        }
    });
    url
}

/// Whether a request has come with its whole body.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut length = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.next().is_none_or(|(_, value)| body.len() >= value.trim().parse().unwrap())
}

/// Sends a request as any program would that knows nothing of OSS: status and body of the response.
pub(crate) async fn plain_http(method: &str, url: &str, headers: &str, body: &str) -> (u16, String) {
    let (authority, target) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut connection = TcpStream::connect(authority).await.unwrap();
    let request = format!(
        "{method} /{target} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    let status = response.split(' ').nth(1).unwrap().parse().unwrap();
    (status, response.split_once("\r\n\r\n").unwrap().1.to_owned())
}
