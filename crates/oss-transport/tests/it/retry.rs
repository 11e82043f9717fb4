//! Which failures are tried again, when, and at what cost.

use std::time::{Duration, SystemTime};

use http::Method;
use http_body_util::Full;
use oss_auth::time::UtcTime;
use oss_models::{Body, BoxError, CallErrorKind, CallOptions, Crc64, TimeLimit};
use oss_transport::{Backoff, RetryBudget, Transport};
use tokio::time::Instant;

use crate::support::{
    APPEND, COMPLETE, HttpResponse, Log, PUT, UPLOAD_PART, builder, get, http_response, memory, ok, put, refusal,
    request, scripted, send,
};

fn broken() -> BoxError {
    "connection reset".into()
}

/// Rows: R60, R66, R76.
#[tokio::test(start_paused = true)]
async fn each_refusal_is_tried_again_or_not() {
    for (status, code, attempts) in [
        (500, "InternalError", 2),
        (503, "ServiceUnavailable", 2),
        (503, "TotalQpsLimitExceeded", 2),
        (502, "", 2),
        (429, "", 2),
        (408, "", 2),
        (400, "RequestTimeout", 2),
        (400, "IncompleteBody", 2),
        (400, "BadRequest", 2),
        (200, "InternalError", 2),
        (400, "InvalidArgument", 1),
        (403, "AccessDenied", 1),
        (404, "NoSuchBucket", 1),
        (404, "NoSuchUpload", 1),
        (409, "FileAlreadyExists", 1),
        (501, "", 1),
    ] {
        let log = Log::default();
        let result = send(&scripted(&log, vec![refusal(status, code)]), put("abc")).await;
        assert_eq!(log.len(), attempts, "{status} {code}");
        assert_eq!(result.is_ok(), attempts == 2, "{status} {code}");
    }
    let log = Log::default();
    let binary = http_response(500, &[("content-type", "application/xml")], vec![0xff, 0, 0x80]);
    assert_eq!(send(&scripted(&log, vec![binary]), put("abc")).await.unwrap().attempts, 2);
}

/// Rows: R49.
#[tokio::test(start_paused = true)]
async fn an_error_document_with_status_200_is_an_error() {
    let log = Log::default();
    let transport = scripted(&log, vec![refusal(200, "InvalidPart")]);
    let error = send(&transport, request(&COMPLETE, Method::POST)).await.unwrap_err();
    assert_eq!((error.code(), error.attempts()), (Some("InvalidPart"), 1));
}

/// Rows: R50.
#[tokio::test(start_paused = true)]
async fn a_failed_callback_is_final_and_says_what_was_stored() {
    let headers = [("etag", "\"e1\""), ("x-oss-hash-crc64ecma", "7"), ("content-type", "application/xml")];
    let failed = http_response(203, &headers, "<Error><Code>CallbackFailed</Code><Message>no</Message></Error>");
    for (operation, in_query) in [(&PUT, false), (&PUT, true), (&COMPLETE, false), (&COMPLETE, true)] {
        let log = Log::default();
        let mut calling_back = request(operation, Method::PUT);
        if in_query {
            calling_back.query.push(("callback".to_owned(), "e30=".to_owned()));
        } else {
            calling_back.headers.insert("x-oss-callback", http::HeaderValue::from_static("e30="));
        }
        let error = send(&scripted(&log, vec![failed.clone()]), calling_back).await.unwrap_err();
        let refusal = error.service().unwrap();
        assert!(refusal.is_callback_failure() && refusal.stored_object().unwrap().etag.is_some());
        assert_eq!(log.len(), 1);
    }
}

/// Rows: R50.
#[tokio::test(start_paused = true)]
async fn status_203_says_nothing_of_a_callback_that_was_not_requested() {
    let xml = ("content-type", "application/xml");
    let failed = http_response(203, &[xml], "<Error><Code>CallbackFailed</Code></Error>");
    let document = "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>";
    for (operation, stored) in [(&PUT, ""), (&COMPLETE, document)] {
        let passing =
            scripted(&Log::default(), vec![failed.clone(), http_response(200, &[("etag", "e"), xml], stored)]);
        assert_eq!(send(&passing, request(operation, Method::PUT)).await.unwrap().attempts, 2);

        let lasting = scripted(&Log::default(), vec![failed.clone(); 3]);
        let error = send(&lasting, request(operation, Method::PUT)).await.unwrap_err();
        assert!(matches!(error.kind(), CallErrorKind::InvalidResponse { .. }), "{error}");
        assert!(error.outcome_unknown());

        let odd = scripted(&Log::default(), vec![http_response(203, &[("etag", "e"), xml], stored)]);
        assert_eq!(send(&odd, request(operation, Method::PUT)).await.unwrap().attempts, 1);
    }
    // Nor does the reading of the fields, which comes after.
    let odd = scripted(&Log::default(), vec![http_response(203, &[("etag", "e")], "")]);
    let put = oss_models::PutObjectRequest::new("demo", "key").body("abc");
    assert_eq!(oss_models::call(odd, put).await.unwrap().etag.as_str(), "e");
}

