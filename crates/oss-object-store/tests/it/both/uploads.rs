//! Multipart uploads as engines make them.

use oss_emulator::{Fault, FaultEffect};

use super::object_store::multipart::MultipartStore as _;
use super::object_store::path::Path;
use super::object_store::{
    Attribute, Attributes, Error, MultipartUpload as _, ObjectStore as _, ObjectStoreExt as _, PutPayload,
    WriteMultipart,
};
use super::suite::start;
use crate::support::{bytes, count, until};

const MIB: usize = 1 << 20;

#[tokio::test]
async fn parts_of_any_size_become_parts_that_oss_takes() {
    let (emulator, store) = start().await;
    let (path, content) = (Path::from("a"), bytes(700_000));
    let mut upload = store.put_multipart(&path).await.unwrap();
    let mut rest = &content[..];
    let mut parts = Vec::new();
    for len in [1, 0, 50_000, 60_000, 3, 300_000, 99_999, 7, 180_000, usize::MAX] {
        let (part, behind) = rest.split_at(len.min(rest.len()));
        rest = behind;
        parts.push(upload.put_part(PutPayload::from(part.to_vec())));
    }
    // Polled in the order of their numbers backwards.
    for part in parts.into_iter().rev() {
        part.await.unwrap();
    }
    upload.complete().await.unwrap();
    assert!(store.get(&path).await.unwrap().bytes().await.unwrap()[..] == content[..]);
    let sizes: Vec<_> = emulator.history().iter().filter(|r| r.operation == "UploadPart").map(|r| r.body_len).collect();
    let last = sizes.len();
    assert!((3..=5).contains(&last), "{sizes:?}");
    assert!(emulator.uploads("demo").unwrap().is_empty());
}

#[tokio::test]
async fn an_upload_without_parts_is_an_object_of_no_bytes_with_its_attributes() {
    let (emulator, store) = start().await;
    let attributes =
        Attributes::from_iter([(Attribute::Metadata("k".into()), "v"), (Attribute::ContentType, "text/csv")]);
    let path = Path::from("a");
    let mut upload = store.put_multipart_opts(&path, attributes.clone().into()).await.unwrap();
    upload.put_part(PutPayload::new()).await.unwrap();
    let put = upload.complete().await.unwrap();
    let got = store.get(&path).await.unwrap();
    assert_eq!((got.meta.size, &got.meta.e_tag, &got.attributes), (0, &put.e_tag, &attributes));
    let id = store.create_multipart(&Path::from("b")).await.unwrap();
    store.complete_multipart(&Path::from("b"), &id, Vec::new()).await.unwrap();
    assert_eq!(store.head(&Path::from("b")).await.unwrap().size, 0);
    let error = upload.complete().await.unwrap_err();
    assert!(error.to_string().contains("completed or aborted before"), "{error}");
    assert!(emulator.uploads("demo").unwrap().is_empty());
}

#[tokio::test]
async fn a_damaged_part_is_never_completed() {
    let (emulator, store) = start().await;
    let path = Path::from("a");
    emulator.add_fault(Fault::on("UploadPart").part(2).always().effect(FaultEffect::WrongCrc));
    let mut upload = store.put_multipart(&path).await.unwrap();
    upload.put_part(bytes(200_000).into()).await.unwrap();
    let error = upload.put_part(bytes(200_000).into()).await.unwrap_err();
    assert!(error.to_string().contains("CRC64 of the bytes sent"), "{error}");
    let error = upload.complete().await.unwrap_err();
    assert!(error.to_string().contains("1 of 2 parts"), "{error}");
    assert_eq!(count(&emulator, "CompleteMultipartUpload"), 0);
    upload.abort().await.unwrap();
    assert!(emulator.uploads("demo").unwrap().is_empty() && emulator.objects("demo").unwrap().is_empty());
    // The whole is compared too.
    emulator.clear_faults();
    emulator.add_fault(Fault::on("CompleteMultipartUpload").always().effect(FaultEffect::WrongCrc));
    let mut upload = store.put_multipart(&path).await.unwrap();
    upload.put_part(bytes(200_000).into()).await.unwrap();
    let error = upload.complete().await.unwrap_err();
    assert!(error.to_string().contains("CRC64"), "{error}");
}

