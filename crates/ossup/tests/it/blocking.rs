//! The client for programs without async: where it may be dropped, and what becomes of what it left under way.

use std::time::Duration;

use oss_emulator::{Emulator, Fault};
use ossup::blocking::Client;
use ossup::{Config, Credentials, GetObjectRequest, HeadObjectRequest};

use crate::support::{PART, bytes, count, emulator, request, until};

const HELD: Duration = Duration::from_secs(600);

/// The client of the emulator's owner, made where blocking is allowed.
async fn client(emulator: &Emulator) -> Client {
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    let config = config.credentials(Credentials::new(id, secret));
    tokio::task::spawn_blocking(move || Client::new(config).unwrap()).await.unwrap()
}

/// Rows: R39.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_used_elsewhere_can_be_dropped_in_async_code() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator).await;
    let used = client.clone();
    let uploading = move || {
        used.wait(used.uploader().upload_from(request(), bytes(3 * PART)).part_size(PART as u64)).unwrap();
        used.call(HeadObjectRequest::new("demo", "film")).unwrap();
        used
    };
    let used = tokio::task::spawn_blocking(uploading).await.unwrap();
    drop(client);
    drop(used);
    let uploader = self::client(&emulator).await.uploader();
    drop(uploader);
}

/// A handle, its client and its uploader go at once, in async code and outside of it: the parts do not stay.
///
/// Rows: R37, R39.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_dropped_with_its_client_is_aborted() {
    for in_async_code in [true, false] {
        let emulator = emulator().fault(Fault::on("UploadPart").part(2).delay(HELD)).start().await.unwrap();
        let client = client(&emulator).await;
        let started = move || {
            let upload = client.uploader().upload_from(request(), bytes(4 * PART)).part_size(PART as u64);
            #[expect(clippy::async_yields_async, reason = "the handle is what is wanted")]
            let handle = client.wait(async { upload.start() });
            (handle, client)
        };
        let (handle, client) = tokio::task::spawn_blocking(started).await.unwrap();
        until("two parts", || count(&emulator, "UploadPart") >= 2).await;
        match in_async_code {
            true => drop((handle, client)),
            false => tokio::task::spawn_blocking(move || drop((handle, client))).await.unwrap(),
        }
        until("the abort", || emulator.uploads("demo").unwrap().is_empty()).await;
    }
}

/// A future that was polled on the client's runtime and is dropped on no runtime.
///
/// Rows: R37, R39.
#[tokio::test(flavor = "multi_thread")]
async fn a_future_that_is_dropped_outside_of_its_runtime_is_aborted_on_it() {
    let emulator = emulator().fault(Fault::on("UploadPart").part(2).delay(HELD)).start().await.unwrap();
    let client = client(&emulator).await;
    let parts = || count(&emulator, "UploadPart");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let upload = client.uploader().upload_from(request(), bytes(4 * PART)).part_size(PART as u64);
            let mut uploading = std::future::IntoFuture::into_future(upload);
            client.wait(async {
                tokio::select! {
                    biased;
                    _ = &mut uploading => panic!("part 2 is held back"),
                    () = until("two parts", || parts() >= 2) => {}
                }
            });
            drop(uploading);
        });
    });
    until("the abort", || emulator.uploads("demo").unwrap().is_empty()).await;
}

/// Rows: R37, R39.
#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_is_dropped_with_its_client_leaves_no_file() {
    let emulator = emulator().fault(Fault::on("GetObject").nth(2).delay(HELD)).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&emulator).await;
    let target = folder.path().join("film");
    let started = move || {
        client.call(request().body(bytes(4 * PART))).unwrap();
        let download = client.downloader().download_file(GetObjectRequest::new("demo", "film"), target);
        #[expect(clippy::async_yields_async, reason = "the handle is what is wanted")]
        let handle = client.wait(async { download.part_size(PART as u64).start() });
        (handle, client)
    };
    let (handle, client) = tokio::task::spawn_blocking(started).await.unwrap();
    until("two ranges", || count(&emulator, "GetObject") >= 2).await;
    drop((handle, client));
    until("no file", || std::fs::read_dir(folder.path()).unwrap().count() == 0).await;
}
