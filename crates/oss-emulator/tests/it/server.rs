//! The server as a library: starting, refusing, stopping, TLS, history, limits, memory.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use oss_emulator::{Durability, Emulator, EtagMode, Fault, FaultEffect};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::support::{ID, Raw, SECRET, Server, exchange, read_response};

fn builder() -> oss_emulator::EmulatorBuilder {
    Emulator::builder().credentials(ID, SECRET).bucket("demo")
}

/// Rows: R87.
#[tokio::test]
async fn it_listens_beyond_loopback_only_when_really_asked_to() {
    let any = || Emulator::builder().address(Ipv4Addr::UNSPECIFIED.into());
    assert!(any().start().await.is_err());
    assert!(any().credentials("a", "b").start().await.is_err());
    assert!(any().allow_connections_from_other_machines().start().await.is_err());
    let unsafe_one = any().allow_connections_from_other_machines().credentials("a", "b").verify_signatures(false);
    assert!(unsafe_one.start().await.is_err());
    assert!(any().allow_connections_from_other_machines().credentials("a", "b").start().await.is_ok());
}

#[tokio::test]
async fn a_folder_is_opened_again_with_all_that_was_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let start = || builder().dir(dir.path()).durability(Durability::Process).start();
    let server = Server::from(start().await.unwrap());
    assert!(start().await.is_err(), "two servers on one folder");
    server.ok(&Raw::put("a").body("hello").header("x-oss-meta-k", "v")).await;
    server.ok(&Raw::put("empty").body("")).await;
    server.ok(&Raw::put("gone").body("bye")).await;
    server.ok(&Raw::delete("gone")).await;
    let id = server.initiate("k").await;
    server.part("k", &id, 1, b"part").await;
    server.emulator.shutdown().await;

    let server = Server::from(start().await.unwrap());
    let got = server.ok(&Raw::get("a")).await;
    assert_eq!((got.text().as_str(), got.header("x-oss-meta-k")), ("hello", "v"));
    assert_eq!(server.ok(&Raw::get("empty")).await.header("x-oss-hash-crc64ecma"), "0");
    assert_eq!(server.emulator.uploads("demo").unwrap()[0].parts[0].size, 4);
    let blobs = std::fs::read_dir(dir.path().join("blobs")).unwrap().count();
    assert_eq!(blobs, 2, "one object and one part");
}

#[tokio::test]
async fn the_history_tells_what_arrived_in_order() {
    let server = Server::new().await;
    server.ok(&Raw::put("a").body("hello")).await;
    server.send(&Raw::get("missing").query("versionId", "1")).await;
    let history = server.emulator.history();
    let seen: Vec<_> = history.iter().map(|r| (r.operation.as_str(), r.key.as_str(), r.status, r.body_len)).collect();
    assert_eq!(seen, [("PutObject", "a", Some(200), 5), ("GetObject", "missing", Some(404), 0)]);
    assert_eq!(history[1].error.as_deref(), Some("NoSuchVersion"));
    assert_eq!(history[1].query, [("versionId".to_owned(), "1".to_owned())]);
    assert!(history[0].header("Authorization").unwrap().starts_with("OSS4-HMAC-SHA256 "));
}

/// Trusts the authority of the server alone.
fn tls_connector(server: &Server) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.emulator.ca_pem().unwrap().as_bytes()).unwrap()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn it_speaks_tls_with_an_authority_of_its_own() {
    let server = Server::from(builder().tls(true).cname("img.example.com", "demo").start().await.unwrap());
    assert!(server.emulator.endpoint().starts_with("https://127.0.0.1:"));
    let connector = tls_connector(&server);
    for name in ["127.0.0.1", "localhost", "demo.localhost", "img.example.com"] {
        let name = ServerName::try_from(name).unwrap();
        let mut io = connector.connect(name, server.connect().await).await.unwrap();
        let response = exchange(&mut io, &Raw::put("a").body("x").encode(&server.authority), false).await.unwrap();
        assert_eq!(response.status, 200);
    }
    assert!(connector.connect(ServerName::try_from("example.com").unwrap(), server.connect().await).await.is_err());
}

