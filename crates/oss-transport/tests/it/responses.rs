//! What comes back: broken, endless and hostile responses, and content that is checked.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use oss_models::{Body, CallErrorKind, Crc64, Crc64Scope, Idempotency, OperationInfo, Response, ResponseShape};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use crate::support::{
    APPEND, COMPLETE, HEAD, LIST_PARTS, Net, OK, builder, chain, content, get, over, put, read_head, read_request,
    request, responding, send, write,
};

async fn outcome(
    response: impl AsRef<[u8]> + Send + Sync + 'static,
    request: oss_models::Request,
) -> Result<Response, String> {
    let response = Arc::new(response);
    let net = Net::new(move |_, mut stream| {
        let response = Arc::clone(&response);
        async move {
            let _ = read_request(&mut stream).await;
            write(&mut stream, (*response).as_ref()).await;
            let _ = stream.shutdown().await;
            let _ = read_head(&mut stream).await;
        }
    });
    let transport = builder().connector(net).max_attempts(1).build().unwrap();
    send(&transport, request).await.map_err(|error| chain(&error))
}

/// A server that responds with `begin` and then with `filler` over and over, until the client stops reading or it has sent
/// 8 MiB; and the bytes that it came to.
fn endless(begin: String, filler: String) -> (Net, impl AsyncFn() -> usize) {
    let written = Arc::new(AtomicUsize::new(0));
    let (count, text) = (Arc::clone(&written), Arc::new((begin, filler)));
    let net = Net::new(move |_, mut stream| {
        let (count, text) = (Arc::clone(&count), Arc::clone(&text));
        async move {
            let (begin, filler) = &*text;
            let _ = read_request(&mut stream).await;
            write(&mut stream, begin).await;
            while count.load(Relaxed) < 8 << 20 && stream.write_all(filler.as_bytes()).await.is_ok() {
                count.fetch_add(filler.len(), Relaxed);
            }
        }
    });
    let settled = async move || {
        tokio::time::sleep(Duration::from_secs(1)).await;
        written.load(Relaxed)
    };
    (net, settled)
}

/// Rows: R65.
#[tokio::test(start_paused = true)]
async fn broken_responses_are_errors() {
    for (response, why) in [
        ("", "the connection broke"),
        ("HTTP/1.1 200 OK\r\nContent-Le", "the connection broke"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "the connection broke"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "the connection broke"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "the connection broke"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "the response has two lengths",
        ),
        ("HTTP/1.1 2x0 OK\r\n\r\n", "the connection broke"),
        ("SSH-2.0-nothing\r\n\r\n", "the connection broke"),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\n\u{0}\u{1}\u{2}", "500 BadErrorResponse"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>", "unreadable response"),
    ] {
        let error = outcome(response, put("abc")).await.unwrap_err();
        assert!(error.contains(why), "{response:?}: {error}");
    }
}

/// Rows: R65.
#[tokio::test(start_paused = true)]
async fn what_follows_a_response_is_not_the_response_to_the_next_request() {
    let planted = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"planted\"\r\n\r\n";
    for body in
        ["Content-Length: 0\r\n\r\n", "Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]
    {
        let (net, _) = responding(move |number, _| match number {
            0 => format!("HTTP/1.1 200 OK\r\nETag: \"e\"\r\n{body}{planted}"),
            _ => OK.to_owned(),
        });
        let transport = over(&net);
        for _ in 0..2 {
            let response = send(&transport, put("abc")).await.unwrap();
            assert_eq!(response.header("etag"), Some("\"e\""), "{body:?}");
        }
        assert_eq!(net.dialed().len(), 2, "{body:?}");
    }
}

/// Rows: R65.
#[tokio::test(start_paused = true)]
async fn an_endless_head_is_cut_off() {
    for (begin, filler) in [("", "x-filler: 0123456789\r\n"), ("", "x: y\r\n"), ("x-one-header: ", "A")] {
        let (net, written) = endless(format!("HTTP/1.1 200 OK\r\n{begin}"), filler.repeat(1000));
        let transport = builder().connector(net).max_attempts(1).build().unwrap();
        let error = send(&transport, put("abc")).await.unwrap_err();
        assert!(matches!(error.kind(), CallErrorKind::Connection(_)), "{error:?}");
        assert!(written().await < 256 << 10, "the client went on reading");
    }
    let crowd = format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "x: y\r\n".repeat(100));
    assert!(outcome(crowd, put("abc")).await.unwrap_err().contains("the connection broke"));
}

