//! A raw HTTP/1.1 client, a signer whose result can be changed, and tables of cases.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use oss_auth::v4::Product;
use oss_auth::{Credentials, SigningRequest, V1Signer, V4Signer};
use oss_emulator::Emulator;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub(crate) const ID: &str = "test-id";
pub(crate) const SECRET: &str = "test-secret";
pub(crate) const BUCKET: &str = "demo";

/// How a request is signed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sign {
    V4,
    V1,
    V4Url,
    V1Url,
    No,
}

/// A request, of which every part can be made wrong.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) method: Method,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) sign: Sign,
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) region: String,
    /// Seconds that the client's clock is ahead.
    pub(crate) clock: i64,
    pub(crate) lifetime: u64,
    pub(crate) additional: Vec<String>,
    /// Headers put in place after signing; `None` removes.
    pub(crate) after: Vec<(String, Option<Vec<u8>>)>,
    /// Lines added behind all headers, verbatim.
    pub(crate) lines: Vec<String>,
    /// Text replaced in the request target after signing.
    pub(crate) target: Vec<(String, String)>,
    pub(crate) host: Option<String>,
    pub(crate) chunked: bool,
    pub(crate) no_length: bool,
    /// Stop sending after so many bytes of body, and shut the sending side.
    pub(crate) send_only: Option<usize>,
}

impl Raw {
    pub(crate) fn new(method: &str) -> Self {
        Self {
            method: method.parse().unwrap(),
            bucket: Some(BUCKET.to_owned()),
            key: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
            sign: Sign::V4,
            id: ID.to_owned(),
            secret: SECRET.to_owned(),
            token: None,
            region: "cn-hangzhou".to_owned(),
            clock: 0,
            lifetime: 600,
            additional: Vec::new(),
            after: Vec::new(),
            lines: Vec::new(),
            target: Vec::new(),
            host: None,
            chunked: false,
            no_length: false,
            send_only: None,
        }
    }

    pub(crate) fn put(key: &str) -> Self {
        Self::new("PUT").key(key)
    }

    pub(crate) fn get(key: &str) -> Self {
        Self::new("GET").key(key)
    }

    pub(crate) fn head(key: &str) -> Self {
        Self::new("HEAD").key(key)
    }

    pub(crate) fn post(key: &str) -> Self {
        Self::new("POST").key(key)
    }

    pub(crate) fn delete(key: &str) -> Self {
        Self::new("DELETE").key(key)
    }

    pub(crate) fn bucket(mut self, bucket: &str) -> Self {
        self.bucket = (!bucket.is_empty()).then(|| bucket.to_owned());
        self
    }

