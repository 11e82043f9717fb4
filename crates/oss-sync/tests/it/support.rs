use std::fs;

use oss_auth::Credentials;
use oss_emulator::{Emulator, EmulatorBuilder};
use oss_models::{Body, BucketName, PutObjectRequest, call};
use oss_sync::Place;
use oss_transport::{Config, Transport};
use tempfile::TempDir;

/// An emulator with the bucket `demo`, and a service that tries everything once.
pub(crate) async fn start() -> (Emulator, Transport) {
    start_with(|emulator| emulator).await
}

pub(crate) async fn start_with(change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> (Emulator, Transport) {
    let emulator = change(Emulator::builder().bucket("demo")).start().await.unwrap();
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    // Two, for a clock that is wrong.
    let transport = config.credentials(Credentials::new(id, secret)).max_attempts(2_u32).build().unwrap();
    (emulator, transport)
}

pub(crate) async fn put(service: &Transport, objects: &[(&str, &str)]) {
    for (key, content) in objects {
        let body = Body::from((*content).to_owned());
        call(service.clone(), PutObjectRequest::new("demo", *key).body(body)).await.unwrap();
    }
}

pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let at = folder.path().join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, content).unwrap();
    }
    folder
}

pub(crate) fn objects(prefix: &str) -> Place {
    Place::objects(BucketName::new("demo").unwrap(), prefix)
}
