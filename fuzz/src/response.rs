//! Responses of a server that may be any, read by the whole stack.

use std::error::Error;
use std::fmt::Debug;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, Full};
use oss_auth::Credentials;
use oss_models::*;
use oss_transport::{Transport, WireBody};
use tokio::runtime::{Builder, Runtime};

/// The first byte picks an operation. The others are the response to every attempt of it: a line with the status,
/// lines with headers, an empty line, the body.
pub fn response(bytes: &[u8]) {
    let Some((which, response)) = bytes.split_first() else { return };
    let which = usize::from(which.wrapping_sub(b'A')) % OPERATIONS.len();
    if let Some(operation) = OPERATIONS.get(which) {
        operation(&Client::new(parse(response)));
    }
}

/// By the letter that a seed begins with, A to X.
const OPERATIONS: [fn(&Client); 24] = [
    |client| client.call(InitiateMultipartUploadRequest::new("demo", "k")),
    |client| client.call(UploadPartRequest::new("demo", "k", upload_id(), PartNumber::MIN, "content")),
    |client| {
        let part = CompletedPart::new(PartNumber::MIN, etag());
        client.call(CompleteMultipartUploadRequest::new("demo", "k", upload_id(), vec![part]));
    },
    |client| client.call(AbortMultipartUploadRequest::new("demo", "k", upload_id())),
    |client| client.list(ListPartsRequest::new("demo", "k", upload_id())),
    |client| client.list(ListMultipartUploadsRequest::new("demo")),
    |client| client.list(ListObjectsV2Request::new("demo")),
    |client| client.list(ListObjectVersionsRequest::new("demo")),
    |client| client.list(ListBucketsRequest::new()),
    |client| {
        let callback = Callback::new("http://a.example", "b");
        client.call(PutObjectRequest::new("demo", "k").body("content").callback(callback));
    },
    |client| client.call(AppendObjectRequest::new("demo", "k", 0, "content")),
    |client| client.call(CopyObjectRequest::new("demo", "k", CopySource::new("demo", "from"))),
    |client| {
        let source = CopySource::new("demo", "from");
        client.call(UploadPartCopyRequest::new("demo", "k", upload_id(), PartNumber::MIN, source));
    },
    |client| client.call(DeleteObjectRequest::new("demo", "k")),
    |client| client.call(DeleteMultipleObjectsRequest::new("demo", Delete::from_iter(["k"]))),
    |client| client.call(HeadObjectRequest::new("demo", "k")),
    |client| client.call(GetObjectMetaRequest::new("demo", "k")),
    |client| client.content(GetObjectRequest::new("demo", "k")),
    |client| client.content(GetObjectRequest::new("demo", "k").range(2..=3_u64).if_match(etag())),
    |client| client.call(GetObjectTaggingRequest::new("demo", "k")),
    |client| client.call(GetObjectAclRequest::new("demo", "k")),
    |client| client.call(GetBucketInfoRequest::new("demo")),
    |client| client.call(GetBucketVersioningRequest::new("demo")),
    |client| client.call(RestoreObjectRequest::new("demo", "k")),
];

fn upload_id() -> UploadId {
    UploadId::new("ID").expect("an upload id")
}

fn etag() -> Etag {
    Etag::new("E").expect("an entity tag")
}

fn parse(bytes: &[u8]) -> http::Response<Bytes> {
    let line = |bytes: &mut &[u8]| {
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let (line, rest) = bytes.split_at(end);
        *bytes = rest.get(1..).unwrap_or_default();
        line.trim_ascii().to_vec()
    };
    let mut rest = bytes;
    let mut response = http::Response::new(Bytes::new());
    if let Ok(status) = StatusCode::from_bytes(&line(&mut rest)) {
        *response.status_mut() = status;
    }
    loop {
        let header = line(&mut rest);
        if header.is_empty() {
            break;
        }
        let colon = header.iter().position(|byte| *byte == b':').unwrap_or(header.len());
        let (name, value) = header.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            response.headers_mut().append(name, value);
        }
    }
    *response.body_mut() = Bytes::copy_from_slice(rest);
    response
}

/// A client that always gets the same response. Its waits between attempts take no time.
struct Client {
    runtime: Runtime,
    transport: Transport,
}

impl Client {
    fn new(response: http::Response<Bytes>) -> Self {
        let service = tower::service_fn(move |request: http::Request<WireBody>| {
            let response = response.clone().map(Full::new);
            async move { request.into_body().collect().await.map(|_| response) }
        });
        let builder = Transport::builder().region("cn-test").endpoint("http://oss.test").http_service(service);
        let transport = builder.credentials(Credentials::new("id", "secret")).max_attempts(3).build();
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        Self { runtime: runtime.expect("a runtime"), transport: transport.expect("a valid configuration") }
    }

    fn call<O: Operation<Output: Debug>>(&self, operation: O) {
        match self.runtime.block_on(call(self.transport.clone(), operation)) {
            Ok(result) => drop(format!("{result:?}")),
            Err(error) => check(&error),
        }
    }

    fn content(&self, request: GetObjectRequest) {
        match self.runtime.block_on(call(self.transport.clone(), request)) {
            Ok(GetObjectResult { body: ResponseBody::Stream(body), .. }) => {
                drop(self.runtime.block_on(body.collect()));
            }
            Ok(result) => panic!("not a stream: {result:?}"),
            Err(error) => check(&error),
        }
    }

    /// Every page is the same, so that the second one leads nowhere.
    fn list<R: Paged<Output: Debug> + Send + 'static>(&self, request: R) {
        let mut pages = pages(self.transport.clone(), request);
        let mut read = 0;
        while let Some(page) = self.runtime.block_on(pages.next()) {
            match page {
                Ok(page) => drop(format!("{page:?}")),
                Err(error) => check(&error),
            }
            read += 1;
            assert!(read <= 3, "the same page leads on for ever");
        }
    }
}

/// An error is one line of bounded length, whatever the server said.
fn check(error: &CallError) {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        assert!(!text.contains(char::is_control), "{text:?}");
        cause = error.source();
    }
    if let CallErrorKind::InvalidResponse { reason, .. } = error.kind() {
        assert!(reason.len() < 4096, "{} bytes of {reason:?}", reason.len());
    }
    drop(format!("{error:?} {:?}", error.kind().retry_class()));
}