/// Rows: R73.
#[tokio::test(start_paused = true)]
async fn a_redirection_is_an_error_that_names_the_host() {
    let log = Log::default();
    let elsewhere = http_response(307, &[("location", "https://evil.test/x?Signature=s3cr3t")], "");
    let error = send(&scripted(&log, vec![elsewhere]), put("abc")).await.unwrap_err();
    assert!(error.to_string().contains("redirected to evil.test"), "{error}");
    assert!(!error.to_string().contains("s3cr3t"));
    assert_eq!(log.len(), 1);
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn damaged_bytes_go_again_twice_at_most() {
    let right = Crc64::of(b"abc").to_string();
    for (operation, damaged, attempts, good) in
        [(&UPLOAD_PART, 1, 2, true), (&UPLOAD_PART, 2, 3, true), (&UPLOAD_PART, 9, 3, false), (&PUT, 9, 3, false)]
    {
        let log = Log::default();
        let right = right.clone();
        let service = memory(&log, move |n, _| {
            let crc = if n < damaged { "1" } else { right.as_str() };
            Ok(http_response(200, &[("x-oss-hash-crc64ecma", crc), ("etag", "e")], ""))
        });
        let transport = builder().max_attempts(10).http_service(service).build().unwrap();
        let mut part = request(operation, Method::PUT);
        part.body = "abc".into();
        let result = send(&transport, part).await;
        assert_eq!((log.len(), result.is_ok()), (attempts, good));
        if let Err(error) = result {
            assert!(matches!(error.kind(), CallErrorKind::Corrupt { .. }));
            assert!(error.outcome_unknown());
        }
    }
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn a_crc_that_cannot_be_read_is_worth_another_attempt() {
    let log = Log::default();
    let odd = http_response(200, &[("x-oss-hash-crc64ecma", "zzz"), ("etag", "e")], "");
    assert_eq!(send(&scripted(&log, vec![odd.clone()]), put("abc")).await.unwrap().attempts, 2);
    let error = send(&scripted(&Log::default(), vec![odd; 3]), put("abc")).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::InvalidResponse { .. }), "{error}");
}

/// Rows: R55.
#[tokio::test(start_paused = true)]
async fn without_a_crc64_of_the_server_the_response_is_still_a_response() {
    let log = Log::default();
    let response = send(&scripted(&log, vec![]), put("abc")).await.unwrap();
    assert_eq!((response.crc64(), response.sent.map(|sent| sent.crc64)), (None, Some(Crc64::of(b"abc"))));
}

/// Rows: R58, R60.
#[tokio::test(start_paused = true)]
async fn what_must_not_happen_twice_is_repeated_only_if_it_was_not_sent() {
    let append = || {
        let mut append = request(&APPEND, Method::POST);
        append.body = "abc".into();
        append
    };
    let log = Log::default();
    let error = send(&scripted(&log, vec![refusal(500, "InternalError")]), append()).await.unwrap_err();
    assert_eq!((error.attempts(), error.outcome_unknown()), (1, true));

    let log = Log::default();
    let response = send(&scripted(&log, vec![refusal(400, "RequestTimeout")]), append()).await.unwrap();
    assert_eq!(response.attempts, 2);
    // A quota refuses before anything is appended.
    let log = Log::default();
    let response = send(&scripted(&log, vec![refusal(503, "TotalQpsLimitExceeded")]), append()).await.unwrap();
    assert_eq!(response.attempts, 2);

    let log = Log::default();
    let not_sent = memory(&log, |n, _| match n {
        0 => Err(CallErrorKind::Connect { host: "h".into(), source: "refused".into() }.into()),
        _ => Ok(ok()),
    });
    // The service says itself that nothing was sent.
    let transport = builder().http_service(not_sent).build().unwrap();
    assert!(send(&transport, append()).await.is_ok());
}

