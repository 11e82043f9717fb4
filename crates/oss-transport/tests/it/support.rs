//! Servers and requests for tests.

use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use oss_auth::Credentials;
use oss_models::{
    BoxError, BucketName, CallError, Crc64Scope, Idempotency, ObjectKey, OperationInfo, Request, Response,
    ResponseShape,
};
use oss_transport::{BoxFuture, Config, Transport, WireBody};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tower::ServiceExt;
use tower_service::Service;
use tracing_subscriber::fmt::MakeWriter;

pub(crate) const SECRET: &str = "canary-secret-5f1c";
pub(crate) const TOKEN: &str = "canary-token-77ab";

pub(crate) static PUT: OperationInfo = OperationInfo::new("PutObject", Idempotency::Idempotent, ResponseShape::Headers)
    .with_callback()
    .with_crc64(Crc64Scope::SentBody)
    .with_traffic_limit();
pub(crate) static UPLOAD_PART: OperationInfo =
    OperationInfo::new("UploadPart", Idempotency::Idempotent, ResponseShape::Headers)
        .with_needs(&["ETag"])
        .with_crc64(Crc64Scope::SentBody)
        .with_traffic_limit();
pub(crate) static APPEND: OperationInfo =
    OperationInfo::new("AppendObject", Idempotency::NotIdempotent, ResponseShape::Headers)
        .with_crc64(Crc64Scope::Appended)
        .with_traffic_limit();
pub(crate) static GET: OperationInfo = OperationInfo::new("GetObject", Idempotency::Idempotent, ResponseShape::Content)
    .with_crc64(Crc64Scope::WholeContent)
    .with_traffic_limit()
    .with_pinned_content();
pub(crate) static HEAD: OperationInfo =
    OperationInfo::new("HeadObject", Idempotency::Idempotent, ResponseShape::Headers);
pub(crate) static LIST_PARTS: OperationInfo =
    OperationInfo::new("ListParts", Idempotency::Idempotent, ResponseShape::Xml("ListPartsResult"));
pub(crate) static COMPLETE: OperationInfo = OperationInfo::new(
    "CompleteMultipartUpload",
    Idempotency::Idempotent,
    ResponseShape::Xml("CompleteMultipartUploadResult"),
)
.with_callback()
.with_slow_response();

pub(crate) fn credentials() -> Credentials {
    Credentials::new("test-id", SECRET).with_security_token(TOKEN)
}

/// A transport with credentials and an endpoint; `http://demo.oss.test` is where requests go.
pub(crate) fn builder() -> Config {
    Transport::builder().region("cn-test").endpoint("http://oss.test").credentials(credentials())
}

pub(crate) fn request(operation: &'static OperationInfo, method: Method) -> Request {
    let mut request = Request::new(operation, method);
    request.bucket = BucketName::new("demo").ok();
    request.key = ObjectKey::new("key").ok();
    request
}

pub(crate) fn put(body: impl Into<oss_models::Body>) -> Request {
    let mut request = request(&PUT, Method::PUT);
    request.body = body.into();
    request
}

pub(crate) fn get() -> Request {
    request(&GET, Method::GET)
}

pub(crate) async fn send(transport: &Transport, request: Request) -> Result<Response, CallError> {
    transport.clone().oneshot(request).await
}

/// Reads the stream of a response to its end.
pub(crate) async fn content(response: Response) -> Result<Bytes, BoxError> {
    match response.body {
        oss_models::ResponseBody::Stream(body) => Ok(body.collect().await?.to_bytes()),
        _ => Err("not a stream".into()),
    }
}

/// A request as a service in place of the HTTP client saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) uri: http::Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Everything that a service saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Seen>>>);

impl Log {
    pub(crate) fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

pub(crate) type HttpResponse = http::Response<Full<Bytes>>;

pub(crate) fn http_response(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> HttpResponse {
    let mut response = http::Response::builder().status(StatusCode::from_u16(status).unwrap());
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Full::new(body.into())).unwrap()
}

pub(crate) fn refusal(status: u16, code: &str) -> HttpResponse {
    http_response(status, &[("content-type", "application/xml")], format!("<Error><Code>{code}</Code></Error>"))
}

/// An in-memory service that responds to the nth request (from 0) with `responses`, after reading its body.
pub(crate) fn memory<F>(
    log: &Log,
    responses: F,
) -> impl tower_service::Service<
    http::Request<WireBody>,
    Response = HttpResponse,
    Error = BoxError,
    Future = BoxFuture<'static, Result<HttpResponse, BoxError>>,
> + Clone
+ Send
+ Sync
+ 'static
where
    F: Fn(usize, &Seen) -> Result<HttpResponse, BoxError> + Send + Sync + 'static,
{
    let (log, responses) = (log.clone(), Arc::new(responses));
    tower::service_fn(move |request: http::Request<WireBody>| -> BoxFuture<'static, Result<HttpResponse, BoxError>> {
        let (log, responses) = (log.clone(), Arc::clone(&responses));
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let seen = Seen { method: head.method, uri: head.uri, headers: head.headers, body };
            let number = {
                let mut all = log.0.lock().unwrap();
                all.push(seen.clone());
                all.len() - 1
            };
            responses(number, &seen)
        })
    })
}

