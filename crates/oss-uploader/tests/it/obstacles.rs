//! Something else where a file of the record belongs: the upload succeeds, and says that it keeps no record.

use std::fs;
use std::path::Path;

use oss_models::{BucketName, ObjectKey};
use oss_uploader::checkpoint::UploadIdentity;
use oss_uploader::{Verified, checkpoint};

use crate::fake::{Fake, Fault, KEY, bytes, file, request};
use crate::runs::{SIZE, end, warnings, with_events};

fn folder(path: &Path) {
    fs::create_dir(path).unwrap();
    fs::write(path.join("inside"), "precious").unwrap();
}

fn dangling_link(path: &Path) {
    std::os::unix::fs::symlink("/nowhere/at/all", path).unwrap();
}

/// A folder that a damaged record would have to replace.
fn folder_behind_a_damaged_record(path: &Path) {
    folder(path);
    fs::write(path.with_extension("ossup"), "rubbish").unwrap();
}

/// Rows: R17, R19, R22.
#[tokio::test(start_paused = true)]
async fn whatever_stands_where_a_record_belongs_ends_no_upload() {
    type Place = fn(&Path);
    let obstacles: [(&str, Place); 5] = [
        ("ossup-lock", folder),
        ("ossup-lock", dangling_link),
        ("ossup-new", folder),
        ("ossup-new", dangling_link),
        ("ossup-bad", folder_behind_a_damaged_record),
    ];
    for (n, (extension, place)) in obstacles.into_iter().enumerate() {
        let (fake, file, records) = (Fake::new(), file(SIZE), tempfile::tempdir().unwrap());
        let (bucket, key) = (BucketName::new("demo").unwrap(), ObjectKey::new(KEY).unwrap());
        let name = UploadIdentity::new("http://fake", "path", bucket, key, file.path()).digest();
        let obstacle = records.path().join(name).with_extension(extension);
        place(&obstacle);
        let upload = || {
            let upload = fake.uploader().upload_file(request(), file.path());
            upload.enable_checkpoint(true).checkpoint_dir(records.path())
        };
        let (outcome, events) = with_events(upload()).await;
        let what = format!("obstacle {n}, {extension}");
        assert_eq!(outcome.expect(&what).verified, Verified::Crc64, "{what}");
        assert_eq!(fake.content(), bytes(SIZE), "{what}");
        // A link is removed before the file in its place is written.
        let is_in_the_way = (extension, obstacle.is_symlink()) != ("ossup-new", false) || obstacle.exists();
        let told = warnings(&events).iter().any(|warning| {
            warning.contains("no record") && warning.contains(obstacle.file_name().unwrap().to_str().unwrap())
        });
        assert_eq!(told, is_in_the_way, "{what}: {events:?}");

        if is_in_the_way {
            // Nothing would resume it, so nothing stays.
            fake.fault("UploadPart 2", Fault::Refuse(403, "AccessDenied"));
            upload().await.unwrap_err();
            assert!(fake.state().uploads.is_empty(), "{what}: {}", fake.history());
            fs::symlink_metadata(&obstacle).expect("it is left alone");
        }
    }
}

/// Of one upload, not of the others whose records are in the same folder.
#[tokio::test(start_paused = true)]
async fn an_obstacle_of_one_record_is_none_of_another() {
    let (fake, file, records) = (Fake::new(), file(SIZE), tempfile::tempdir().unwrap());
    folder(&records.path().join("0123456789abcdef.ossup-lock"));
    let upload = || {
        let upload = fake.uploader().upload_file(request(), file.path());
        upload.enable_checkpoint(true).checkpoint_dir(records.path())
    };
    fake.fault("UploadPart 4", Fault::Hang);
    let uploading = upload().start();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    end(uploading).await;
    assert!(upload().await.unwrap().parts_reused > 0);
    assert!(checkpoint::DirectoryStore::new(records.path()).folder().join("0123456789abcdef.ossup-lock").is_dir());
}