    pub(crate) fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_owned();
        self
    }

    pub(crate) fn md5(self) -> Self {
        use md5::Digest as _;
        let md5 = STANDARD.encode(md5::Md5::digest(&self.body));
        self.header("Content-MD5", md5)
    }

    pub(crate) fn sign(mut self, sign: Sign) -> Self {
        self.sign = sign;
        self
    }

    pub(crate) fn id(mut self, id: &str) -> Self {
        self.id = id.to_owned();
        self
    }

    pub(crate) fn secret(mut self, secret: &str) -> Self {
        self.secret = secret.to_owned();
        self
    }

    pub(crate) fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub(crate) fn clock(mut self, seconds: i64) -> Self {
        self.clock = seconds;
        self
    }

    pub(crate) fn lifetime(mut self, seconds: u64) -> Self {
        self.lifetime = seconds;
        self
    }

    pub(crate) fn additional(mut self, name: &str) -> Self {
        self.additional.push(name.to_owned());
        self
    }

    pub(crate) fn after(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.after.push((name.to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.after.push((name.to_owned(), None));
        self
    }

    pub(crate) fn line(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    pub(crate) fn replace(mut self, from: &str, to: &str) -> Self {
        self.target.push((from.to_owned(), to.to_owned()));
        self
    }

    pub(crate) fn host(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
        self
    }

    /// The bytes to send.
    pub(crate) fn encode(&self, authority: &str) -> Vec<u8> {
        let host = self.host.clone().unwrap_or_else(|| authority.to_owned());
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_bytes(value).unwrap());
        }
        let pairs = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let request = SigningRequest::new(self.method.clone())
            .bucket(self.bucket.as_deref())
            .key(self.key.as_deref())
            .query_pairs(pairs)
            .host(host.as_str())
            .path_style(true);
        let mut credentials = Credentials::new(&self.id, self.secret.clone());
        if let Some(token) = &self.token {
            credentials = credentials.with_security_token(token.clone());
        }
        let now = SystemTime::now();
        let now = match u64::try_from(self.clock) {
            Ok(ahead) => now + Duration::from_secs(ahead),
            Err(_) => now - Duration::from_secs(self.clock.unsigned_abs()),
        };
        let lifetime = Duration::from_secs(self.lifetime);
        let v4 = || {
            let signer = V4Signer::new(&self.region, Product::OSS).unwrap();
            signer.with_additional_headers(&self.additional).unwrap()
        };
        let mut target = request.path_and_query();
        match self.sign {
            Sign::V4 => v4().sign(&request, &mut headers, &credentials, now).unwrap(),
            Sign::V1 => V1Signer::new().sign(&request, &mut headers, &credentials, now).unwrap(),
            Sign::V4Url | Sign::V1Url => {
                let signed = if self.sign == Sign::V4Url {
                    v4().presign(&request, &headers, &credentials, now, lifetime).unwrap()
                } else {
                    V1Signer::new().presign(&request, &headers, &credentials, now, lifetime).unwrap()
                };
                let (_, rest) = signed.url().split_once("://").unwrap();
                target = rest[rest.find('/').unwrap()..].to_owned();
            }
            Sign::No => {}
        }
        for (from, to) in &self.target {
            assert!(target.contains(from.as_str()), "{target} has no {from}");
            target = target.replacen(from.as_str(), to, 1);
        }
        for (name, value) in &self.after {
            headers.remove(name.as_str());
            if let Some(value) = value {
                headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_bytes(value).unwrap());
            }
        }
        let mut out = format!("{} {target} HTTP/1.1\r\nHost: {host}\r\n", self.method).into_bytes();
        for (name, value) in &headers {
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        for line in &self.lines {
            out.extend_from_slice(line.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        let has_length = self.lines.iter().any(|line| line.to_ascii_lowercase().starts_with("content-length"));
        let wants_length = !self.body.is_empty() || matches!(self.method, Method::PUT | Method::POST);
        if self.chunked {
            out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
        } else if wants_length && !self.no_length && !has_length {
            out.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        let body = &self.body[..self.send_only.unwrap_or(self.body.len()).min(self.body.len())];
        if self.chunked {
            for piece in body.chunks(1000) {
                out.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                out.extend_from_slice(piece);
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(b"0\r\n\r\n");
        } else {
            out.extend_from_slice(body);
        }
        out
    }
}

/// A response as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(&name.to_ascii_lowercase()).map_or("", String::as_str)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Text of the first element of this name.
    pub(crate) fn element(&self, name: &str) -> String {
        element(&self.text(), name)
    }

    /// `Code` of the body, or of `x-oss-err`.
    pub(crate) fn code(&self) -> String {
        let hidden = STANDARD.decode(self.header("x-oss-err")).unwrap_or_default();
        let text = if self.body.is_empty() { String::from_utf8_lossy(&hidden).into_owned() } else { self.text() };
        element(&text, "Code")
    }
}

pub(crate) fn element(text: &str, name: &str) -> String {
    let open = format!("<{name}>");
    let Some(start) = text.find(&open) else { return String::new() };
    let rest = &text[start + open.len()..];
    rest[..rest.find(&format!("</{name}>")).unwrap_or(0)].to_owned()
}

/// Sends bytes and reads one response; `None` if the connection ended before a whole head.
pub(crate) async fn exchange(
    io: &mut (impl AsyncRead + AsyncWrite + Unpin),
    bytes: &[u8],
    is_head: bool,
) -> Option<Response> {
    // A server that refuses early may close before everything is sent.
    let _ = io.write_all(bytes).await;
    read_response(io, is_head).await
}

pub(crate) async fn read_response(io: &mut (impl AsyncRead + Unpin), is_head: bool) -> Option<Response> {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            let mut piece = [0; 4096];
            match io.read(&mut piece).await {
                Ok(n) if n > 0 => buffer.extend_from_slice(&piece[..n]),
                _ => return None,
            }
        };
        let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
        buffer.drain(..end + 4);
        let mut lines = head.split("\r\n");
        let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        if status < 200 {
            continue;
        }
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let len = headers.get("content-length").and_then(|len| len.parse().ok()).unwrap_or(0);
        let len = if is_head || status == 304 || status == 204 { 0 } else { len };
        while buffer.len() < len {
            let mut piece = vec![0; 64 * 1024];
            match io.read(&mut piece).await {
                Ok(n) if n > 0 => buffer.extend_from_slice(&piece[..n]),
                _ => break,
            }
        }
        return Some(Response { status, headers, body: buffer });
    }
}

/// A server with a bucket, and a client for it.
pub(crate) struct Server {
    pub(crate) emulator: Emulator,
    pub(crate) authority: String,
}

impl Server {
    pub(crate) async fn new() -> Self {
        Self::from(Emulator::builder().credentials(ID, SECRET).bucket(BUCKET).start().await.unwrap())
    }

    pub(crate) fn from(emulator: Emulator) -> Self {
        let authority = emulator.endpoint().split("://").nth(1).unwrap().to_owned();
        Self { emulator, authority }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.authority).await.unwrap()
    }

    /// The response, or nothing if the connection was cut.
    pub(crate) async fn try_send(&self, raw: &Raw) -> Option<Response> {
        let mut io = self.connect().await;
        let bytes = raw.encode(&self.authority);
        let work = async {
            let _ = io.write_all(&bytes).await;
            if raw.send_only.is_some() {
                let _ = io.shutdown().await;
            }
            read_response(&mut io, raw.method == Method::HEAD).await
        };
        timeout(Duration::from_secs(20), work).await.expect("no response within 20 seconds")
    }

    pub(crate) async fn send(&self, raw: &Raw) -> Response {
        self.try_send(raw).await.expect("the connection was cut")
    }

    pub(crate) async fn ok(&self, raw: &Raw) -> Response {
        let response = self.send(raw).await;
        assert!((200..300).contains(&response.status), "{raw:?}\n{} {}", response.status, response.text());
        response
    }

    /// Begins an upload.
    pub(crate) async fn initiate(&self, key: &str) -> String {
        self.ok(&Raw::post(key).query("uploads", "")).await.element("UploadId")
    }

    /// Sends a part and gives its ETag.
    pub(crate) async fn part(&self, key: &str, id: &str, number: u16, body: &[u8]) -> String {
        let response = self.ok(&part(key, id, &number.to_string()).body(body)).await;
        response.header("etag").to_owned()
    }
}