/// Rows: R60.
#[tokio::test(start_paused = true)]
async fn a_refusal_after_a_lost_response_says_that_it_may_be_an_echo() {
    let log = Log::default();
    let service = memory(&log, |n, _| if n == 0 { Err(broken()) } else { Ok(refusal(409, "FileAlreadyExists")) });
    let transport = builder().http_service(service).build().unwrap();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert_eq!((error.code(), error.outcome_unknown()), (Some("FileAlreadyExists"), true));

    let log = Log::default();
    let error = send(&scripted(&log, vec![refusal(409, "FileAlreadyExists")]), put("abc")).await.unwrap_err();
    assert!(!error.outcome_unknown(), "nothing was lost before");

    let log = Log::default();
    let service = memory(&log, |_, _| Err(broken()));
    let transport = builder().http_service(service).build().unwrap();
    let error = send(&transport, get()).await.unwrap_err();
    assert!(!error.outcome_unknown(), "reading takes no effect");
}

/// Rows: R59.
#[tokio::test(start_paused = true)]
async fn a_stream_that_was_sent_is_never_replaced_by_an_empty_body() {
    let log = Log::default();
    let stream = Body::once(Some(3), Full::new(bytes::Bytes::from_static(b"abc")));
    let error = send(&scripted(&log, vec![refusal(500, "InternalError")]), put_body(stream)).await.unwrap_err();
    assert_eq!((error.code(), error.attempts(), log.len()), (Some("InternalError"), 1, 1));
}

fn put_body(body: Body) -> oss_models::Request {
    let mut request = put("");
    request.body = body;
    request
}

/// Rows: R60, R79.
#[tokio::test(start_paused = true)]
async fn a_source_that_fails_is_not_tried_again() {
    struct Failing;
    impl oss_models::OpenBody for Failing {
        fn len(&self) -> u64 {
            3
        }
        fn open(&self) -> Result<oss_models::BoxBody, BoxError> {
            Err(std::io::Error::other("disk on fire").into())
        }
    }
    let log = Log::default();
    let error = send(&scripted(&log, vec![]), put_body(Body::replayable(Failing))).await.unwrap_err();
    assert!(matches!(error.kind(), CallErrorKind::Body(cause) if cause.to_string() == "disk on fire"), "{error:?}");
    assert_eq!((error.attempts(), log.len()), (1, 0));

    let short = Body::once(Some(9), Full::new(bytes::Bytes::from_static(b"abc")));
    let error = send(&scripted(&log, vec![]), put_body(short)).await.unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("after 3 of 9 bytes"));
    assert!(!error.outcome_unknown(), "what did not arrive whole took no effect");
}

/// Rows: R67.
#[tokio::test(start_paused = true)]
async fn a_wrong_clock_is_set_by_the_server_once_and_kept() {
    let server_time = || SystemTime::now() + Duration::from_secs(3 * 3600);
    let dated = |response: HttpResponse, time| {
        let mut response = response;
        let date = UtcTime::new(time).unwrap().to_http();
        response.headers_mut().insert("date", date.parse().unwrap());
        response
    };
    let log = Log::default();
    let service = memory(&log, move |n, _| {
        Ok(if n == 0 { dated(refusal(403, "RequestTimeTooSkewed"), server_time()) } else { ok() })
    });
    let transport = builder().http_service(service).build().unwrap();
    let begin = Instant::now();
    assert_eq!(send(&transport, put("abc")).await.unwrap().attempts, 2);
    assert_eq!(begin.elapsed(), Duration::ZERO, "at once");
    assert_eq!(send(&transport, put("abc")).await.unwrap().attempts, 1);
    let signed: Vec<_> = log
        .all()
        .iter()
        .map(|seen| UtcTime::parse_basic(seen.headers["x-oss-date"].to_str().unwrap()).unwrap().to_system_time())
        .collect();
    let ahead =
        |time: SystemTime| time.duration_since(SystemTime::now()).unwrap_or_default() > Duration::from_secs(2 * 3600);
    assert_eq!(signed.into_iter().map(ahead).collect::<Vec<_>>(), [false, true, true]);

    // Two in a row, no date, a date beyond reason, and switched off: final at once.
    let far = SystemTime::now() + Duration::from_secs(48 * 3600);
    for (responses, correct, attempts) in [
        (vec![dated(refusal(403, "RequestTimeTooSkewed"), server_time()); 3], true, 2),
        (vec![refusal(403, "RequestTimeTooSkewed"); 3], true, 1),
        (vec![dated(refusal(403, "RequestTimeTooSkewed"), far); 3], true, 1),
        (vec![dated(refusal(403, "RequestTimeTooSkewed"), server_time()); 3], false, 1),
    ] {
        let log = Log::default();
        let service = memory(&log, move |n, _| Ok(responses[n].clone()));
        let transport = builder().correct_clock_skew(correct).http_service(service).build().unwrap();
        let error = send(&transport, put("abc")).await.unwrap_err();
        assert_eq!((error.code(), error.attempts()), (Some("RequestTimeTooSkewed"), attempts));
    }
}

