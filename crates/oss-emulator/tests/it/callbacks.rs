//! Upload callbacks: delivered, signed, and failing.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oss_emulator::Emulator;
use rsa::PublicKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::DecodePublicKey as _;
use rsa::signature::Verifier as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::{ID, Raw, Response, SECRET, Server, complete, exchange};

/// An application server that gives one response and notes what it was sent.
struct Application {
    authority: String,
    received: Arc<Mutex<Vec<String>>>,
}

async fn application(response: &'static str) -> Application {
    serve_application(response, None).await
}

/// Accepts TLS when there is an acceptor; `None` for a client that does not trust it.
async fn serve_application(response: &'static str, tls: Option<TlsAcceptor>) -> Application {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    let received = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((io, _)) = listener.accept().await {
            match &tls {
                None => converse(io, response, &notes, "").await,
                Some(tls) => {
                    if let Ok(io) = tls.accept(io).await {
                        let name = io.get_ref().1.server_name().unwrap_or_default().to_owned();
                        converse(io, response, &notes, &name).await;
                    }
                }
            }
        }
    });
    Application { authority, received }
}

/// Reads one request, records it with the name that the client sent in TLS, and responds.
async fn converse(mut io: impl AsyncRead + AsyncWrite + Unpin, response: &str, notes: &Mutex<Vec<String>>, name: &str) {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(n) = io.read(&mut piece).await {
        text.extend_from_slice(&piece[..n]);
        let seen = String::from_utf8_lossy(&text).into_owned();
        let whole = seen.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let len = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            body.len() >= len.unwrap_or_default().parse().unwrap_or(0)
        });
        if whole || n == 0 {
            notes.lock().unwrap().push(format!("{name}{seen}"));
            break;
        }
    }
    let _ = io.write_all(response.as_bytes()).await;
    let _ = io.shutdown().await;
}

const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"Status\":\"OK\"}";

fn callback(raw: Raw, json: &serde_json::Value) -> Raw {
    raw.header("x-oss-callback", STANDARD.encode(json.to_string()))
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let line = request.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
    line.map_or("", |line| line.split_once(": ").unwrap().1)
}