/// Rows: R65.
#[tokio::test(start_paused = true)]
async fn a_flood_of_interim_responses_is_cut_off() {
    let net = Net::new(|_, mut stream| async move {
        let _ = read_request(&mut stream).await;
        while stream.write_all(b"HTTP/1.1 102 Processing\r\n\r\n").await.is_ok() {}
    });
    let transport = builder().connector(net).max_attempts(1).build().unwrap();
    let begin = Instant::now();
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert!(chain(&error).contains("more than 16 interim responses"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(1));
}

/// Rows: R75.
#[tokio::test(start_paused = true)]
async fn a_huge_error_document_is_read_in_part_and_its_status_counts() {
    let begin = "HTTP/1.1 403 Forbidden\r\nContent-Length: 536870912\r\n\r\n<Error><Code>AccessDenied</Code>";
    let (net, written) = endless(begin.to_owned(), " ".repeat(65_536));
    let error = send(&over(&net), put("abc")).await.unwrap_err();
    assert_eq!((error.status().map(|s| s.as_u16()), error.attempts()), (Some(403), 1));
    assert!(written().await < 2 << 20, "the client went on reading");
}

/// Rows: R75.
#[tokio::test(start_paused = true)]
async fn a_document_beyond_its_limit_is_unreadable() {
    let body = "<ListPartsResult>".to_owned() + &"<Part/>".repeat(1 << 20);
    for length in [format!("Content-Length: {}", body.len()), "Connection: close".to_owned()] {
        let response = format!("HTTP/1.1 200 OK\r\n{length}\r\n\r\n{body}");
        let error = outcome(response, request(&LIST_PARTS, Method::GET)).await.unwrap_err();
        assert!(error.contains("longer than 4194304 bytes"), "{length}: {error}");
    }

    // If the head says so already, nothing of the rest is waited for.
    let begin = Instant::now();
    let net = Net::new(|_, mut stream| async move {
        let _ = read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 4194305\r\n\r\n<ListPartsResult>").await;
        let _ = read_head(&mut stream).await;
    });
    let transport = builder().connector(net).max_attempts(1).build().unwrap();
    let error = chain(&send(&transport, request(&LIST_PARTS, Method::GET)).await.unwrap_err());
    assert!(error.contains("longer than 4194304 bytes"), "{error}");
    assert_eq!(begin.elapsed(), Duration::ZERO);
}

/// Rows: R76.
#[tokio::test(start_paused = true)]
async fn a_document_type_is_refused_before_it_can_expand() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
                <ListPartsResult>&b;</ListPartsResult>";
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{bomb}", bomb.len());
    let error = outcome(response, request(&LIST_PARTS, Method::GET)).await.unwrap_err();
    assert!(error.contains("unreadable response") && error.contains("a document type is not allowed"), "{error}");
}

/// Rows: R52.
#[tokio::test(start_paused = true)]
async fn the_response_of_a_callback_is_cut_not_refused() {
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(2 << 20));
    let response =
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let mut complete = request(&COMPLETE, Method::POST);
    complete.headers.insert("x-oss-callback", http::HeaderValue::from_static("e30="));
    let response = outcome(response, complete).await.unwrap();
    assert_eq!(response.bytes().map(|bytes| bytes.len()), Some(1 << 20));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_head_is_read_from_its_header() {
    let response = "HTTP/1.1 404 Not Found\r\nContent-Length: 999\r\n\
                  x-oss-err: PEVycm9yPjxDb2RlPk5vU3VjaEtleTwvQ29kZT48L0Vycm9yPg==\r\n\r\n";
    let error = outcome(response, request(&HEAD, Method::HEAD)).await.unwrap_err();
    assert!(error.contains("404 NoSuchKey"), "{error}");
}