#[tokio::test]
async fn a_client_that_waits_for_100_gets_it_only_when_its_body_is_read() {
    let server = Server::new().await;
    let mut io = server.connect().await;
    let good = Raw::put("a").body("hello").line("Expect: 100-continue").encode(&server.authority);
    let (head, body) = good.split_at(good.len() - 5);
    io.write_all(head).await.unwrap();
    let mut line = [0; 25];
    io.read_exact(&mut line).await.unwrap();
    assert_eq!(&line, b"HTTP/1.1 100 Continue\r\n\r\n");
    io.write_all(body).await.unwrap();
    assert_eq!(read_response(&mut io, false).await.unwrap().status, 200);

    let mut io = server.connect().await;
    let refused = Raw::put("a").header("x-oss-forbid-overwrite", "true").body("hello").line("Expect: 100-continue");
    let refused = refused.encode(&server.authority);
    io.write_all(&refused[..refused.len() - 5]).await.unwrap();
    let mut start = [0; 12];
    io.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 409");
}

#[tokio::test]
async fn a_load_test_server_counts_but_keeps_nothing() {
    let server = Server::from(builder().etag(EtagMode::Crc).discard_bodies(true).start().await.unwrap());
    let body = vec![9; 2_000_000];
    let response = server.ok(&Raw::put("a").body(&body)).await;
    let crc = oss_models::Crc64::of(&body);
    assert_eq!(response.header("x-oss-hash-crc64ecma"), crc.to_string());
    assert_eq!(response.header("etag"), format!("\"{:016X}{:016X}\"", crc.to_u64(), body.len()));
    assert_eq!(server.ok(&Raw::head("a")).await.header("content-length"), "2000000");
    assert_eq!(server.send(&Raw::get("a")).await.status, 500);
    assert_eq!(
        server.send(&Raw::put("a").body("x").header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")).await.code(),
        "InvalidDigest"
    );
}

/// Which connections make room is tested beside the code.
#[tokio::test(start_paused = true)]
async fn no_more_connections_are_served_than_the_limit_says() {
    let server = Server::from(builder().max_connections(2).start().await.unwrap());
    server.emulator.add_fault(Fault::on("PutObject").times(2).effect(FaultEffect::Stall));
    let mut connections = [server.connect().await, server.connect().await, server.connect().await];
    for io in &mut connections {
        io.write_all(&Raw::put("a").body("x").encode(&server.authority)).await.unwrap();
    }
    // The two that are served are busy, so neither makes room.
    let [_, _, third] = &mut connections;
    assert!(timeout(Duration::from_secs(600), read_response(third, false)).await.is_err());
    assert!(server.emulator.history().len() <= 2);
}

/// How many files this process has open; sockets are files too.
#[cfg(target_os = "linux")]
fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[cfg(not(target_os = "linux"))]
fn open_files() -> usize {
    0
}

/// Other tests of this process open files too, so a leak is told from them by its size.
#[tokio::test]
async fn a_thousand_servers_in_one_process_leave_neither_tasks_nor_open_files() {
    let (files, tasks) = (open_files(), tokio::runtime::Handle::current().metrics().num_alive_tasks());
    for _ in 0..10 {
        let mut all = Vec::new();
        for _ in 0..100 {
            let server = Server::new().await;
            server.ok(&Raw::put("a").body("x")).await;
            all.push(server);
        }
        for server in all {
            server.emulator.shutdown().await;
        }
        assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), tasks);
    }
    let left = open_files().saturating_sub(files);
    assert!(left < 500, "{left} files more are open than before");
}

/// Of which connections make room, and when, the tests beside the code tell more.
#[tokio::test(start_paused = true)]
async fn requests_that_are_half_sent_keep_no_one_out() {
    let server = Server::from(builder().max_connections(3).start().await.unwrap());
    let request = Raw::put("a").body("hello").encode(&server.authority);
    for sent in [0, 1, 30, request.len() - 1] {
        let mut waiting = Vec::new();
        for _ in 0..3 {
            let mut io = server.connect().await;
            io.write_all(&request[..sent]).await.unwrap();
            waiting.push(io);
        }
        let began = tokio::time::Instant::now();
        for _ in 0..3 {
            let response = exchange(&mut server.connect().await, &request, false).await.expect("a response");
            assert_eq!(response.status, 200, "{sent}: {}", response.text());
        }
        assert!(began.elapsed() < Duration::from_secs(40), "{sent}: {:?}", began.elapsed());
    }
}
