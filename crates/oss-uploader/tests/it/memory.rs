//! How much memory an upload needs, measured in a process of its own.
#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::Duration;

use http::header::ETAG;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use oss_models::{CallError, Crc64Digest, Request, Response, Sent};
use oss_uploader::Uploader;
use tower::service_fn;

use crate::fake::request;

/// A file of three parts.
const LEN: u64 = 768 << 20;

/// Over a service that takes everything and keeps nothing; each part takes so long once its bytes were read, and its body is kept
/// until then.
fn uploader(pause: Duration) -> Uploader {
    Uploader::new(service_fn(move |request| sink(request, pause)))
}

async fn sink(request: Request, pause: Duration) -> Result<Response, CallError> {
    let response = Response::new(StatusCode::OK);
    Ok(match request.operation.name {
        "UploadPart" => {
            let (mut body, mut digest) = (request.body.open().unwrap(), Crc64Digest::new());
            while let Some(frame) = body.frame().await {
                digest.update(frame.unwrap().data_ref().unwrap());
            }
            tokio::time::sleep(pause).await;
            let crc = HeaderValue::try_from(digest.value().to_string()).unwrap();
            let mut response = response
                .with_header(ETAG, HeaderValue::from_static("\"e\""))
                .with_header(HeaderName::from_static("x-oss-hash-crc64ecma"), crc);
            response.sent = Some(Sent::new(digest.len(), digest.value()));
            response
        }
        "InitiateMultipartUpload" => {
            response.with_body("<InitiateMultipartUploadResult><UploadId>I</UploadId></InitiateMultipartUploadResult>")
        }
        _ => response.with_body("<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"),
    })
}

/// Peak of resident memory so far, in KiB.
fn peak() -> u64 {
    status("VmHWM:")
}

/// Resident memory, in KiB.
fn resident() -> u64 {
    status("VmRSS:")
}

fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Runs a test of this module in a process of its own, and gives by how much its memory grew, in KiB.
fn grown(measured: &str) -> u64 {
    let program = std::env::current_exe().unwrap();
    let name = format!("memory::{measured}");
    let run = Command::new(program).args(["--exact", &name, "--ignored", "--nocapture"]).output().unwrap();
    let output = String::from_utf8(run.stdout).unwrap();
    let grown = output.lines().find_map(|line| line.split_once("grown by ")?.1.strip_suffix(" KiB"));
    grown.unwrap_or_else(|| panic!("{output}")).parse().unwrap()
}

/// Rows: R77.
#[test]
fn a_file_in_parts_of_256_mib_needs_less_than_16_mib() {
    let grown = grown("measured_run");
    assert!(grown < 16 << 10, "{grown} KiB");
}

/// The buffers alone are 201 parts of 100 KiB.
///
/// Rows: W1, R77.
#[test]
fn a_stream_in_200_small_parts_needs_little_more_than_its_buffers() {
    let grown = grown("measured_stream");
    assert!(grown < 28 << 10, "{grown} KiB");
}

#[test]
#[ignore = "run in a process of its own by the test above"]
fn measured_stream() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let uploader = uploader(Duration::from_millis(20)).part_size(100 << 10).parallel_num(200);
        // What the process needs anyway, and memory that was used before and given back, as in any program.
        uploader.upload_from(request(), vec![1; 8 << 20]).await.unwrap();
        let before = resident();
        let reader = tokio::io::AsyncReadExt::take(tokio::io::repeat(7), 200 << 20);
        let result = uploader.upload_from(request(), oss_uploader::Source::reader(reader)).await.unwrap();
        assert_eq!(result.size, 200 << 20);
        println!("grown by {} KiB", peak().saturating_sub(before));
    });
}

#[test]
#[ignore = "run in a process of its own by the test above"]
fn measured_run() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(LEN).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let uploader = uploader(Duration::ZERO).part_size(256 << 20);
        let before = peak();
        let result = uploader.upload_file(request(), file.path()).await.unwrap();
        assert_eq!((result.size, result.parts_sent), (LEN, 3));
        println!("grown by {} KiB", peak() - before);
    });
}