/// Rows: R67.
#[tokio::test(start_paused = true)]
async fn only_a_refusal_of_the_time_sets_the_clock_and_its_document_will_do() {
    let server_time = UtcTime::new(SystemTime::now() + Duration::from_secs(3 * 3600)).unwrap();
    let dated = |code: &str| {
        let mut response = refusal(403, code);
        response.headers_mut().insert("date", server_time.to_http().parse().unwrap());
        response
    };
    let document = format!(
        "<Error><Code>RequestTimeTooSkewed</Code><ServerTime>{}</ServerTime></Error>",
        server_time.to_rfc3339()
    );
    let told = http_response(403, &[("content-type", "application/xml")], document);
    for (refusal, sets) in [(dated("AccessDenied"), false), (dated("RequestTimeTooSkewed"), true), (told, true)] {
        let log = Log::default();
        let transport = scripted(&log, vec![refusal]);
        assert_eq!(send(&transport, put("abc")).await.is_ok(), sets);
        send(&transport, put("abc")).await.unwrap();
        let date = log.all()[1].headers["x-oss-date"].to_str().unwrap().to_owned();
        let ahead = UtcTime::parse_basic(&date).unwrap().to_system_time().duration_since(SystemTime::now());
        assert_eq!(ahead.is_ok_and(|ahead| ahead > Duration::from_secs(2 * 3600)), sets);
    }
}

/// Rows: R66.
#[tokio::test(start_paused = true)]
async fn the_wait_that_the_service_asks_for_is_kept() {
    let log = Log::default();
    let mut slow = refusal(503, "ServiceUnavailable");
    slow.headers_mut().insert("retry-after", "7".parse().unwrap());
    let mut slower = refusal(503, "UploadTrafficRateLimitExceeded");
    slower.headers_mut().insert("x-oss-qos-delay-time", "30000".parse().unwrap());
    let begin = Instant::now();
    send(&scripted(&log, vec![slow, slower]), put("abc")).await.unwrap();
    let elapsed = begin.elapsed();
    assert!((Duration::from_secs(37)..Duration::from_secs(58)).contains(&elapsed), "{elapsed:?}");
}

/// Rows: R66.
#[tokio::test(start_paused = true)]
async fn no_attempt_is_made_sooner_than_the_service_asks_for() {
    let asking = |code, seconds: &'static str| {
        let mut refusal = refusal(503, code);
        refusal.headers_mut().insert("retry-after", seconds.parse().unwrap());
        refusal
    };
    // Longer than a call may wait: its caller decides when there is another.
    for code in ["ServiceUnavailable", "SlowDown", ""] {
        let log = Log::default();
        let begin = Instant::now();
        let error = send(&scripted(&log, vec![asking(code, "61")]), put("abc")).await.unwrap_err();
        assert_eq!((log.len(), begin.elapsed()), (1, Duration::ZERO), "{code}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(61)), "{code}");
    }
    let begin = Instant::now();
    send(&scripted(&Log::default(), vec![asking("SlowDown", "60")]), put("abc")).await.unwrap();
    assert_eq!(begin.elapsed(), Duration::from_secs(60));
    let log = Log::default();
    let patient = Backoff::default().max_retry_after(Duration::from_secs(300));
    let service = memory(&log, move |n, _| Ok(if n == 0 { asking("SlowDown", "299") } else { ok() }));
    send(&builder().backoff(patient).http_service(service).build().unwrap(), put("abc")).await.unwrap();
    assert_eq!((log.len(), begin.elapsed()), (2, Duration::from_secs(60 + 299)));
}

