//! The snippets of `docs/guide/emulator.md`.

use std::path::Path;

use oss_emulator::{Emulator, Fault, FaultEffect};
use ossup::{Client, Config, Credentials, PutObjectRequest};

use super::{bytes, client, config_for};

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_and_its_client() -> anyhow::Result<()> {
    let emulator = Emulator::builder().bucket("demo").start().await?;
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    let client = Client::new(config.credentials(Credentials::new(id, secret)))?;

    client.uploader().upload_from(PutObjectRequest::new("demo", "a.txt"), "all is well").await?;
    assert_eq!(emulator.content("demo", "a.txt")?, Some(b"all is well".to_vec()));
    assert_eq!(emulator.history().len(), 1);
    Ok(())
}

fn broken(emulator: &Emulator) {
    // The third part, once.
    emulator.add_fault(Fault::on("UploadPart").part(3).respond(503, "ServiceUnavailable"));
    // The object is stored, and the response is lost.
    emulator.add_fault(Fault::on("CompleteMultipartUpload").effect(FaultEffect::CloseAfterStoring));
    // Every request for these keys, from the second on.
    emulator.add_fault(Fault::on_any().key("slow/*").nth(2).always().effect(FaultEffect::ThrottleRead(1024)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_is_overcome() {
    let (emulator, client) = client().await;
    broken(&emulator);
    let uploader = client.uploader().part_size(100 * 1024);
    let request = PutObjectRequest::new(super::BUCKET, "film");
    let result = uploader.upload_from(request, bytes(300 * 1024)).await.unwrap();
    assert!(result.confirmed_by_head);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls() -> anyhow::Result<()> {
    let emulator = Emulator::builder().bucket("demo").tls(true).start().await?;
    let ca = emulator.ca_pem().unwrap_or_default();
    let config = config_for(&emulator).add_root_certificate(ca);
    let uploader = Client::new(config)?.uploader();
    uploader.upload_from(PutObjectRequest::new("demo", "a.txt"), "all is well").await?;
    Ok(())
}

async fn in_folder(folder: &Path) -> anyhow::Result<Emulator> {
    let emulator = Emulator::builder().dir(folder).bucket("demo").start().await?;
    Ok(emulator)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_keeps_what_was_stored() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = in_folder(folder.path()).await.unwrap();
    let client = Client::new(config_for(&emulator)).unwrap();
    client.put_object(PutObjectRequest::new("demo", "a.txt").body("all is well")).await.unwrap();
    emulator.shutdown().await;
    let emulator = in_folder(folder.path()).await.unwrap();
    assert_eq!(emulator.content("demo", "a.txt").unwrap(), Some(b"all is well".to_vec()));
}