pub(crate) fn ok() -> HttpResponse {
    http_response(200, &[("etag", "\"e\"")], "")
}

/// A transport that gets these responses one after another, and success afterwards.
pub(crate) fn scripted(log: &Log, responses: Vec<HttpResponse>) -> Transport {
    let service = memory(log, move |n, _| Ok(responses.get(n).cloned().unwrap_or_else(ok)));
    builder().http_service(service).build().unwrap()
}

/// A network in memory under the real HTTP client: the nth connection (from 0) is served by `serve`.
#[derive(Clone)]
pub(crate) struct Net {
    dialed: Arc<Mutex<Vec<String>>>,
    serve: Arc<dyn Fn(usize, DuplexStream) -> BoxFuture<'static, ()> + Send + Sync>,
    refuse: Arc<dyn Fn(usize) -> Option<io::Error> + Send + Sync>,
}

impl Net {
    pub(crate) fn new<F, Fut>(serve: F) -> Self
    where
        F: Fn(usize, DuplexStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self {
            dialed: Arc::default(),
            serve: Arc::new(move |number, stream| Box::pin(serve(number, stream))),
            refuse: Arc::new(|_| None),
        }
    }

    /// Refuses some of the connections.
    pub(crate) fn refusing(mut self, refuse: impl Fn(usize) -> Option<io::Error> + Send + Sync + 'static) -> Self {
        self.refuse = Arc::new(refuse);
        self
    }

    /// `host:port` of every connection that was asked for.
    pub(crate) fn dialed(&self) -> Vec<String> {
        self.dialed.lock().unwrap().clone()
    }
}

impl Service<Uri> for Net {
    type Response = TokioIo<DuplexStream>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let number = {
            let mut dialed = self.dialed.lock().unwrap();
            dialed.push(format!("{}:{port}", uri.host().unwrap()));
            dialed.len() - 1
        };
        let outcome = match (self.refuse)(number) {
            Some(error) => Err(error),
            None => {
                let (ours, theirs) = tokio::io::duplex(64 * 1024);
                tokio::spawn((self.serve)(number, theirs));
                Ok(TokioIo::new(ours))
            }
        };
        std::future::ready(outcome)
    }
}

/// A request as it came over a connection.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Reads the head of a request.
pub(crate) async fn read_head(stream: &mut DuplexStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap())
}

/// Reads one request with a Content-Length.
pub(crate) async fn read_request(stream: &mut DuplexStream) -> Option<Raw> {
    let head = read_head(stream).await?;
    let len = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length:").map(|len| len.trim().parse().unwrap())
        })
        .unwrap_or(0);
    let mut body = vec![0; len];
    stream.read_exact(&mut body).await.ok()?;
    Some(Raw { head, body })
}

pub(crate) async fn write(stream: &mut DuplexStream, bytes: impl AsRef<[u8]>) {
    let _ = stream.write_all(bytes.as_ref()).await;
}

/// A transport over this network, with every limit at its default.
pub(crate) fn over(net: &Net) -> Transport {
    builder().connector(net.clone()).build().unwrap()
}

/// Responds to every request of every connection with `response`, which gets the number of the request in all.
pub(crate) fn responding(
    response: impl Fn(usize, &Raw) -> String + Send + Sync + 'static,
) -> (Net, Arc<Mutex<Vec<Raw>>>) {
    let seen: Arc<Mutex<Vec<Raw>>> = Arc::default();
    let (all, response) = (Arc::clone(&seen), Arc::new(response));
    let net = Net::new(move |_, mut stream| {
        let (seen, response) = (Arc::clone(&all), Arc::clone(&response));
        async move {
            while let Some(request) = read_request(&mut stream).await {
                let number = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(request.clone());
                    seen.len() - 1
                };
                write(&mut stream, response(number, &request)).await;
            }
        }
    });
    (net, seen)
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"e\"\r\n\r\n";

/// Everything that an error says, along its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(" | {cause} {cause:?}"));
        source = cause.source();
    }
    text
}

/// What a subscriber of tracing has written.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