#[tokio::test]
async fn a_writer_that_is_dropped_leaves_nothing_behind() {
    let (emulator, store) = start().await;
    let upload = store.put_multipart(&Path::from("a")).await.unwrap();
    let mut writer = WriteMultipart::new_with_chunk_size(upload, 256 * 1024);
    writer.write(&bytes(MIB));
    until("a part is there", || emulator.uploads("demo").unwrap().iter().any(|upload| !upload.parts.is_empty())).await;
    drop(writer);
    until("the upload is gone", || emulator.uploads("demo").unwrap().is_empty()).await;
    assert!(emulator.objects("demo").unwrap().is_empty());
}

/// Rows: W14, R45.
#[tokio::test]
async fn a_completed_upload_whose_response_is_lost_is_a_success_and_not_aborted() {
    let (emulator, store) = start().await;
    let path = Path::from("a");
    emulator.add_fault(Fault::on("CompleteMultipartUpload").effect(FaultEffect::CloseAfterStoring));
    let mut writer = WriteMultipart::new(store.put_multipart(&path).await.unwrap());
    writer.write(&bytes(MIB));
    let put = writer.finish().await.unwrap();
    assert_eq!(store.head(&path).await.unwrap().e_tag, put.e_tag);
    // The same by the trait whose calls have only the id in common.
    emulator.add_fault(Fault::on("CompleteMultipartUpload").effect(FaultEffect::CloseAfterStoring));
    let id = store.create_multipart(&path).await.unwrap();
    let part = store.put_part(&path, &id, 0, bytes(MIB).into()).await.unwrap();
    store.complete_multipart(&path, &id, vec![part]).await.unwrap();
    assert_eq!(count(&emulator, "AbortMultipartUpload"), 0);
}

#[tokio::test]
async fn parts_that_oss_refuses_are_refused_before_the_object_is_made() {
    let (emulator, store) = start().await;
    let path = Path::from("a");
    let id = store.create_multipart(&path).await.unwrap();
    let small = store.put_part(&path, &id, 0, "small".into()).await.unwrap();
    let last = store.put_part(&path, &id, 1, "last".into()).await.unwrap();
    let error = store.complete_multipart(&path, &id, vec![small, last]).await.unwrap_err();
    assert!(error.to_string().contains("part 1 has 5 bytes"), "{error}");
    assert_eq!(count(&emulator, "CompleteMultipartUpload"), 0);
    store.abort_multipart(&path, &id).await.unwrap();
    let error = store.put_part(&path, &id, 10_000, "x".into()).await.unwrap_err();
    assert!(error.to_string().contains("0 to 9999"), "{error}");
    let error = store.put_part(&path, &id, 0, "x".into()).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn payloads_of_many_pieces_are_sent_as_they_are() {
    let (emulator, store) = start().await;
    let (path, content) = (Path::from("a"), bytes(MIB));
    let payload: PutPayload = content.chunks(777).map(bytes::Bytes::copy_from_slice).collect();
    store.put(&path, payload).await.unwrap();
    assert_eq!(emulator.content("demo", "a").unwrap().unwrap(), content);
    // A response that is lost is followed by the same bytes again.
    emulator.add_fault(Fault::on("PutObject").effect(FaultEffect::CloseMidBody(1_000)));
    let payload: PutPayload = content.chunks(70_000).map(bytes::Bytes::copy_from_slice).collect();
    store.put(&path, payload).await.unwrap();
    assert_eq!(emulator.content("demo", "a").unwrap().unwrap(), content);
}
