//! What leaves over a connection, and what breaks on the way.

use std::io;

use oss_models::{Body, CallErrorKind, Crc64};
use proptest::prelude::*;
use tokio::io::AsyncReadExt;

use crate::support::{Net, OK, builder, over, put, read_head, read_request, responding, send, write};

#[tokio::test(start_paused = true)]
async fn an_empty_put_says_that_it_has_no_bytes() {
    let (net, seen) = responding(|_, _| OK.to_owned());
    let response = send(&over(&net), put(Body::empty())).await.unwrap();
    assert_eq!(response.sent.map(|sent| (sent.len, sent.crc64)), Some((0, Crc64::EMPTY)));
    let head = seen.lock().unwrap()[0].head.to_ascii_lowercase();
    assert!(head.contains("\r\ncontent-length: 0\r\n"), "{head}");
}

#[tokio::test(start_paused = true)]
async fn a_large_body_arrives_whole() {
    let (net, seen) = responding(|_, _| OK.to_owned());
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let response = send(&over(&net), put(bytes.clone())).await.unwrap();
    assert!(seen.lock().unwrap()[0].body == bytes);
    assert_eq!(response.sent.map(|sent| sent.crc64), Some(Crc64::of(&bytes)));
}

/// Cuts the first `cuts` connections after `bytes` bytes of the request, then serves.
fn cutting(cuts: usize, bytes: usize) -> Net {
    Net::new(move |number, mut stream| async move {
        if number < cuts {
            let mut taken = vec![0; bytes];
            let _ = stream.read_exact(&mut taken).await;
            return;
        }
        while read_request(&mut stream).await.is_some() {
            write(&mut stream, OK).await;
        }
    })
}

/// Rows: R59, R60.
#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_at_any_byte_is_retried_with_the_whole_body() {
    for bytes in [0, 1, 200, 5_000, 100_000] {
        let net = cutting(2, bytes);
        let response = send(&over(&net), put(vec![7; 200_000])).await.unwrap();
        assert_eq!(response.attempts, 3, "cut after {bytes} bytes");
        assert_eq!(response.earlier_attempt_unknown, bytes > 0, "cut after {bytes} bytes");
    }
    let once = builder().connector(cutting(9, 5_000)).max_attempts(1).build().unwrap();
    assert_eq!(send(&once, put(vec![7; 200_000])).await.unwrap_err().attempts(), 1, "a new connection is not free");
}

/// Rows: R58.
#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_retried_and_leaves_no_doubt() {
    let net = cutting(0, 0).refusing(|number| {
        (number < 2).then(|| io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused"))
    });
    let response = send(&over(&net), put("abc")).await.unwrap();
    assert_eq!((response.attempts, response.earlier_attempt_unknown), (3, false));

    let net = cutting(0, 0).refusing(|_| Some(io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused")));
    let error = send(&over(&net), put("abc")).await.unwrap_err();
    assert_eq!(error.to_string(), "PutObject oss://demo/key: could not connect to demo.oss.test:80 (after 3 attempts)");
    assert!(!error.outcome_unknown());
}

/// Responds to the first `early` requests as soon as it has their head.
fn hasty(early: usize, response: &'static str) -> Net {
    Net::new(move |number, mut stream| async move {
        if number < early {
            let _ = read_head(&mut stream).await;
            write(&mut stream, response).await;
            // Reads on, so that the rest of the body could still leave.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        } else {
            let _ = read_request(&mut stream).await;
            write(&mut stream, OK).await;
        }
    })
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn a_success_before_the_whole_body_was_sent_is_none() {
    const ACCEPTED: &str = "HTTP/1.1 203 Callback failed\r\nContent-Length: 0\r\nETag: \"e\"\r\n\r\n";
    for response in [OK, ACCEPTED] {
        let once = over(&hasty(1, response));
        let stored = send(&once, put(vec![7; 3_000_000])).await.unwrap();
        assert_eq!((stored.attempts, stored.earlier_attempt_unknown), (2, true));

        let error = send(&over(&hasty(9, response)), put(vec![7; 3_000_000])).await.unwrap_err();
        assert!(matches!(error.kind(), CallErrorKind::InvalidResponse { .. }), "{error:?}");
        assert!(error.to_string().contains("before the whole body was sent"), "{error}");
        assert_eq!((error.attempts(), error.outcome_unknown()), (3, true));
    }
    const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    let refused = send(&over(&hasty(1, REFUSED)), put(vec![7; 3_000_000])).await.unwrap_err();
    assert_eq!((refused.status().map(|status| status.as_u16()), refused.attempts()), (Some(403), 1), "may come early");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Rows: R59.
    #[test]
    fn whatever_breaks_no_body_arrives_changed(cuts in proptest::collection::vec(0..30_000_usize, 0..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let attempts = cuts.len() + 1;
        let whole: Vec<u8> = (0..20_000_u32).map(|i| (i % 253) as u8).collect();
        let expected = whole.clone();
        runtime.block_on(async {
            let net = Net::new(move |number, mut stream| {
                let (cut, expected) = (cuts.get(number).copied(), expected.clone());
                async move {
                    if let Some(bytes) = cut {
                        let _ = stream.read_exact(&mut vec![0; bytes]).await;
                        return;
                    }
                    let request = read_request(&mut stream).await.unwrap();
                    assert!(request.body == expected);
                    write(&mut stream, OK).await;
                }
            });
            let transport = builder().connector(net).max_attempts(10).build().unwrap();
            // A cut beyond the request leaves the server waiting for more, and the client for a response.
            let response = send(&transport, put(whole)).await.unwrap();
            assert_eq!(usize::try_from(response.attempts).unwrap(), attempts);
        });
    }
}