/// Rows: R65.
#[tokio::test(start_paused = true)]
async fn an_early_refusal_is_heard_while_the_body_is_being_sent() {
    let drained: Arc<Mutex<Option<(usize, Duration)>>> = Arc::default();
    let seen = Arc::clone(&drained);
    let begin = Instant::now();
    let net = Net::new(move |_, mut stream| {
        let seen = Arc::clone(&seen);
        async move {
            let _ = read_head(&mut stream).await;
            let refusal = "<Error><Code>AccessDenied</Code></Error>";
            let len = refusal.len();
            write(&mut stream, format!("HTTP/1.1 403 Forbidden\r\nContent-Length: {len}\r\n\r\n{refusal}")).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            *seen.lock().unwrap() = Some((rest.len(), begin.elapsed()));
        }
    });
    let error = send(&over(&net), put(vec![0; 5_000_000])).await.unwrap_err();
    assert_eq!((error.code(), error.attempts()), (Some("AccessDenied"), 1));
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(net.dialed().len(), 1);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let (rest, closed) = drained.lock().unwrap().expect("the connection is closed");
    assert!(rest < 1_000_000 && closed < Duration::from_secs(1), "{rest} bytes more, closed after {closed:?}");
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn content_is_streamed_and_checked() {
    let crc = Crc64::of(b"hello");
    let message = format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx-oss-hash-crc64ecma: {crc}\r\n\r\nhello");
    let response = outcome(message.clone(), get()).await.unwrap();
    assert_eq!(content(response).await.unwrap(), "hello");

    let damaged = message.replace("\r\n\r\nhello", "\r\n\r\nhellO");
    let response = outcome(damaged.clone(), get()).await.unwrap();
    let error = content(response).await.unwrap_err();
    assert!(error.is::<oss_transport::CorruptContent>(), "{error}");

    let [mut range, mut compressed, mut processed] = [get(), get(), get()];
    range.headers.insert("range", http::HeaderValue::from_static("bytes=0-4"));
    compressed.headers.insert("accept-encoding", http::HeaderValue::from_static("gzip"));
    processed.query.push(("x-oss-process".to_owned(), "image/info".to_owned()));
    for other in [range, compressed, processed] {
        let response = outcome(damaged.clone(), other).await.unwrap();
        assert_eq!(content(response).await.unwrap(), "hellO", "the CRC64 of what was asked for is not known");
    }
}

/// Rows: R57.
#[tokio::test(start_paused = true)]
async fn content_of_another_object_or_range_is_refused() {
    let asked = |header: &'static str, value| {
        let mut request = get();
        request.headers.insert(header, http::HeaderValue::from_static(value));
        request
    };
    let response = |head: &str| format!("HTTP/1.1 {head}\r\nContent-Length: 2\r\n\r\nll");
    for (request, head, refused) in [
        (asked("if-match", "\"NEW\""), "200 OK\r\nETag: \"new\"", None),
        (asked("if-match", "\"new\""), "200 OK", None),
        (asked("if-match", "*"), "200 OK\r\nETag: \"new\"", None),
        (asked("if-match", "\"old\""), "200 OK\r\nETag: \"new\"", Some("the entity tag new, and old was pinned")),
        (asked("range", "bytes=2-3"), "206 Partial\r\nContent-Range: bytes 2-3/5", None),
        (asked("range", "bytes=9-"), "200 OK", None),
        (asked("range", "bytes=2-3"), "206 Partial\r\nContent-Range: bytes 0-1/5", Some("is not the one")),
        (asked("range", "bytes=2-3"), "206 Partial", Some("a range without Content-Range")),
    ] {
        let outcome = outcome(response(head), request).await.map(drop);
        match refused {
            None => assert_eq!(outcome, Ok(()), "{head}"),
            Some(why) => assert!(outcome.as_ref().is_err_and(|error| error.contains(why)), "{head}: {outcome:?}"),
        }
    }
}

