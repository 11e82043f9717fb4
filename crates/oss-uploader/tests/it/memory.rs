//! How much memory an upload needs, measured in a process of its own.
#![cfg(target_os = "linux")]

use std::future::{Ready, ready};
use std::pin::Pin;
use std::process::Command;
use std::task::{Context, Poll};

use http::header::ETAG;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use oss_models::{CallError, Crc64Digest, Request, Response, Sent};
use oss_uploader::Uploader;

use crate::fake::request;

/// Takes everything and keeps nothing.
#[derive(Clone)]
struct Sink;

impl tower_service::Service<Request> for Sink {
    type Response = Response;
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, CallError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let response = Response::new(StatusCode::OK).with_header(ETAG, HeaderValue::from_static("\"e\""));
        let xml = |body: &'static str| -> Ready<Response> { ready(Response::new(StatusCode::OK).with_body(body)) };
        match request.operation.name {
            "UploadPart" => Box::pin(async move {
                let (mut body, mut digest) = (request.body.open().unwrap(), Crc64Digest::new());
                while let Some(frame) = body.frame().await {
                    digest.update(frame.unwrap().data_ref().unwrap());
                }
                let crc = HeaderValue::try_from(digest.value().to_string()).unwrap();
                let mut response = response.with_header(HeaderName::from_static("x-oss-hash-crc64ecma"), crc);
                response.sent = Some(Sent::new(digest.len(), digest.value()));
                Ok(response)
            }),
            "InitiateMultipartUpload" => {
                let id = "<InitiateMultipartUploadResult><UploadId>I</UploadId></InitiateMultipartUploadResult>";
                Box::pin(async move { Ok(xml(id).await) })
            }
            _ => {
                let done = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>";
                Box::pin(async move { Ok(xml(done).await) })
            }
        }
    }
}

/// Peak of resident memory so far, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Rows: R77.
#[test]
fn a_file_of_two_gib_in_large_parts_needs_less_than_16_mib() {
    let program = std::env::current_exe().unwrap();
    let run =
        Command::new(program).args(["--exact", "memory::measured_run", "--ignored", "--nocapture"]).output().unwrap();
    let output = String::from_utf8(run.stdout).unwrap();
    let grown = output.lines().find_map(|line| line.split_once("grown by ")?.1.strip_suffix(" KiB"));
    let grown: u64 = grown.unwrap_or_else(|| panic!("{output}")).parse().unwrap();
    assert!(grown < 16 << 10, "{grown} KiB");
}

#[test]
#[ignore = "run in a process of its own by the test above"]
fn measured_run() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(2 << 30).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let uploader = Uploader::new(Sink).part_size(256 << 20);
        let before = peak();
        let result = uploader.upload_file(request(), file.path()).await.unwrap();
        assert_eq!((result.size, result.parts_sent), (2 << 30, 8));
        println!("grown by {} KiB", peak() - before);
    });
}
