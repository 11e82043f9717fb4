//! Objects that are created if there is none.

use futures_util::StreamExt as _;
use oss_emulator::{Emulator, Fault, FaultEffect};
use oss_object_store::OssError;
use ossup::PutBucketVersioningRequest;

use super::object_store::path::Path;
use super::object_store::{Attribute, Error, ObjectStore as _, ObjectStoreExt as _, PutMode, PutPayload, Result};
use super::oss::{OssStore, OssStoreBuilder};
use super::suite::start;
use crate::support::{count, options};

async fn create(store: &OssStore, key: &str, content: &str) -> Result<Option<String>> {
    let payload = PutPayload::from(content.to_owned());
    store.put_opts(&Path::from(key), payload, PutMode::Create.into()).await.map(|put| put.e_tag)
}

/// Another process: with connections and tokens of its own.
fn another(emulator: &Emulator) -> OssStore {
    OssStoreBuilder::new().with_options(options(emulator)).build().unwrap()
}

/// One round of two writers, who sometimes write the same. Gives whether one of them, and no other, was told that it won.
async fn race(emulator: &Emulator, writers: [&OssStore; 2], round: usize) -> Result<(), String> {
    let key = format!("commits/{round:06}.json");
    let contents =
        [0, 1].map(|writer| if round.is_multiple_of(2) { "same".to_owned() } else { format!("writer {writer}") });
    let (a, b) = tokio::join!(create(writers[0], &key, &contents[0]), create(writers[1], &key, &contents[1]));
    let winner = match (&a, &b) {
        (Ok(_), Err(Error::AlreadyExists { .. })) => 0,
        (Err(Error::AlreadyExists { .. }), Ok(_)) => 1,
        _ => return Err(format!("round {round}: {a:?} and {b:?}")),
    };
    let stored = emulator.content("demo", &key).unwrap().ok_or_else(|| format!("round {round}: no object"))?;
    match stored == contents[winner].as_bytes() {
        true => Ok(()),
        false => Err(format!("round {round}: writer {winner} was told that it won, and the other one did")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_writers_one_wins_though_every_fifth_response_is_lost() {
    let (emulator, store) = start().await;
    let other = another(&emulator);
    for nth in (5..super::ROUNDS as u64 * 4).step_by(5) {
        emulator.add_fault(Fault::on("PutObject").nth(nth).effect(FaultEffect::CloseAfterStoring));
    }
    let rounds = futures_util::stream::iter(0..super::ROUNDS).map(|round| race(&emulator, [&store, &other], round));
    let failures: Vec<_> = rounds.buffer_unordered(16).filter_map(|round| async { round.err() }).collect().await;
    assert!(failures.is_empty(), "{} of {} rounds: {}", failures.len(), super::ROUNDS, failures.join("\n"));
    // Responses were lost, and the lost ones looked up.
    let (puts, lost) = (count(&emulator, "PutObject"), count(&emulator, "PutObject") / 5);
    assert!(puts > super::ROUNDS * 2 && count(&emulator, "HeadObject") >= lost / 2, "{puts} requests");
    assert_eq!(count(&emulator, "GetBucketVersioning"), 2);
}

#[tokio::test]
async fn a_lost_response_is_settled_by_the_token_which_no_caller_sees() {
    let (emulator, store) = start().await;
    emulator.add_fault(Fault::on("PutObject").effect(FaultEffect::CloseAfterStoring));
    let e_tag = create(&store, "a", "content").await.unwrap();
    let got = store.get(&Path::from("a")).await.unwrap();
    assert_eq!(e_tag, got.meta.e_tag);
    let names: Vec<_> = got.attributes.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names, [Attribute::ContentType]);
    assert!(
        emulator.objects("demo").unwrap()[0].headers.iter().any(|(name, _)| name == "x-oss-meta-ossup-create-token")
    );
}

#[tokio::test]
async fn an_object_that_is_damaged_on_its_way_is_no_success() {
    let (emulator, store) = start().await;
    emulator.add_fault(Fault::on("PutObject").always().effect(FaultEffect::WrongCrc));
    emulator.add_fault(Fault::on("HeadObject").always().effect(FaultEffect::WrongCrc));
    let error = create(&store, "a", "content").await.unwrap_err();
    assert!(matches!(&error, Error::Generic { .. }) && error.to_string().contains("CRC64"), "{error}");
}

#[tokio::test]
async fn creation_is_refused_on_versioned_buckets_unless_it_is_allowed() {
    for status in ["Enabled", "Suspended"] {
        let (emulator, store) = start().await;
        let versioning = PutBucketVersioningRequest::new("demo", status);
        store.client().put_bucket_versioning(versioning).await.unwrap();
        store.put(&Path::from("b"), "b".into()).await.unwrap();
        emulator.clear_history();
        for _ in 0..2 {
            let error = create(&store, "a", "x").await.unwrap_err();
            assert!(matches!(error, Error::NotSupported { .. }), "{error}");
            let text = error.to_string();
            assert!(text.contains(status) && text.contains("create_on_versioned_bucket"), "{text}");
            let error = store.copy_if_not_exists(&Path::from("b"), &Path::from("c")).await.unwrap_err();
            assert!(matches!(error, Error::NotSupported { .. }), "{error}");
        }
        assert_eq!(
            emulator.history().iter().map(|r| r.operation.as_str()).collect::<Vec<_>>(),
            ["GetBucketVersioning"]
        );
        create(&store.with_create_on_versioned_bucket(true), "a", "x").await.unwrap();
    }
}

#[tokio::test]
async fn whether_the_bucket_is_versioned_is_asked_again_after_an_error() {
    let (emulator, store) = start().await;
    emulator.add_fault(Fault::on("GetBucketVersioning").respond(403, "AccessDenied"));
    let error = create(&store, "a", "x").await.unwrap_err();
    assert!(matches!(error, Error::PermissionDenied { .. }), "{error}");
    create(&store, "a", "x").await.unwrap();
    create(&store, "b", "x").await.unwrap();
    assert_eq!(count(&emulator, "GetBucketVersioning"), 2);
}

#[tokio::test]
async fn a_copy_whose_response_is_lost_is_settled_too() {
    let (emulator, store) = start().await;
    let (from, to) = (Path::from("a"), Path::from("b"));
    let attributes = super::object_store::Attributes::from_iter([(Attribute::Metadata("k_1".into()), "v")]);
    store.put_opts(&from, "content".into(), attributes.into()).await.unwrap();
    emulator.add_fault(Fault::on("CopyObject").effect(FaultEffect::CloseAfterStoring));
    store.copy_if_not_exists(&from, &to).await.unwrap();
    let copy = store.get(&to).await.unwrap();
    assert_eq!(copy.attributes.get(&Attribute::Metadata("k_1".into())).map(AsRef::as_ref), Some("v"));
    assert_eq!(copy.attributes.len(), 2, "{:?}", copy.attributes);
    // Another writer's copy of the same bytes is not ours.
    emulator.add_fault(Fault::on("CopyObject").effect(FaultEffect::CloseAfterStoring));
    let error = store.copy_if_not_exists(&from, &to).await.unwrap_err();
    assert!(matches!(error, Error::AlreadyExists { .. }), "{error}");
}

#[tokio::test]
async fn update_is_not_implemented_and_says_why() {
    let (emulator, store) = start().await;
    let version = super::object_store::UpdateVersion { e_tag: Some("\"a\"".into()), version: None };
    let error = store.put_opts(&Path::from("a"), "x".into(), PutMode::Update(version).into()).await.unwrap_err();
    assert!(
        matches!(error, Error::NotImplemented { .. }) && error.to_string().contains("OSS has no condition"),
        "{error}"
    );
    assert!(emulator.history().is_empty());
}

#[tokio::test]
async fn an_error_keeps_the_id_of_the_request() {
    let (emulator, store) = start().await;
    create(&store, "a", "x").await.unwrap();
    let error = create(&store, "a", "x").await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().downcast_ref::<OssError>().unwrap();
    let last = emulator.history().pop().unwrap();
    assert_eq!(source.request_id(), Some(last.request_id.as_str()));
    assert_eq!((source.code(), source.status().map(|status| status.as_u16())), (Some("FileAlreadyExists"), Some(409)));
    assert!(last.header("user-agent").unwrap().starts_with("ossup/"), "{last:?}");
    assert!(last.header("user-agent").unwrap().contains("oss-object-store/"), "{last:?}");
}
