//! Lists that come page by page, and markers that do not advance.

use std::collections::VecDeque;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use expect_test::expect;
use http::StatusCode;
use oss_models::*;

/// Gives the prepared documents in turn and notes the queries.
#[derive(Clone, Default)]
struct Script {
    responses: Arc<Mutex<VecDeque<String>>>,
    queries: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn new<const COUNT: usize>(responses: [&str; COUNT]) -> Self {
        let responses = Arc::new(Mutex::new(responses.map(ToOwned::to_owned).into()));
        Self { responses, ..Self::default() }
    }

    fn queries(&self) -> Vec<String> {
        self.queries.lock().unwrap().clone()
    }
}

impl tower_service::Service<Request> for Script {
    type Response = Response;
    type Error = CallError;
    type Future = Ready<Result<Response, CallError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let marker = |(name, value): &(String, String)| {
            (name.contains("marker") || name.contains("token")).then(|| format!("{name}={value}"))
        };
        self.queries.lock().unwrap().push(request.query.iter().filter_map(marker).collect::<Vec<_>>().join("&"));
        let body = self.responses.lock().unwrap().pop_front().expect("a page more than prepared");
        ready(Ok(Response::new(StatusCode::OK).with_body(body)))
    }
}

fn parts(numbers: std::ops::Range<u16>, next: Option<u16>) -> String {
    let parts: String =
        numbers.map(|n| format!("<Part><PartNumber>{n}</PartNumber><ETag>E</ETag><Size>1</Size></Part>")).collect();
    let next = next.map_or(String::new(), |n| {
        format!("<IsTruncated>true</IsTruncated><NextPartNumberMarker>{n}</NextPartNumberMarker>")
    });
    format!("<ListPartsResult>{parts}{next}</ListPartsResult>")
}

fn list_parts() -> ListPartsRequest {
    ListPartsRequest::new("demo", "k", UploadId::new("ID").unwrap())
}

#[tokio::test]
async fn entries_of_all_pages_come_in_order() {
    let service = Script::new([&parts(1..3, Some(2)), &parts(3..3, Some(3)), &parts(4..5, None)]);
    let mut entries = items(service.clone(), list_parts());
    let mut numbers = Vec::new();
    while let Some(part) = entries.next().await {
        numbers.push(part.unwrap().part_number.get());
    }
    assert_eq!(numbers, [1, 2, 4]);
    assert_eq!(service.queries(), ["", "part-number-marker=2", "part-number-marker=3"]);
}

#[tokio::test]
async fn no_more_pages_than_the_limit_are_asked_for() {
    let service = Script::new([&parts(1..2, Some(1)), &parts(2..3, Some(2))]);
    let mut pages = pages(service.clone(), list_parts()).limit(2);
    assert!(pages.next().await.is_some_and(|page| page.is_ok()));
    assert!(pages.next().await.is_some_and(|page| page.is_ok()));
    assert!(pages.next().await.is_none());
    assert_eq!(service.queries().len(), 2);
}

#[tokio::test]
async fn a_marker_that_does_not_advance_ends_the_list_with_an_error() {
    for bad in [Some(1), Some(0), Some(5)] {
        let service = Script::new([&parts(1..6, Some(5)), &parts(6..7, bad)]);
        let mut pages = pages(service, list_parts());
        assert!(pages.next().await.unwrap().is_ok());
        assert!(pages.next().await.unwrap().is_ok());
        assert!(pages.next().await.unwrap().is_err(), "{bad:?}");
        assert!(pages.next().await.is_none());
    }
    let service = Script::new(["<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"]);
    let mut pages = pages(service, ListObjectsV2Request::new("demo"));
    assert!(pages.next().await.unwrap().is_ok());
    expect!["ListObjectsV2 oss://demo: unreadable response (status 200 OK): the list is truncated but has no next-page marker"].assert_eq(&pages.next().await.unwrap().unwrap_err().to_string());
}

#[tokio::test]
async fn both_markers_of_versions_are_sent() {
    let page = |key: &str, version: &str| {
        format!(
            "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>{key}</NextKeyMarker>\
             <NextVersionIdMarker>{version}</NextVersionIdMarker></ListVersionsResult>"
        )
    };
    let last = "<ListVersionsResult/>".to_owned();
    let service = Script::new([&page("a", "9"), &page("a", "3"), &page("b", "7"), &last]);
    let mut list = pages(service.clone(), ListObjectVersionsRequest::new("demo"));
    while let Some(page) = list.next().await {
        page.unwrap();
    }
    let expected = [
        "",
        "key-marker=a&version-id-marker=9",
        "key-marker=a&version-id-marker=3",
        "key-marker=b&version-id-marker=7",
    ];
    assert_eq!(service.queries(), expected);

    let service = Script::new([&page("b", "9"), &page("b", "9")]);
    let mut list = pages(service, ListObjectVersionsRequest::new("demo"));
    assert!(list.next().await.unwrap().is_ok());
    assert!(list.next().await.unwrap().is_ok());
    assert!(list.next().await.unwrap().is_err());
}

#[tokio::test]
async fn tokens_uploads_and_buckets_advance_too() {
    let service = Script::new([
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t1</NextContinuationToken></ListBucketResult>",
        "<ListBucketResult/>",
    ]);
    let mut list = pages(service.clone(), ListObjectsV2Request::new("demo"));
    while list.next().await.is_some() {}
    assert_eq!(service.queries(), ["", "continuation-token=t1"]);

    let service = Script::new([
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextMarker>a/</NextMarker></ListBucketResult>",
        "<ListBucketResult/>",
    ]);
    let mut list = pages(service.clone(), ListObjectsRequest::new("demo"));
    while list.next().await.is_some() {}
    assert_eq!(service.queries(), ["", "marker=a/"]);

    let service = Script::new([
        "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>\
         <NextUploadIdMarker>u</NextUploadIdMarker></ListMultipartUploadsResult>",
        "<ListMultipartUploadsResult/>",
    ]);
    let mut list = pages(service.clone(), ListMultipartUploadsRequest::new("demo"));
    while list.next().await.is_some() {}
    assert_eq!(service.queries(), ["", "key-marker=k&upload-id-marker=u"]);

    let service = Script::new([
        "<ListAllMyBucketsResult><IsTruncated>true</IsTruncated><NextMarker>demo</NextMarker></ListAllMyBucketsResult>",
        "<ListAllMyBucketsResult/>",
    ]);
    let mut list = pages(service.clone(), ListBucketsRequest::new());
    while list.next().await.is_some() {}
    assert_eq!(service.queries(), ["", "marker=demo"]);
}