/// Rows: R66, R67.
#[tokio::test(start_paused = true)]
async fn what_has_been_repaired_waits_too_if_the_service_asks_for_it() {
    let date = UtcTime::new(SystemTime::now() + Duration::from_secs(3600)).unwrap().to_http();
    let mut skewed = refusal(403, "RequestTimeTooSkewed");
    skewed.headers_mut().insert("date", date.parse().unwrap());
    skewed.headers_mut().insert("retry-after", "3".parse().unwrap());
    let begin = Instant::now();
    send(&scripted(&Log::default(), vec![skewed]), put("abc")).await.unwrap();
    assert_eq!(begin.elapsed(), Duration::from_secs(3));
}

/// What a caller needs who makes several calls, and counts their attempts and time as one.
///
/// Rows: R66.
#[tokio::test(start_paused = true)]
async fn several_calls_can_share_one_deadline_and_one_number_of_attempts() {
    const ATTEMPTS: u32 = 5;
    let log = Log::default();
    let transport = scripted(&log, vec![refusal(503, "ServiceUnavailable"); 99]);
    let mut left = ATTEMPTS;
    while left > 0 {
        let mut request = put("abc");
        request.options = CallOptions::default().max_attempts(left.min(2));
        left -= send(&transport, request).await.unwrap_err().attempts();
    }
    assert_eq!(log.len(), 5);

    let deadline = Instant::now() + Duration::from_secs(30);
    let (log, mut calls) = (Log::default(), 0);
    let transport = scripted(&log, vec![refusal(503, "ServiceUnavailable"); 999]);
    loop {
        calls += 1;
        let mut request = put("abc");
        let left = deadline.saturating_duration_since(Instant::now());
        request.options = CallOptions::default().max_attempts(9).operation_timeout(left);
        let before = log.len();
        let error = send(&transport, request).await.unwrap_err();
        assert!(Instant::now() <= deadline);
        if left.is_zero() {
            assert!(matches!(error.kind(), CallErrorKind::Timeout { limit: TimeLimit::OperationTimeout, .. }));
            assert_eq!((error.attempts(), error.outcome_unknown(), log.len()), (0, false, before));
            break;
        }
        if error.attempts() < 9 {
            // The wait before the next attempt would have passed it.
            tokio::time::sleep_until(deadline).await;
        }
    }
    assert!(calls > 1, "{calls}");
}

/// A cause that is gone says nothing about the service.
///
/// Rows: R67, R68.
#[tokio::test(start_paused = true)]
async fn an_attempt_that_corrected_the_clock_does_not_count() {
    let date = UtcTime::new(SystemTime::now() + Duration::from_secs(3600)).unwrap().to_http();
    let mut skewed = refusal(403, "RequestTimeTooSkewed");
    skewed.headers_mut().insert("date", date.parse().unwrap());
    let mut request = put("abc");
    request.options = CallOptions::default().max_attempts(1);
    let response = send(&scripted(&Log::default(), vec![skewed.clone()]), request.clone()).await.unwrap();
    assert_eq!(response.attempts, 2);
    let log = Log::default();
    let then_refused = vec![skewed.clone(), refusal(503, "ServiceUnavailable")];
    let error = send(&scripted(&log, then_refused), request.clone()).await.unwrap_err();
    assert_eq!((error.code(), log.len()), (Some("ServiceUnavailable"), 2), "only once, and nothing else for free");
    assert_eq!(send(&scripted(&log, vec![skewed; 9]), request).await.unwrap_err().attempts(), 2);
}

/// Rows: R66.
#[tokio::test(start_paused = true)]
async fn waits_are_drawn_up_to_a_bound_which_throttling_raises() {
    async fn wait(random: f64, code: &'static str) -> u128 {
        let service = memory(&Log::default(), move |n, _| Ok(if n == 0 { refusal(503, code) } else { ok() }));
        let transport = builder().http_service(service).entropy(move || random).build().unwrap();
        let begin = Instant::now();
        send(&transport, put("abc")).await.unwrap();
        begin.elapsed().as_millis()
    }
    for (code, bound) in [("ServiceUnavailable", 400), ("SlowDown", 2000)] {
        assert_eq!(wait(0.0, code).await, 0, "{code}");
        assert_eq!(wait(0.5, code).await, bound / 2, "{code}");
        assert!((bound - 1..=bound).contains(&wait(0.9999, code).await), "{code}");
        for nonsense in [f64::NAN, -1.0, 1.0, f64::INFINITY] {
            assert_eq!(wait(nonsense, code).await, 0, "{code} {nonsense}");
        }
    }
}

