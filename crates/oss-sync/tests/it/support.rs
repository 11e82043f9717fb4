use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use oss_auth::Credentials;
use oss_downloader::Downloader;
use oss_emulator::{Emulator, EmulatorBuilder};
use oss_models::{Body, BucketName, PutObjectRequest, call};
use oss_sync::{Managers, Place, Sync, SyncError, SyncEvent, SyncSummary};
use oss_transport::{Config, Transport};
use oss_uploader::{Copier, Uploader};
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

pub(crate) fn managers(service: &Transport) -> Managers {
    let uploader = Uploader::new(service.clone());
    let downloader = Downloader::new(service.clone());
    Managers::new(service.clone(), uploader.clone(), downloader, Copier::from(uploader))
}

/// A sync up that deletes whatever it may.
pub(crate) fn up(folder: &Path) -> Sync {
    Sync::new(Place::folder(folder), objects("x/")).delete(true)
}

pub(crate) fn down(folder: &Path) -> Sync {
    Sync::new(objects("x/"), Place::folder(folder)).delete(true)
}

/// What happened, one line for each path, in order; and the sum.
pub(crate) async fn run(sync: Sync, service: &Transport) -> Result<(Vec<String>, SyncSummary), SyncError> {
    let mut run = sync.start(managers(service)).await?;
    let mut lines = Vec::new();
    while let Some(event) = run.next().await? {
        lines.extend(match event {
            SyncEvent::Uploaded { transfer, .. } | SyncEvent::Downloaded { transfer, .. } => {
                Some(format!("{} sent", transfer.source.path))
            }
            SyncEvent::Skipped { source, reason } => Some(format!("{} same {reason:?}", source.path)),
            SyncEvent::Kept { entry, why } => Some(format!("{} kept {why:?}", entry.path)),
            SyncEvent::Changed { path, reason } => Some(format!("{path} changed: {reason}")),
            SyncEvent::LeftOut { path, reason } => Some(format!("{path} left out: {reason}")),
            SyncEvent::Failed { path, step, error } => Some(format!("{path} failed {step:?}: {error}")),
            SyncEvent::Deleted { entry, .. } => Some(format!("{} deleted", entry.path)),
            SyncEvent::Planned(action) => Some(format!("{action:?}").split_whitespace().next().unwrap().to_owned()),
            SyncEvent::DeletesRefused(refusal) => Some(format!("~ {refusal}")),
            _ => None,
        });
    }
    lines.sort_unstable();
    Ok((lines, run.summary()))
}

pub(crate) async fn lines(sync: Sync, service: &Transport) -> Vec<String> {
    run(sync, service).await.unwrap().0
}

pub(crate) fn keys(emulator: &Emulator) -> Vec<String> {
    emulator.objects("demo").unwrap().into_iter().map(|object| object.key).collect()
}

pub(crate) fn count(emulator: &Emulator, operation: &str) -> usize {
    emulator.history().iter().filter(|request| request.operation == operation).count()
}

pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    drop(found.insert(
                        path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned(),
                        fs::read(&path).unwrap(),
                    ));
                }
            }
        }
    }
    found
}
