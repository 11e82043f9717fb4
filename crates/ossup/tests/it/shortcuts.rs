//! What the client does in one line.

use oss_emulator::Fault;
use ossup::{
    DeleteFailure, GetObjectRequest, ObjectIdentifier, PutBucketVersioningRequest, PutObjectRequest, ToFile, Verified,
    VersioningStatus,
};

use crate::support::{PART, bytes, count, emulator, start};

#[tokio::test(flavor = "multi_thread")]
async fn whether_an_object_exists_is_no_error_unless_no_one_can_tell() {
    let (emulator, client) = start(emulator()).await;
    client.put_object(PutObjectRequest::new("demo", "a").body("x")).await.unwrap();
    assert!(client.exists("demo", "a").await.unwrap());
    assert!(!client.exists("demo", "b").await.unwrap());
    assert_eq!(client.exists("nowhere", "a").await.unwrap_err().code(), Some("NoSuchBucket"));
    assert!(client.exists("demo", "").await.is_err());
    emulator.add_fault(Fault::on("HeadObject").respond(403, "AccessDenied"));
    assert_eq!(client.exists("demo", "a").await.unwrap_err().code(), Some("AccessDenied"));
    // A proxy that keeps the headers of OSS from us.
    emulator.add_fault(Fault::on("HeadObject").respond(404, ""));
    assert!(!client.exists("demo", "a").await.unwrap());
    client.put_bucket_versioning(PutBucketVersioningRequest::new("demo", VersioningStatus::Enabled)).await.unwrap();
    client.delete_object(ossup::DeleteObjectRequest::new("demo", "a")).await.unwrap();
    assert!(!client.exists("demo", "a").await.unwrap(), "a delete marker is on top");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_up_by_one_request_and_comes_back() {
    let (emulator, client) = start(emulator()).await;
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("new/to"));
    let len = 7 * (1 << 20) + 1;
    std::fs::write(&from, bytes(len)).unwrap();
    let put = client.put_object_from_file(PutObjectRequest::new("demo", "film"), &from).await.unwrap();
    assert_eq!((put.verified, count(&emulator, "PutObject"), count(&emulator, "UploadPart")), (Verified::Crc64, 1, 0));
    let got = client.get_object_to_file(GetObjectRequest::new("demo", "film"), &to).await.unwrap();
    assert_eq!((got.verified, got.size), (Verified::Crc64, len as u64));
    assert!(std::fs::read(&to).unwrap() == bytes(len));
    std::fs::write(&to, "old").unwrap();
    let object = client.get_object(GetObjectRequest::new("demo", "film")).await.unwrap();
    assert_eq!(object.body.to_file(&to).await.unwrap(), len as u64);
    assert!(std::fs::read(&to).unwrap() == bytes(len));
}

/// Rows: W21.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_the_object_leaves_the_old_file() {
    let (emulator, client) = start(emulator()).await;
    client.put_object(PutObjectRequest::new("demo", "film").body(bytes(3 * PART))).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film");
    std::fs::write(&path, "old").unwrap();
    for effect in [
        oss_emulator::FaultEffect::FlipByte(5),
        oss_emulator::FaultEffect::WrongCrc,
        oss_emulator::FaultEffect::CloseMidResponse(PART as u64),
    ] {
        emulator.add_fault(Fault::on("GetObject").effect(effect.clone()));
        let object = client.get_object(GetObjectRequest::new("demo", "film")).await.unwrap();
        assert!(object.body.to_file(&path).await.is_err(), "{effect:?}");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_objects_are_deleted_in_batches_with_an_outcome_for_each() {
    let (emulator, client) = start(emulator()).await;
    let keys: Vec<_> = (0..1500).map(|n| format!("{n:04}")).collect();
    for key in keys.iter().step_by(100) {
        client.put_object(PutObjectRequest::new("demo", key.as_str()).body("x")).await.unwrap();
    }
    let odd = ["", "a&<>\"'\u{1}\n é", "0000"];
    client.put_object(PutObjectRequest::new("demo", odd[1]).body("x")).await.unwrap();
    let all = keys.iter().map(String::as_str).chain(odd);
    let mut deleting = client.delete_objects("demo", all.clone());
    let (mut names, mut failures) = (Vec::new(), Vec::new());
    while let Some(outcome) = deleting.next().await {
        failures.extend(outcome.result.err());
        names.push(outcome.object.key);
    }
    assert_eq!(names, all.collect::<Vec<_>>(), "in their order");
    assert!(matches!(&failures[..], [DeleteFailure::Invalid(_)]), "{failures:?}");
    assert!(emulator.objects("demo").unwrap().is_empty());
    assert_eq!(count(&emulator, "DeleteMultipleObjects"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_batch_is_told_of_each_of_its_objects_and_a_fatal_one_of_all() {
    let (emulator, client) = start(emulator()).await;
    let keys = || (0..2500).map(|n| n.to_string());
    let refused = |code: &str| Fault::on("DeleteMultipleObjects").nth(2).respond(400, code);
    emulator.add_fault(refused("InvalidArgument"));
    let failures = client.delete_objects("demo", keys()).failures().await;
    assert_eq!(failures.len(), 1000);
    assert!(failures.iter().all(|outcome| matches!(outcome.result, Err(DeleteFailure::Call(_)))));
    emulator.clear_faults();
    emulator.clear_history();
    emulator.add_fault(refused("AccessDenied"));
    let failures = client.delete_objects("demo", keys()).failures().await;
    let not_sent = failures.iter().filter(|outcome| matches!(outcome.result, Err(DeleteFailure::NotSent(_)))).count();
    assert_eq!((failures.len(), not_sent, count(&emulator, "DeleteMultipleObjects")), (1500, 500, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_deleted_as_they_are_named() {
    let (emulator, client) = start(emulator()).await;
    client.put_bucket_versioning(PutBucketVersioningRequest::new("demo", VersioningStatus::Enabled)).await.unwrap();
    let old = client.put_object(PutObjectRequest::new("demo", "a").body("1")).await.unwrap().version_id.unwrap();
    client.put_object(PutObjectRequest::new("demo", "a").body("2")).await.unwrap();
    let objects = [ObjectIdentifier::new("a").version_id(old), ObjectIdentifier::new("b")];
    assert!(client.delete_objects("demo", objects).failures().await.is_empty());
    assert_eq!(emulator.content("demo", "a").unwrap(), Some(b"2".to_vec()));
}