/// Rows: R66.
#[tokio::test(start_paused = true)]
async fn no_wait_passes_the_deadline() {
    let log = Log::default();
    let mut slow = refusal(503, "ServiceUnavailable");
    slow.headers_mut().insert("retry-after", "30".parse().unwrap());
    let mut request = put("abc");
    request.options = CallOptions::default().operation_timeout(Duration::from_secs(10));
    let begin = Instant::now();
    let error = send(&scripted(&log, vec![slow]), request).await.unwrap_err();
    assert_eq!((error.code(), begin.elapsed()), (Some("ServiceUnavailable"), Duration::ZERO));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)), "for the caller, who may wait longer");
}

#[tokio::test(start_paused = true)]
async fn a_call_can_have_attempts_of_its_own() {
    for (attempts, expected) in [(1, 1), (0, 1), (5, 5)] {
        let log = Log::default();
        let mut request = put("abc");
        request.options.max_attempts = Some(attempts);
        let transport = scripted(&log, vec![refusal(500, "InternalError"); 9]);
        assert_eq!(send(&transport, request).await.unwrap_err().attempts(), expected);
        assert_eq!(log.len(), usize::try_from(expected).unwrap());
    }
}

/// Calls one after another for `time`, each of which may fail; gives their number.
async fn keep_calling(transport: &Transport, time: Duration, pause: Duration) -> usize {
    let end = Instant::now() + time;
    let mut calls = 0;
    while Instant::now() < end {
        let _ = send(transport, put("abc")).await;
        calls += 1;
        tokio::time::sleep(pause).await;
    }
    calls
}

/// Rows: R66.
#[tokio::test(start_paused = true)]
async fn in_a_full_outage_retries_add_little_load() {
    for lost in [true, false] {
        let log = Log::default();
        let service = memory(&log, move |_, _| if lost { Err(broken()) } else { Ok(refusal(503, "SlowDown")) });
        let transport = builder().anonymous().max_attempts(5).http_service(service).build().unwrap();
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let transport = transport.clone();
            workers.spawn(
                async move { keep_calling(&transport, Duration::from_secs(1800), Duration::from_secs(5)).await },
            );
        }
        let calls: usize = workers.join_all().await.into_iter().sum();
        assert!(calls > 3000, "{calls}");
        assert!(log.len() * 10 <= calls * 11, "{} requests for {calls} calls", log.len());
        assert!(log.len() > calls, "the budget is there to be used");
    }
}

/// Rows: R58, R59.
#[tokio::test(start_paused = true)]
async fn calls_outlive_a_network_that_is_cut_for_half_a_minute() {
    let begin = Instant::now();
    let log = Log::default();
    let service = memory(&log, move |_, _| {
        let cut = Duration::from_secs(10)..Duration::from_secs(40);
        if cut.contains(&begin.elapsed()) { Err(broken()) } else { Ok(ok()) }
    });
    // Full jitter may draw short waits many times in a row. The last 33 of 40 attempts are up to 20 s apart, so that
    // fewer than one run in 10^25 has them all inside the cut.
    let transport = builder().max_attempts(40).http_service(service).build().unwrap();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let transport = transport.clone();
        workers.spawn(async move {
            while begin.elapsed() < Duration::from_secs(60) {
                send(&transport, put("abc")).await.unwrap();
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        });
    }
    workers.join_all().await;
}

/// Rows: R66.
#[tokio::test(start_paused = true)]
async fn a_budget_can_be_shared() {
    let budget = RetryBudget::new(3);
    let log = Log::default();
    for _ in 0..2 {
        let service = memory(&log, |_, _| Ok(refusal(500, "InternalError")));
        let transport = builder().retry_budget(budget.clone()).http_service(service).build().unwrap();
        assert!(send(&transport, put("abc")).await.is_err());
    }
    assert_eq!((log.len(), budget.retries_left()), (2 + 3, 0));
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn a_digest_of_the_caller_is_not_sent_again_when_it_is_wrong() {
    for (from_caller, attempts) in [(true, 1), (false, 3)] {
        let log = Log::default();
        let mut request = put("abc");
        request.digest_from_caller = from_caller;
        let transport = scripted(&log, vec![refusal(400, "InvalidDigest"); 9]);
        assert_eq!(send(&transport, request).await.unwrap_err().attempts(), attempts);
    }
}
