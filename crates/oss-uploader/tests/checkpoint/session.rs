use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use oss_models::{Crc64, PartNumber, PutObjectRequest};
use oss_uploader::session::{MultipartSession, PartReceipt, ReceiptError, SessionError};
use oss_uploader::{MAX_PART_SIZE, MIN_PART_SIZE, Stored, Uploader, Verified};

use crate::fixture::time;
use crate::server::Server;

fn request() -> PutObjectRequest {
    PutObjectRequest::new("examplebucket", "film.mp4")
}

fn number(number: u16) -> PartNumber {
    PartNumber::new(number).unwrap()
}

/// Two whole parts and a short one.
fn content() -> Bytes {
    let len = usize::try_from(MIN_PART_SIZE).unwrap() * 2 + 77;
    (0..len).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

/// What another process makes of the token.
fn sent_on<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

async fn started(server: &Server) -> (Uploader, MultipartSession) {
    let uploader = server.uploader().part_attempts(1_u32);
    let session = MultipartSession::begin(&uploader, request(), Some(content().len() as u64)).await.unwrap();
    (uploader, session)
}

async fn all_parts(uploader: &Uploader, session: &MultipartSession) -> Vec<PartReceipt> {
    let mut receipts = Vec::new();
    let mut offset = 0;
    for (bytes, n) in content().chunks(usize::try_from(MIN_PART_SIZE).unwrap()).zip([1, 4, 9]) {
        let part = session.upload_part(uploader, number(n), offset, bytes.to_vec()).await.unwrap();
        offset += bytes.len() as u64;
        receipts.push(part);
    }
    receipts
}

/// Rows: R12.
#[tokio::test]
async fn a_digest_of_the_whole_object_is_refused_before_anything_is_sent() {
    let server = Server::default();
    let (uploader, session) = started(&server).await;
    let receipts = all_parts(&uploader, &session).await;
    let before = server.state().log.clone();
    let with_digest = request().content_md5("AAAAAAAAAAAAAAAAAAAAAA==");
    let error = MultipartSession::begin(&uploader, with_digest.clone(), None).await.unwrap_err();
    assert!(error.to_string().contains("content_md5"), "{error}");
    let error = session.complete(&uploader, with_digest, receipts).await.unwrap_err();
    assert!(error.to_string().contains("content_md5"), "{error}");
    assert_eq!(server.state().log, before);
}

#[tokio::test]
async fn workers_with_the_token_upload_and_one_completes_in_any_order() {
    let server = Server::default();
    let (_, session) = started(&server).await;
    assert_eq!(session.initiated, Some(time(1_700_000_000)));
    let mut receipts = Vec::new();
    for receipt in all_parts(&server.uploader(), &sent_on(&session)).await {
        receipts.insert(0, sent_on(&receipt));
    }
    let driver = server.uploader();
    let result = sent_on(&session).complete(&driver, request(), receipts).await.unwrap();
    assert_eq!(server.state().objects["film.mp4"], content());
    assert_eq!((result.verified, result.hash_crc64), (Verified::Crc64, Some(Crc64::of(&content()))));
    assert_eq!((result.size, result.parts_sent), (content().len() as u64, 3));
    assert!(server.upload_ids().is_empty());
}

#[tokio::test]
async fn ranges_of_a_file_become_parts_at_the_same_place() {
    let server = Server::default();
    let (uploader, session) = started(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    std::fs::write(&path, content()).unwrap();
    let len = content().len() as u64;
    let second = session.upload_file_part(&uploader, number(2), &path, MIN_PART_SIZE..len).await.unwrap();
    let first = session.upload_file_part(&uploader, number(1), &path, 0..MIN_PART_SIZE).await.unwrap();
    let beyond = session.upload_file_part(&uploader, number(3), &path, len - 1..len + 1).await.unwrap_err();
    assert!(beyond.to_string().contains("oss://examplebucket/film.mp4"), "{beyond}");
    session.complete(&uploader, request(), vec![second, first]).await.unwrap();
    assert_eq!(server.state().objects["film.mp4"], content());
}

/// What an error says of its cause.
fn cause(error: &dyn std::error::Error) -> Option<String> {
    error.source().map(ToString::to_string)
}

/// The service takes no part of more than 5 GiB, and would say so after having read it.
#[tokio::test]
async fn a_part_that_is_too_large_is_refused_before_it_is_read() {
    let server = Server::default();
    let (uploader, session) = started(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge");
    std::fs::File::create(&path).unwrap().set_len(MAX_PART_SIZE + 1).unwrap();
    let sending = session.upload_file_part(&uploader, number(1), &path, 0..MAX_PART_SIZE + 1);
    let error = sending.await.unwrap_err();
    let reason = "5368709121 bytes are more than the 5368709120 that a part may have";
    assert!(error.to_string().contains(reason), "{error}");
    assert_eq!((error.upload_id(), error.stored()), (Some(&session.upload_id), Stored::No));
    assert_eq!(server.count("UploadPart"), 0);
}

#[tokio::test]
async fn what_is_missing_is_said_first_and_can_still_be_uploaded() {
    let server = Server::default();
    let (uploader, session) = started(&server).await;
    let mut receipts = all_parts(&uploader, &session).await;
    let missing = receipts.remove(1);
    let error = session.complete(&uploader, request(), receipts.clone()).await.unwrap_err();
    let gap = ReceiptError::Gap { number: number(9), from: MIN_PART_SIZE, to: 2 * MIN_PART_SIZE };
    assert!(matches!(&error, SessionError::Receipts(found) if *found == gap), "{error:?}");
    assert_eq!(error.to_string(), "the session cannot be completed");
    assert_eq!(cause(&error), Some(gap.to_string()));
    assert_eq!(server.count("CompleteMultipartUpload"), 0);
    receipts.push(missing);
    session.complete(&uploader, request(), receipts).await.unwrap();
}

#[tokio::test]
async fn a_receipt_that_lies_about_its_content_is_found_out_by_the_whole() {
    let server = Server::default();
    let (uploader, session) = started(&server).await;
    let mut receipts = all_parts(&uploader, &session).await;
    receipts[0].crc64 = Crc64::of(b"something else");
    let error = session.complete(&uploader, request(), receipts).await.unwrap_err();
    let SessionError::Upload(error) = error else { panic!("{error:?}") };
    assert_eq!(error.stored(), Stored::Yes);
    assert!(error.to_string().contains("CRC64 of the bytes sent is"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_part_that_fails_for_a_while_is_sent_again() {
    let server = Server::default();
    let (_, session) = started(&server).await;
    server.state().refuse = vec![("UploadPart", StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable")];
    let uploader = server.uploader().part_attempts(5_u32);
    let recovery = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        server.state().refuse.clear();
    };
    let sending = session.upload_part(&uploader, number(1), 0, content());
    let (receipt, ()) = tokio::join!(sending, recovery);
    session.complete(&uploader, request(), vec![receipt.unwrap()]).await.unwrap();
    assert!(server.count("UploadPart") > 1);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_goes_on_failing_names_its_upload() {
    let server = Server::default();
    let (uploader, session) = started(&server).await;
    server.state().refuse = vec![("UploadPart", StatusCode::FORBIDDEN, "AccessDenied")];
    let error = session.upload_part(&uploader, number(1), 0, content()).await.unwrap_err();
    assert_eq!(
        (error.upload_id(), error.part(), error.code()),
        (Some(&session.upload_id), Some(number(1)), Some("AccessDenied"))
    );
    assert_eq!(server.upload_ids(), [session.upload_id.as_str()], "a worker does not abort what others work on");
}

#[tokio::test]
async fn aborting_leaves_nothing_and_may_be_repeated() {
    let server = Server::default();
    let (uploader, session) = started(&server).await;
    all_parts(&uploader, &session).await;
    session.abort(&uploader).await.unwrap();
    assert!(server.upload_ids().is_empty());
    session.abort(&uploader).await.unwrap();
    server.state().refuse = vec![("AbortMultipartUpload", StatusCode::FORBIDDEN, "AccessDenied")];
    let error = session.abort(&uploader).await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDenied"), "{error}");
}

#[tokio::test]
async fn another_key_is_refused_before_anything_is_sent() {
    let server = Server::default();
    let (uploader, session) = started(&server).await;
    let receipts = all_parts(&uploader, &session).await;
    let other = PutObjectRequest::new("examplebucket", "other.mp4");
    let error = session.complete(&uploader, other, receipts).await.unwrap_err();
    let SessionError::Upload(upload) = &error else { panic!("{error:?}") };
    assert_eq!(
        (error.to_string(), cause(&error)),
        (upload.to_string(), cause(upload)),
        "it is the error of the upload"
    );
    assert_eq!(server.count("CompleteMultipartUpload"), 0);
}

#[test]
fn a_token_is_small_plain_json_and_checked_when_it_is_read() {
    let token = r#"{"bucket":"examplebucket","key":"a","upload_id":"ID","size":5,"initiated":1700000000}"#;
    let session: MultipartSession = serde_json::from_str(token).unwrap();
    assert_eq!((session.size, session.initiated), (Some(5), Some(time(1_700_000_000))));
    assert_eq!(serde_json::to_string(&session).unwrap(), token);
    let open = r#"{"bucket":"examplebucket","key":"a","upload_id":"ID"}"#;
    assert_eq!(serde_json::to_string(&serde_json::from_str::<MultipartSession>(open).unwrap()).unwrap(), open);
    for bad in [token.replace("examplebucket", "E"), token.replace("\"a\"", "\"/a\""), token.replace("ID", "")] {
        assert!(serde_json::from_str::<MultipartSession>(&bad).is_err(), "{bad}");
    }
}
