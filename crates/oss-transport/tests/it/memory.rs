//! A service in memory in place of the HTTP client.

use http::Method;
use oss_models::{Crc64, Sent};

use crate::support::{Log, UPLOAD_PART, answer, builder, memory, put, refusal, request, send};

#[tokio::test(start_paused = true)]
async fn a_request_is_addressed_signed_and_summed_up() {
    let log = Log::default();
    let transport = builder().http_service(memory(&log, |_, _| Ok(answer(200, &[], "")))).build().unwrap();
    let response = send(&transport, put("123456789")).await.unwrap();
    assert_eq!(response.sent, Some(Sent::new(9, Crc64::of(b"123456789"))));
    let seen = &log.all()[0];
    assert_eq!(seen.uri, "http://demo.oss.test/key");
    assert_eq!(seen.headers["host"], "demo.oss.test");
    assert_eq!(seen.headers["content-length"], "9");
    assert_eq!(seen.headers["x-oss-content-sha256"], "UNSIGNED-PAYLOAD");
    assert!(seen.headers["authorization"].to_str().unwrap().starts_with("OSS4-HMAC-SHA256 Credential=test-id/"));
    assert!(seen.headers["user-agent"].to_str().unwrap().starts_with("ossup/"));
    assert_eq!(seen.body, "123456789");
}

#[tokio::test(start_paused = true)]
async fn a_passing_error_is_retried_and_remembered() {
    let log = Log::default();
    let service =
        memory(&log, |n, _| Ok(if n == 0 { refusal(503, "ServiceUnavailable") } else { answer(200, &[], "") }));
    let transport = builder().http_service(service).build().unwrap();
    let response = send(&transport, put("abc")).await.unwrap();
    assert_eq!((response.attempts, response.earlier_attempt_unknown), (2, true));
    assert_eq!(log.all().iter().map(|seen| seen.body.clone()).collect::<Vec<_>>(), ["abc", "abc"]);
}

/// Rows: R53.
#[tokio::test(start_paused = true)]
async fn a_part_without_an_entity_tag_goes_again() {
    let log = Log::default();
    let service = memory(&log, |n, _| Ok(answer(200, if n == 0 { &[] } else { &[("etag", "\"e\"")] }, "")));
    let transport = builder().http_service(service).build().unwrap();
    let mut part = request(&UPLOAD_PART, Method::PUT);
    part.body = "abc".into();
    assert_eq!(send(&transport, part).await.unwrap().attempts, 2);
    assert_eq!(log.len(), 2);
    assert_eq!(log.all()[1].method, Method::PUT);
}
