//! `ossup serve` as a process of its own.

use oss_emulator::Fault;
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout};
use tokio::time::timeout;

use crate::support::{self, Ended, Login, PATIENCE, Scratch, ossup, run};

/// A running server. It ends with this.
struct Server {
    child: Child,
    login: Login,
    lines: Lines<BufReader<ChildStdout>>,
    endpoint: String,
}

impl Server {
    async fn start(scratch: &Scratch, more: &[&str]) -> Self {
        let login = Login { id: "id".to_owned(), secret: "secret".to_owned() };
        let data = scratch.text("data");
        let arguments = ["serve", "--port", "0", "--dir", &data, "--durability", "process"];
        let mut child = ossup(Some(&login), &[&arguments[..], more].concat()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut server = Self { child, login, lines, endpoint: String::new() };
        server.endpoint = server.printed("endpoint: ").await;
        server
    }

    /// What the server printed behind these words.
    async fn printed(&mut self, words: &str) -> String {
        let find = async {
            loop {
                let line = self.lines.next_line().await.unwrap().expect("the server ended");
                if let Some(rest) = line.strip_prefix(words) {
                    return rest.to_owned();
                }
            }
        };
        timeout(PATIENCE, find).await.expect("the server says nothing")
    }

    async fn cp(&self, arguments: &[&str]) -> Ended {
        run(&self.login, &[&["cp", "--endpoint", &self.endpoint, "--json"], arguments].concat()).await
    }

    /// The most memory it ever held, in bytes.
    #[cfg(target_os = "linux")]
    fn peak(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        kib.map(|kib: usize| kib * 1024).unwrap()
    }
}

/// One request to the control port; status and body.
async fn control(address: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut io = TcpStream::connect(address.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    io.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    timeout(PATIENCE, io.read_to_string(&mut response)).await.expect("no response").unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_added_and_requests_looked_at_while_it_runs() {
    let scratch = Scratch::new();
    let file = scratch.file("a", b"hello");
    let mut server = Server::start(&scratch, &["--control", "0"]).await;
    let address = server.printed("control: ").await;
    let fault = serde_json::to_string(&Fault::on("PutObject").respond(403, "AccessDenied")).unwrap();
    assert_eq!(control(&address, "POST", "/faults", &fault).await.0, 200);
    assert_eq!(control(&address, "POST", "/faults", "{}").await.0, 400);
    let refused = server.cp(&[&file, "oss://demo/a"]).await;
    assert!(refused.code != Some(0), "{refused:?}");
    server.cp(&[&file, "oss://demo/a"]).await.succeeded();
    let (status, history) = control(&address, "GET", "/history", "").await;
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    let seen: Vec<_> = history.as_array().unwrap().iter().map(|request| request["status"].as_u64().unwrap()).collect();
    assert_eq!((status, seen), (200, vec![403, 200]));
    assert_eq!(control(&address, "PUT", "/clock", r#"{"offset_seconds": 7200}"#).await.0, 200);
    assert_eq!(control(&address, "DELETE", "/faults", "").await.0, 200);
}

/// As process 1 of a container only those signals stop it that it handles; that it ends with 0 shows that it does.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_stops_the_server_in_order() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let scratch = Scratch::new();
        let file = scratch.file("a", b"hello");
        let mut server = Server::start(&scratch, &[]).await;
        server.cp(&[&file, "oss://demo/a"]).await.succeeded();
        support::send(&server.child, signal);
        let status = timeout(PATIENCE, server.child.wait()).await.expect("it does not stop").unwrap();
        assert_eq!(status.code(), Some(0), "{signal:?}: {status}");
        // The folder is free at once, with what was stored in it.
        let server = Server::start(&scratch, &[]).await;
        server.cp(&[&file, "oss://demo/b"]).await.succeeded();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_on_when_no_one_reads_its_output() {
    let scratch = Scratch::new();
    let file = scratch.file("a", b"hello");
    let login = Login { id: "id".to_owned(), secret: "secret".to_owned() };
    // The port has to be known without reading: the one that a first server was given.
    let port = Server::start(&scratch, &[]).await.endpoint.rsplit(':').next().unwrap().to_owned();
    let data = scratch.text("other");
    let mut command = ossup(Some(&login), &["serve", "--port", &port, "--dir", &data, "--durability", "process"]);
    let mut child = command.env("OSSUP_LOG", "trace").spawn().unwrap();
    // Both pipes are closed before or while it writes.
    drop((child.stdout.take(), child.stderr.take()));
    let endpoint = format!("http://127.0.0.1:{port}");
    let upload = async {
        while TcpStream::connect(("127.0.0.1", port.parse().unwrap())).await.is_err() {
            assert!(child.try_wait().unwrap().is_none(), "it ended");
            tokio::task::yield_now().await;
        }
        run(&login, &["cp", "--endpoint", &endpoint, &file, "oss://demo/a"]).await.succeeded();
        run(&login, &["cp", "--endpoint", &endpoint, &file, "oss://missing/a"]).await
    };
    assert_eq!(timeout(PATIENCE, upload).await.expect("it does not listen").code, Some(1));
    support::send(&child, Signal::TERM);
    assert_eq!(timeout(PATIENCE, child.wait()).await.expect("it does not stop").unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_reached_by_the_names_it_was_given() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch, &["--domain", "emulator", "--domain", "oss.default.svc"]).await;
    let address = server.endpoint.strip_prefix("http://").unwrap();
    for (host, path, status) in [
        ("emulator:9000", "/demo/a", 403),
        ("demo.emulator", "/a", 403),
        ("oss.default.svc", "/missing/a", 404),
        ("missing.oss.default.svc", "/a", 404),
        ("other", "/demo/a", 403),
    ] {
        let mut io = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        io.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        timeout(PATIENCE, io.read_to_string(&mut response)).await.expect("no response").unwrap();
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{host}{path}: {response}");
        let code = if host == "other" {
            "NonStandardHostForbidden"
        } else if status == 404 {
            "NoSuchBucket"
        } else {
            "AccessDenied"
        };
        assert!(response.contains(&format!("<Code>{code}</Code>")), "{host}{path}: {response}");
    }
    let data = scratch.text("other");
    let login = Login { id: "id".to_owned(), secret: "secret".to_owned() };
    let refused = run(&login, &["serve", "--port", "0", "--dir", &data, "--domain", "http://emulator:9000"]).await;
    assert_eq!(refused.code, Some(64));
    assert!(refused.stderr.contains("must be a host name"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_origins_it_was_given_may_use_it() {
    let scratch = Scratch::new();
    let allowed = ["--cors-allow-origin", "http://localhost:5173", "--cors-allow-origin", "https://*.example.com"];
    let server = Server::start(&scratch, &allowed).await;
    let address = server.endpoint.strip_prefix("http://").unwrap();
    for (origin, status) in [
        ("http://localhost:5173", 200),
        ("https://www.example.com", 200),
        ("http://localhost:5174", 403),
        ("https://example.org", 403),
    ] {
        let mut io = TcpStream::connect(address).await.unwrap();
        let ask = format!("Origin: {origin}\r\nAccess-Control-Request-Method: PUT\r\n");
        let request = format!("OPTIONS /demo/a HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{ask}\r\n");
        io.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        timeout(PATIENCE, io.read_to_string(&mut response)).await.expect("no response").unwrap();
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{origin}: {response}");
        let names_origin = response.to_lowercase().contains(&format!("access-control-allow-origin: {origin}\r\n"));
        assert_eq!(names_origin, status == 200, "{origin}: {response}");
    }
    let data = scratch.text("other");
    let login = Login { id: "id".to_owned(), secret: "secret".to_owned() };
    let refused = run(&login, &["serve", "--port", "0", "--dir", &data, "--cors-allow-origin", "localhost:5173"]).await;
    assert_eq!(refused.code, Some(64));
    assert!(refused.stderr.contains("an origin must be * or like https://example.com"), "{refused:?}");
}

/// What the server may hold whatever it is sent.
#[cfg(target_os = "linux")]
const MEMORY_LIMIT: usize = 64 << 20;

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_memory_of_the_server_does_not_grow_with_what_it_stores() {
    store_in_little_memory(256 << 20, 192 << 20).await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes 1.5 GiB: `cargo xtask audit big` runs it"]
async fn the_server_takes_a_gibibyte_in_little_memory() {
    store_in_little_memory(1 << 30, 512 << 20).await;
}

/// An object of so many bytes in parts, and one of so many at once.
#[cfg(target_os = "linux")]
async fn store_in_little_memory(parts: u64, whole: u64) {
    let scratch = Scratch::new();
    let server = Server::start(&scratch, &[]).await;
    for (name, len, part_size) in [("parts", parts, "16MiB"), ("whole", whole, "600MiB")] {
        std::fs::File::create(scratch.path(name)).unwrap().set_len(len).unwrap();
        let ended = server
            .cp(&[&scratch.text(name), &format!("oss://demo/{name}"), "--part-size", part_size, "--no-checkpoint"])
            .await
            .succeeded();
        assert_eq!(ended.json()["size"], len);
        println!("{name}: {} KiB", server.peak() / 1024);
        assert!(server.peak() < MEMORY_LIMIT, "{name}: {}", server.peak());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_may_list_synthetic_objects() {
    let scratch = Scratch::new();
    let mut server = Server::start(&scratch, &["--control", "0", "--synthetic", "big=3000/3"]).await;
    let address = server.printed("control: ").await;
    let objects = async |bucket: &str, more: &[&str]| {
        let arguments = [&["du", bucket, "--json", "-e", &server.endpoint], more].concat();
        run(&server.login, &arguments).await.succeeded().summary()["done"].clone()
    };
    assert_eq!(objects("oss://big", &[]).await, 3000);
    assert_eq!(objects("oss://big/folder-000002/", &[]).await, 1000);
    assert_eq!(objects("oss://big", &["--all-versions"]).await, 3000);
    let change = r#"{"bucket": "demo", "count": 5}"#;
    assert_eq!(control(&address, "PUT", "/synthetic", change).await.0, 200);
    assert_eq!(objects("oss://demo", &[]).await, 5);
    for wrong in
        [r#"{"bucket": "missing", "count": 5}"#, r#"{"bucket": "demo"}"#, r#"{"bucket": "demo", "count": 99999999999}"#]
    {
        assert_eq!(control(&address, "PUT", "/synthetic", wrong).await.0, 400, "{wrong}");
    }
    let arguments = ["serve", "--port", "0", "--dir", &scratch.text("other"), "--synthetic", "big"];
    let ended = run(&server.login, &arguments).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{ended:?}");
}