/// A part without its body.
pub(crate) fn part(key: &str, id: &str, number: &str) -> Raw {
    Raw::put(key).query("partNumber", number).query("uploadId", id)
}

/// A Complete with a list of parts.
pub(crate) fn complete(key: &str, id: &str, parts: &[(u16, &str)]) -> Raw {
    let parts: String = parts
        .iter()
        .map(|(number, etag)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"))
        .collect();
    Raw::post(key).query("uploadId", id).body(format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"))
}

/// Name, request, and the response: status, code and EC, of which the later ones may be left out.
pub(crate) type Case = (&'static str, Raw, &'static str);

/// Runs a table against one server; every case leaves the server in working order.
pub(crate) async fn check(server: &Server, cases: Vec<Case>) {
    let mut failures = Vec::new();
    for (name, raw, expected) in cases {
        let Some(response) = server.try_send(&raw).await else {
            failures.push(format!("{name}: the connection was cut"));
            continue;
        };
        let got = [response.status.to_string(), response.code(), response.header("x-oss-ec").to_owned()];
        if !expected.split(' ').zip(&got).all(|(expected, got)| expected == got) {
            failures.push(format!("{name}: expected {expected}, got {} {}", got.join(" "), response.text()));
        }
        if response.status >= 400 {
            for header in ["x-oss-request-id", "date", "server", "x-oss-server-time"] {
                if response.header(header).is_empty() {
                    failures.push(format!("{name}: no {header}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
}