#[tokio::test]
async fn a_callback_is_filled_in_signed_and_its_response_passed_on() {
    let server = Server::new().await;
    let app = application(GOOD).await;
    let json = serde_json::json!({
        "callbackUrl": format!("{}/a%20b?id=1&x=%2F", app.authority),
        "callbackHost": "app.example",
        "callbackBody": "bucket=${bucket}&object=${object}&etag=${etag}&size=${size}&type=${mimeType}&me=${x:me}&no=${x:no}&h=${imageInfo.height}",
    });
    let raw = callback(Raw::put("dir/é a").body("hello").header("content-type", "text/plain"), &json)
        .header("x-oss-callback-var", STANDARD.encode(r#"{"x:me":"you & me"}"#));
    let response = server.ok(&raw).await;
    assert_eq!((response.status, response.text().as_str()), (200, "{\"Status\":\"OK\"}"));
    assert_eq!(response.header("content-type"), "application/json");
    assert!(!response.header("etag").is_empty() && !response.header("x-oss-hash-crc64ecma").is_empty());

    let request = app.received.lock().unwrap()[0].clone();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /a%20b?id=1&x=%2F HTTP/1.1"), "{head}");
    assert_eq!(header(head, "host"), "app.example");
    assert_eq!(header(head, "content-type"), "application/x-www-form-urlencoded");
    assert_eq!(
        body,
        "bucket=demo&object=dir%2F%C3%A9%20a&etag=5D41402ABC4B2A76B9719D911017C592&size=5&type=text%2Fplain&me=you%20%26%20me&no=&h="
    );

    let key_url = String::from_utf8(STANDARD.decode(header(head, "x-oss-pub-key-url")).unwrap()).unwrap();
    let path = key_url.strip_prefix(server.emulator.endpoint()).unwrap();
    let fetch = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let pem = exchange(&mut server.connect().await, fetch.as_bytes(), false).await.unwrap().text();
    let key = VerifyingKey::<md5::Md5>::new(PublicKey::from_public_key_pem(&pem).unwrap());
    let signature = Signature::try_from(STANDARD.decode(header(head, "authorization")).unwrap().as_slice()).unwrap();
    let signed = format!("/a b?id=1&x=%2F\n{body}");
    assert!(key.verify(signed.as_bytes(), &signature).is_ok());
    assert!(key.verify(format!("{signed}!").as_bytes(), &signature).is_err());
}

#[tokio::test]
async fn complete_calls_back_with_json_and_tries_urls_in_turn() {
    let server = Server::new().await;
    let app = application(GOOD).await;
    let id = server.initiate("k").await;
    let etag = server.part("k", &id, 1, b"hello").await;
    let json = serde_json::json!({
        "callbackUrl": format!("http://127.0.0.1:1/dead;http://{}", app.authority),
        "callbackBody": r#"{"object":${object},"size":${size}}"#,
        "callbackBodyType": "application/json",
    });
    let response = server.ok(&callback(complete("k", &id, &[(1, &etag)]), &json)).await;
    assert_eq!(response.text(), "{\"Status\":\"OK\"}");
    let request = app.received.lock().unwrap()[0].clone();
    assert!(request.ends_with(r#"{"object":"k","size":5}"#), "{request}");
    assert_eq!(header(&request, "content-type"), "application/json");
}

async fn failing(server: &Server, url: &str) -> Response {
    let json = serde_json::json!({"callbackUrl": url, "callbackBody": "a=b"});
    server.send(&callback(Raw::put("k").body("hello"), &json)).await
}

#[tokio::test]
async fn a_failed_callback_is_203_and_the_object_stays() {
    for response in [
        "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "",
    ] {
        let server = Server::new().await;
        let app = application(response).await;
        let got = failing(&server, &app.authority).await;
        assert_eq!(
            (got.status, got.code().as_str(), got.header("x-oss-ec")),
            (203, "CallbackFailed", "0007-00000203"),
            "{response}"
        );
        assert!(!got.header("etag").is_empty());
        assert_eq!(server.emulator.content("demo", "k").unwrap().unwrap(), b"hello");
    }
}

/// Rows: R88.
#[tokio::test]
async fn only_loopback_is_called_and_not_even_that_when_refused() {
    let server = Server::new().await;
    for url in ["http://169.254.169.254/latest", "http://10.0.0.1/", "http://[fe80::1]/", "https://127.0.0.1:1/"] {
        let got = failing(&server, url).await;
        assert_eq!((got.status, got.code().as_str()), (203, "CallbackFailed"), "{url}");
        assert!(got.element("Message").contains("allowed") || url.starts_with("https"), "{}", got.text());
    }
    let builder = Emulator::builder().credentials(ID, SECRET).bucket("demo").refuse_loopback_callbacks(true);
    let server = Server::from(builder.start().await.unwrap());
    let app = application(GOOD).await;
    assert_eq!(failing(&server, &app.authority).await.status, 203);
    assert!(app.received.lock().unwrap().is_empty());
}

/// An acceptor for `localhost`, and the PEM of its certificate.
fn self_signed() -> (TlsAcceptor, String) {
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), certified.cert.pem())
}

#[tokio::test]
async fn an_https_callback_reaches_a_server_that_is_trusted_and_no_other() {
    let (acceptor, pem) = self_signed();
    let app = serve_application(GOOD, Some(acceptor)).await;
    let port = app.authority.rsplit_once(':').unwrap().1;
    let url = format!("https://localhost:{port}/a");
    let builder = || Emulator::builder().credentials(ID, SECRET).bucket("demo");

    let trusting = Server::from(builder().callback_ca(&pem).start().await.unwrap());
    for (sends_name, start) in [(false, "POST /a HTTP/1.1"), (true, "localhostPOST /a HTTP/1.1")] {
        let json = serde_json::json!({"callbackUrl": url, "callbackBody": "a=b", "callbackSNI": sends_name});
        let response = trusting.ok(&callback(Raw::put("k").body("hello"), &json)).await;
        assert_eq!((response.status, response.text().as_str()), (200, "{\"Status\":\"OK\"}"));
        let request = app.received.lock().unwrap().pop().unwrap();
        assert!(request.starts_with(start) && request.ends_with("\r\n\r\na=b"), "{request}");
    }
    // The certificate is for another name.
    let other = failing(&trusting, &format!("https://127.0.0.1:{port}/a")).await;
    let stranger = failing(&Server::from(builder().start().await.unwrap()), &url).await;
    for response in [other, stranger] {
        assert_eq!((response.status, response.code().as_str()), (203, "CallbackFailed"));
        assert!(response.element("Message").contains("TLS"), "{}", response.text());
    }
    assert!(app.received.lock().unwrap().is_empty());
    assert!(builder().callback_ca("no certificate").start().await.is_err());
}
