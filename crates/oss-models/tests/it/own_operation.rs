//! An operation that this crate does not have, stated with its public interface alone.

use std::convert::Infallible;

use bytes::Bytes;
use expect_test::expect;
use http::{Method, StatusCode};
use http_body_util::{BodyExt as _, Full};
use oss_models::xml::{Document, MAX_DOCUMENT};
use oss_models::*;

use crate::support::{check, refused};

#[derive(Clone)]
struct GetBucketReferer {
    bucket: String,
}

impl Operation for GetBucketReferer {
    type Output = Vec<String>;

    const INFO: &'static OperationInfo =
        &OperationInfo::new("GetBucketReferer", Idempotency::Idempotent, ResponseShape::Xml("RefererConfiguration"));

    fn into_request(self) -> Result<Request, InvalidRequest> {
        let mut request = Request::new(Self::INFO, Method::GET);
        request.bucket = Some(BucketName::new(self.bucket)?);
        request.query.push(("referer".to_owned(), String::new()));
        Ok(request)
    }

    fn read(response: Response) -> Result<Vec<String>, CallErrorKind> {
        let body = response.checked_bytes(Self::INFO)?;
        let document = Document::parse(&body, MAX_DOCUMENT)
            .map_err(|error| CallErrorKind::InvalidResponse { status: response.status, reason: error.to_string() })?;
        Ok(document.root().all("RefererList/Referer").map(|referer| referer.text().to_owned()).collect())
    }
}

fn own() -> GetBucketReferer {
    GetBucketReferer { bucket: "demo".to_owned() }
}

/// Responds to every request alike.
fn responding(
    status: u16,
    body: &'static str,
) -> impl tower_service::Service<Request, Response = Response, Error = CallError> {
    crate::support::service(move |_| Ok(Response::new(StatusCode::from_u16(status).unwrap()).with_body(body)))
}

#[tokio::test]
async fn it_is_sent_read_and_refused_like_all_others() {
    check(own(), expect!["GET /demo/?referer"]);
    refused(
        GetBucketReferer { bucket: "Demo".to_owned() },
        expect![[r#"`bucket` must be made of a-z, 0-9 and -, got "Demo""#]],
    );
    let body = "<RefererConfiguration><RefererList><Referer>http://a</Referer><Referer>http://b</Referer></RefererList></RefererConfiguration>";
    assert_eq!(call(responding(200, body), own()).await.unwrap(), ["http://a", "http://b"]);
    for (status, body, expected) in [
        (403, "<Error><Code>AccessDenied</Code></Error>", expect!["GetBucketReferer oss://demo: 403 AccessDenied"]),
        (200, "<Error><Code>InternalError</Code></Error>", expect!["GetBucketReferer oss://demo: 200 InternalError"]),
        (
            200,
            "<html/>",
            expect![[
                r#"GetBucketReferer oss://demo: unreadable response (status 200 OK): <html> where <RefererConfiguration> was expected: "<html/>""#
            ]],
        ),
    ] {
        let error = call(responding(status, body), own()).await.unwrap_err();
        expected.assert_eq(&error.to_string());
    }
}

#[tokio::test]
async fn the_content_of_an_object_is_read_whole_or_not_at_all() {
    let broken = http_body_util::StreamBody::new(Frames(vec![
        Err("broken".into()),
        Ok(http_body::Frame::data(Bytes::from_static(b"ab"))),
    ]));
    let error = ResponseBody::Stream(Box::pin(broken)).bytes().await.unwrap_err();
    assert_eq!(error.to_string(), "the content could not be read to its end");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "broken");

    let whole = || Full::new(Bytes::from_static(b"abc")).map_err(|never: Infallible| match never {});
    assert_eq!(ResponseBody::Stream(Box::pin(whole())).bytes().await.unwrap(), "abc");
    assert_eq!(ResponseBody::Bytes(Bytes::from_static(b"abc")).bytes().await.unwrap(), "abc");
    // It is a body like any other, too.
    let body = ResponseBody::Bytes(Bytes::from_static(b"abc"));
    assert_eq!(http_body::Body::size_hint(&body).exact(), Some(3));
    assert_eq!(body.collect().await.unwrap().to_bytes(), "abc");
}

/// The frames from the last to the first.
struct Frames(Vec<Result<http_body::Frame<Bytes>, BoxError>>);

impl futures_core::Stream for Frames {
    type Item = Result<http_body::Frame<Bytes>, BoxError>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.pop())
    }
}
