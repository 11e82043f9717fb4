//! A service in memory in place of the HTTP client.

use std::time::Duration;

use http::Method;
use oss_models::{CallErrorKind, Crc64, Sent};

use crate::support::{Log, UPLOAD_PART, builder, get, http_response, memory, put, refusal, request, send};

#[tokio::test(start_paused = true)]
async fn a_request_is_addressed_signed_and_summed_up() {
    let log = Log::default();
    let transport = builder().http_service(memory(&log, |_, _| Ok(http_response(200, &[], "")))).build().unwrap();
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
        memory(&log, |n, _| Ok(if n == 0 { refusal(503, "ServiceUnavailable") } else { http_response(200, &[], "") }));
    let transport = builder().http_service(service).build().unwrap();
    let response = send(&transport, put("abc")).await.unwrap();
    assert_eq!((response.attempts, response.earlier_attempt_unknown), (2, true));
    assert_eq!(log.all().iter().map(|seen| seen.body.clone()).collect::<Vec<_>>(), ["abc", "abc"]);
}

/// Rows: R53.
#[tokio::test(start_paused = true)]
async fn a_part_without_an_entity_tag_goes_again() {
    let log = Log::default();
    let service = memory(&log, |n, _| Ok(http_response(200, if n == 0 { &[] } else { &[("etag", "\"e\"")] }, "")));
    let transport = builder().http_service(service).build().unwrap();
    let mut part = request(&UPLOAD_PART, Method::PUT);
    part.body = "abc".into();
    assert_eq!(send(&transport, part).await.unwrap().attempts, 2);
    assert_eq!(log.len(), 2);
    assert_eq!(log.all()[1].method, Method::PUT);
}

#[tokio::test(start_paused = true)]
async fn a_mismatch_of_signatures_shows_both_sides() {
    let log = Log::default();
    let service = memory(&log, |_, _| Ok(refusal(403, "SignatureDoesNotMatch")));
    let transport = builder().http_service(service).build().unwrap();
    let error = send(&transport, put("abc")).await.unwrap_err();
    let ours = error.service().unwrap().detail("ClientStringToSign").unwrap();
    assert!(ours.starts_with("OSS4-HMAC-SHA256\n") && ours.contains("/cn-test/oss/aliyun_v4_request\n"), "{ours}");
    assert_eq!(error.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_presigned_url_names_the_object_at_the_endpoint_and_sends_nothing() {
    let log = Log::default();
    let build = || builder().http_service(memory(&log, |_, _| Ok(http_response(200, &[], ""))));
    let url = build().build().unwrap().presign(&get(), Duration::from_secs(60)).await.unwrap().url().to_owned();
    assert!(url.starts_with("http://demo.oss.test/key?x-oss-signature-version=OSS4-HMAC-SHA256&"), "{url}");
    assert!(url.contains("&x-oss-expires=60&") && url.contains("&x-oss-signature="), "{url}");
    let url = build().anonymous().build().unwrap().presign(&get(), Duration::from_secs(60)).await.unwrap();
    assert_eq!(url.url(), "http://demo.oss.test/key");
    let error = build().build().unwrap().presign(&get(), Duration::from_secs(604_801)).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Credentials(_)));
    assert_eq!(log.len(), 0);
}

#[cfg(feature = "metrics")]
#[tokio::test(start_paused = true)]
async fn calls_and_attempts_are_counted() {
    use std::sync::{Arc, Mutex};

    use oss_transport::metrics::{AttemptFacts, CallFacts, Recorder};

    #[derive(Default)]
    struct Lines(Mutex<Vec<String>>);
    impl Recorder for Lines {
        fn call(&self, facts: &CallFacts) {
            self.0.lock().unwrap().push(format!("{} {} {:?}", facts.operation, facts.attempts, facts.outcome));
        }
        fn attempt(&self, facts: &AttemptFacts) {
            self.0.lock().unwrap().push(format!("  {} {:?}", facts.sent, facts.outcome));
        }
    }
    let lines = Arc::new(Lines::default());
    let service = memory(&Log::default(), |n, _| match n {
        0 => Err("reset".into()),
        1 => Ok(refusal(503, "SlowDown")),
        _ => Ok(http_response(200, &[], "")),
    });
    let transport = builder().recorder(lines.clone()).http_service(service).build().unwrap();
    send(&transport, put("abc")).await.unwrap();
    assert_eq!(*lines.0.lock().unwrap(), ["  0 Network", "  0 Status(503)", "  3 Success", "PutObject 3 Success"]);
}
