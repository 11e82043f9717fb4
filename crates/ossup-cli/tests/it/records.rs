//! Records of unfinished uploads that cannot be kept.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use oss_emulator::{Emulator, EtagMode};
use tokio::process::Command;

use crate::support::{Login, Scratch, count, emulator, end, program};

/// The least size of a file that has a record by default.
const LARGE: u64 = 100 << 20;
/// A user without any rights here, for tests that run as root, to whom nothing is denied.
const OTHER_USER: u32 = 65534;

async fn sink() -> Emulator {
    emulator().etag(EtagMode::Crc).discard_bodies(true).start().await.unwrap()
}

/// A folder that all may read and none may write to.
fn scratch_for_all() -> (Scratch, String) {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("home")).unwrap();
    for (name, mode) in [("", 0o755), ("home", 0o555)] {
        std::fs::set_permissions(scratch.path(name), Permissions::from_mode(mode)).unwrap();
    }
    // Where it was built others may not be allowed to look.
    std::fs::copy(env!("CARGO_BIN_EXE_ossup"), scratch.path("ossup")).unwrap();
    let home = scratch.text("home");
    (scratch, home)
}

fn sparse(scratch: &Scratch, name: &str, len: u64) -> String {
    std::fs::File::create(scratch.path(name)).unwrap().set_len(len).unwrap();
    scratch.text(name)
}