/// Rows: R54, R57.
#[tokio::test(start_paused = true)]
async fn a_part_in_place_of_the_whole_object_does_not_pass_for_it() {
    let crc = Crc64::of(b"hello");
    for status in ["200 OK", "203 Odd", "206 Partial"] {
        let response = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nx-oss-hash-crc64ecma: {crc}\r\n\r\nhe");
        let read = content(outcome(response, get()).await.unwrap()).await;
        assert!(read.is_err_and(|error| error.is::<oss_transport::CorruptContent>()), "{status}");
    }
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn what_is_appended_is_checked_with_what_was_there_before() {
    let appended = |before: Option<&[u8]>| {
        let mut request = request(&APPEND, Method::POST);
        request.body = Body::from("lo");
        request.crc64_before = before.map(Crc64::of);
        request
    };
    let response = |whole: &[u8]| {
        format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-oss-hash-crc64ecma: {}\r\n\r\n", Crc64::of(whole))
    };
    for (before, whole, is_right) in [
        (Some(&b"hel"[..]), &b"hello"[..], true),
        (Some(b"hel"), b"hallo", false),
        (None, b"hallo", true),
        (Some(b""), b"lo", true),
        (Some(b""), b"la", false),
    ] {
        let outcome = outcome(response(whole), appended(before)).await.map(drop);
        match outcome {
            Ok(()) => assert!(is_right, "{before:?}"),
            Err(error) => assert!(!is_right && error.contains("CRC64"), "{before:?}: {error}"),
        }
    }
}

/// An operation that the library has never heard of says what its CRC64 is of, and that is enough.
///
/// Rows: R54, R57.
#[tokio::test(start_paused = true)]
async fn the_facts_of_an_operation_decide_what_is_checked() {
    static SEND: OperationInfo = OperationInfo::new("PutFrobnicated", Idempotency::Idempotent, ResponseShape::Headers)
        .with_crc64(Crc64Scope::SentBody);
    static FETCH: OperationInfo = OperationInfo::new("GetFrobnicated", Idempotency::Idempotent, ResponseShape::Content)
        .with_crc64(Crc64Scope::WholeContent)
        .with_pinned_content();
    let crc_of = |bytes: &[u8], body: &str| {
        let (len, crc) = (body.len(), Crc64::of(bytes));
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {len}\r\nETag: \"new\"\r\nx-oss-hash-crc64ecma: {crc}\r\n\r\n{body}"
        )
    };
    let sent = || {
        let mut sent = request(&SEND, Method::PUT);
        sent.body = Body::from("hello");
        sent
    };
    let right = outcome(crc_of(b"hello", ""), sent()).await.unwrap();
    assert_eq!(right.sent.map(|sent| sent.crc64), Some(Crc64::of(b"hello")));
    assert!(outcome(crc_of(b"hullo", ""), sent()).await.unwrap_err().contains("CRC64"));

    let fetched = |tag: &'static str| {
        let mut fetched = request(&FETCH, Method::GET);
        fetched.headers.insert("if-match", http::HeaderValue::from_static(tag));
        fetched
    };
    assert_eq!(content(outcome(crc_of(b"hello", "hello"), fetched("\"new\"")).await.unwrap()).await.unwrap(), "hello");
    let damaged = content(outcome(crc_of(b"hullo", "hello"), fetched("\"new\"")).await.unwrap()).await;
    assert!(damaged.unwrap_err().is::<oss_transport::CorruptContent>());
    assert!(outcome(crc_of(b"hello", "hello"), fetched("\"old\"")).await.unwrap_err().contains("entity tag"));
}

/// Pieces of responses, good and bad.
fn any_response() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 503 Slow Down\r\n",
        "HTTP/1.0 204 \r\n",
        "Content-Length: 3\r\n",
        "Content-Length: 37\r\n",
        "Content-Length: 18446744073709551615\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "x-oss-hash-crc64ecma: 99999999999999999999999\r\n",
        "Retry-After: 99999999999999999999\r\n",
        "\r\n",
        "5\r\nabcde\r\n",
        "ffffffffffffffff\r\n",
        "0\r\n\r\n",
        "<Error><Code>NoSuchKey</Code></Error>",
    ]);
    let piece = prop_oneof![
        4 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..30),
    ];
    proptest::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Rows: R65.
    #[test]
    fn any_response_ends_in_bounded_time(response in any_response(), closes in any::<bool>(), streams in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let response = Arc::new(response);
        runtime.block_on(async {
            let net = Net::new(move |_, mut stream| {
                let response = Arc::clone(&response);
                async move {
                    let _ = read_request(&mut stream).await;
                    write(&mut stream, &*response).await;
                    if !closes {
                        let _ = read_head(&mut stream).await;
                    }
                }
            });
            let transport = builder().connector(net).max_attempts(1).build().unwrap();
            let begin = Instant::now();
            let outcome = send(&transport, if streams { get() } else { put("abc") }).await;
            if let (true, Ok(response)) = (streams, outcome) {
                let _ = content(response).await;
            }
            assert!(begin.elapsed() <= Duration::from_secs(5 + 20 + 60 + 20 + 2));
        });
    }
}