/// The command as one to whom writing to the home is denied.
fn without_rights(emulator: &Emulator, home: &str, arguments: &[&str]) -> Command {
    let path = Path::new(home).with_file_name("ossup");
    let more = ["--endpoint", emulator.endpoint(), "--part-size", "50MiB", "--json"];
    let mut command = program(&path, Some(&Login::of(emulator)), &[arguments, &more].concat());
    command.env("HOME", home);
    if rustix::process::geteuid().is_root() {
        command.uid(OTHER_USER).gid(OTHER_USER);
    }
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_cannot_be_written_is_a_warning_and_no_failure() {
    let (scratch, home) = scratch_for_all();
    let file = sparse(&scratch, "film", LARGE);
    let emulator = sink().await;
    let upload = without_rights(&emulator, &home, &["cp", &file, "oss://demo/film"]).spawn();
    let ended = end(upload.unwrap()).await.succeeded();
    assert_eq!(ended.json()["size"], LARGE);
    let warning = ended.stderr.strip_prefix("ossup: warning: oss://demo/film: ").expect("a warning");
    assert!(warning.contains(&home) && warning.contains("Permission denied"), "{ended:?}");
    assert_eq!((warning.matches("starts over").count(), warning.lines().count()), (1, 1), "{ended:?}");

    // Below 100 MiB no record is kept by default.
    let file = sparse(&scratch, "small", LARGE - 1);
    let ended = end(without_rights(&emulator, &home, &["cp", &file, "oss://demo/small"]).spawn().unwrap()).await;
    assert_eq!(ended.succeeded().stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_folder_go_without_records_after_one_warning() {
    let (scratch, home) = scratch_for_all();
    std::fs::create_dir(scratch.path("in")).unwrap();
    for (name, len) in [("a", LARGE), ("b", LARGE), ("c", 1000)] {
        sparse(&scratch, &format!("in/{name}"), len);
    }
    let emulator = sink().await;
    let arguments = ["cp", "-r", &scratch.text("in"), "oss://demo/"];
    let ended = end(without_rights(&emulator, &home, &arguments).spawn().unwrap()).await.succeeded();
    assert_eq!((ended.summary()["done"].as_u64(), ended.summary()["failed"].as_u64()), (Some(3), Some(0)));
    assert_eq!((ended.stderr.matches("starts over").count(), ended.stderr.lines().count()), (1, 1), "{ended:?}");
    assert_eq!(emulator.objects("demo").unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_objects_of_a_folder_go_without_records_after_one_warning() {
    let (scratch, home) = scratch_for_all();
    for name in ["in", "out"] {
        std::fs::create_dir(scratch.path(name)).unwrap();
        std::fs::set_permissions(scratch.path(name), Permissions::from_mode(0o777)).unwrap();
    }
    for name in ["a", "b", "c"] {
        sparse(&scratch, &format!("in/{name}"), 1000);
    }
    let emulator = emulator().start().await.unwrap();
    let up = ["cp", "-r", &scratch.text("in"), "oss://demo/"];
    end(without_rights(&emulator, &home, &up).spawn().unwrap()).await.succeeded();

    let (target, records) = (scratch.text("out"), format!("{home}/records"));
    let down = ["cp", "-r", "oss://demo/", &target];
    let ended = end(without_rights(&emulator, &home, &down).spawn().unwrap()).await.succeeded();
    assert_eq!((ended.summary()["done"].as_u64(), ended.summary()["failed"].as_u64()), (Some(3), Some(0)));
    assert_eq!((ended.stderr.matches("start over").count(), ended.stderr.lines().count()), (1, 1), "{ended:?}");
    // What was asked for is not done without.
    let explicit = [&down[..], &["--checkpoint-dir", &records]].concat();
    let ended = end(without_rights(&emulator, &home, &explicit).spawn().unwrap()).await;
    assert_eq!((ended.code, ended.summary()["failed"].as_u64()), (Some(1), Some(3)), "{ended:?}");
}

/// What no one asked for is warned of; that there is to be none is not.
#[tokio::test(flavor = "multi_thread")]
async fn no_record_is_kept_if_none_is_to_be_in_every_command() {
    for command in [&["cp", "-r"][..], &["mv", "-r"], &["sync"]] {
        for (flags, warnings) in [(&[][..], 1), (&["--no-checkpoint"], 0)] {
            let (scratch, home) = scratch_for_all();
            std::fs::create_dir(scratch.path("in")).unwrap();
            std::fs::set_permissions(scratch.path("in"), Permissions::from_mode(0o777)).unwrap();
            sparse(&scratch, "in/film", LARGE);
            let emulator = sink().await;
            let folder = scratch.text("in");
            let arguments = [command, &[&folder, "oss://demo/x/"], flags].concat();
            let ended = end(without_rights(&emulator, &home, &arguments).spawn().unwrap()).await.succeeded();
            assert_eq!(ended.stderr.lines().count(), warnings, "{arguments:?}: {ended:?}");
            assert_eq!(ended.summary()["done"], 1, "{arguments:?}: {ended:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explicit_folder_for_records_that_cannot_be_written_is_an_error() {
    let (scratch, home) = scratch_for_all();
    let file = sparse(&scratch, "film", LARGE);
    let emulator = sink().await;
    let records = format!("{home}/records");
    let arguments = ["cp", &file, "oss://demo/film", "--checkpoint-dir", &records];
    let ended = end(without_rights(&emulator, &home, &arguments).spawn().unwrap()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.json()["error"]["kind"], "checkpoint");
    assert!(ended.stderr.contains(&records) && ended.stderr.contains("Permission denied"), "{ended:?}");
    assert_eq!(count(&emulator, "InitiateMultipartUpload"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_of_someone_else_or_of_no_one_needs_no_configuration() {
    let (scratch, home) = scratch_for_all();
    std::fs::set_permissions(&home, Permissions::from_mode(0o000)).unwrap();
    let file = sparse(&scratch, "film", LARGE);
    let emulator = sink().await;
    for (home, left_out) in [(home.as_str(), 1), ("/dev/null", 0)] {
        let mut upload = without_rights(&emulator, &scratch.text("home"), &["cp", &file, "oss://demo/film"]);
        let ended = end(upload.env("HOME", home).spawn().unwrap()).await.succeeded();
        assert_eq!(
            ended.stderr.matches(".ossutilconfig is left out: Permission denied").count(),
            left_out,
            "{ended:?}"
        );
        // The other one is of the record.
        assert_eq!(ended.stderr.matches("ossup: warning: ").count(), left_out + 1, "{ended:?}");
    }
    // What was asked for is not done without.
    let arguments = ["cp", &file, "oss://demo/film", "--profile", "work"];
    let mut named = without_rights(&emulator, &scratch.text("home"), &arguments);
    let ended = end(named.spawn().unwrap()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains(".ossutilconfig: Permission denied"), "{ended:?}");
}
