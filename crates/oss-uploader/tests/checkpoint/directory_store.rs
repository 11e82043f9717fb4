use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use oss_models::PartNumber;
use oss_uploader::checkpoint::{CheckpointError, CheckpointStore, DirectoryStore, Loaded, Phase};

use crate::fixture::{Fixture, identity, identity_of, names, part, record, record_of, stamp};

fn mode(path: impl AsRef<std::path::Path>) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn loaded(fixture: &Fixture) -> Loaded {
    fixture.open().load(&stamp()).unwrap()
}

fn reason(loaded: Loaded) -> String {
    match loaded {
        Loaded::Quarantined { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

/// Rows: W40, R31.
#[test]
fn what_was_saved_and_added_is_there_for_the_next_process() {
    let fixture = Fixture::new();
    assert_eq!(loaded(&fixture), Loaded::Nothing);
    let mut expected = record("ID");
    {
        let mut slot = fixture.open();
        slot.save(&expected).unwrap();
        for number in [3, 1, 7] {
            slot.add_part(&part(number)).unwrap();
            expected.parts.insert(PartNumber::new(number).unwrap(), part(number));
        }
    }
    assert_eq!(loaded(&fixture), Loaded::Record(Box::new(expected)));
}

/// Rows: R34.
#[test]
fn an_intent_is_kept_before_any_upload_has_an_id() {
    let fixture = Fixture::new();
    let mut intent = record("ID");
    intent.phase = Phase::Intent;
    fixture.open().save(&intent).unwrap();
    assert_eq!(loaded(&fixture), Loaded::Record(Box::new(intent)));
}

#[test]
fn removing_leaves_no_file() {
    let fixture = Fixture::new();
    let mut slot = fixture.open();
    slot.save(&record("ID")).unwrap();
    slot.remove().unwrap();
    assert_eq!(fixture.names(), [""; 0]);
    fixture.open().remove().unwrap();
}

/// Rows: W32, R30.
#[test]
fn a_record_is_replaced_by_renaming_and_half_written_ones_are_no_obstacle() {
    let fixture = Fixture::new();
    fixture.open().save(&record("ONE")).unwrap();
    let old = fs::File::open(fixture.file("ossup")).unwrap();
    fs::write(fixture.file("ossup-new"), "half a rec").unwrap();
    fixture.open().save(&record("TWO")).unwrap();
    assert_eq!(loaded(&fixture), Loaded::Record(Box::new(record("TWO"))));
    let old_text = std::io::read_to_string(old).unwrap();
    assert!(old_text.contains("ONE"), "the old file was written in place: {old_text}");
    assert_eq!(fixture.names(), [format!("{}.ossup", identity().digest())]);
}

/// Rows: W32, R30.
#[test]
fn a_torn_last_line_costs_that_part_and_hides_no_later_one() {
    let fixture = Fixture::new();
    {
        let mut slot = fixture.open();
        slot.save(&record("ID")).unwrap();
        slot.add_part(&part(1)).unwrap();
        slot.add_part(&part(2)).unwrap();
    }
    let bytes = fs::read(fixture.file("ossup")).unwrap();
    fs::write(fixture.file("ossup"), &bytes[..bytes.len() - 5]).unwrap();
    let Loaded::Record(found) = loaded(&fixture) else { panic!("no record") };
    assert_eq!(found.parts.keys().map(|number| number.get()).collect::<Vec<_>>(), [1]);
    {
        let mut slot = fixture.open();
        slot.save(&found).unwrap();
        slot.add_part(&part(3)).unwrap();
    }
    let Loaded::Record(found) = loaded(&fixture) else { panic!("no record") };
    assert_eq!(found.parts.keys().map(|number| number.get()).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn a_part_is_added_to_what_was_saved_not_to_what_was_found() {
    let fixture = Fixture::new();
    fixture.open().save(&record("ID")).unwrap();
    let mut slot = fixture.open();
    slot.load(&stamp()).unwrap();
    assert!(matches!(slot.add_part(&part(1)), Err(CheckpointError::NoRecord)));
}

/// Rows: W34, R20.
#[test]
fn only_the_user_can_read_the_folder_and_its_files() {
    let fixture = Fixture::new();
    let mut slot = fixture.open();
    slot.save(&record("ID")).unwrap();
    slot.add_part(&part(1)).unwrap();
    assert_eq!(mode(fixture.store.folder()), 0o700);
    assert_eq!(mode(fixture.file("ossup")), 0o600);
    assert_eq!(mode(fixture.file("ossup-lock")), 0o600);
}

/// Rows: W35, R23, R24.
#[test]
fn a_folder_without_a_slash_at_its_end_is_created_and_taken_as_given() {
    let fixture = Fixture::new();
    let folder = fixture.temporary.path().join("a/b");
    let store = DirectoryStore::new(&folder);
    store.open(&identity()).unwrap().save(&record("ID")).unwrap();
    assert_eq!(names(&fixture.temporary.path().join("a")), ["b"]);
    assert_eq!(names(&folder), [format!("{}.ossup", identity().digest())]);
}

/// Rows: R23, W33.
#[test]
fn a_folder_that_cannot_be_used_is_an_error_before_anything_else() {
    let fixture = Fixture::new();
    let file = fixture.temporary.path().join("file");
    fs::write(&file, "").unwrap();
    for folder in [file.join("sub"), file] {
        let error = DirectoryStore::new(&folder).open(&identity()).map(|_| ()).unwrap_err();
        assert!(matches!(&error, CheckpointError::Folder { path, .. } if *path == folder), "{error:?}");
    }
}

/// Rows: R17.
#[test]
fn damaged_records_of_every_kind_are_quarantined_and_replaced() {
    let fixture = Fixture::new();
    fixture.open().save(&record("ID")).unwrap();
    let good = fs::read(fixture.file("ossup")).unwrap();
    let mut flipped = good.clone();
    flipped[30] ^= 1;
    let kinds: [&[u8]; 6] = [b"", b"\n", b"{}", &[0xff; 3000], &flipped, &good[..40]];
    for bytes in kinds {
        fs::write(fixture.file("ossup"), bytes).unwrap();
        let reason = reason(loaded(&fixture));
        assert!(!reason.is_empty());
        assert_eq!(fs::read(fixture.file("ossup-bad")).unwrap(), bytes);
        assert_eq!(loaded(&fixture), Loaded::Nothing);
        fixture.open().save(&record("ID")).unwrap();
        assert_eq!(loaded(&fixture), Loaded::Record(Box::new(record("ID"))));
    }
}

/// Rows: R17.
#[test]
fn a_record_of_a_gibibyte_is_not_read() {
    let fixture = Fixture::new();
    fixture.open();
    let file = fs::File::create(fixture.file("ossup")).unwrap();
    file.set_permissions(Permissions::from_mode(0o600)).unwrap();
    file.set_len(1 << 30).unwrap();
    assert!(reason(loaded(&fixture)).contains("larger than 8388608 bytes"));
}

/// Rows: R17, R19.
#[test]
fn what_is_no_regular_file_is_set_aside_without_following_or_waiting() {
    let fixture = Fixture::new();
    fixture.open();
    let target = fixture.temporary.path().join("target");
    symlink(&target, fixture.file("ossup")).unwrap();
    assert!(reason(loaded(&fixture)).contains("not a regular file"));
    assert!(!target.exists());
    assert!(Command::new("mkfifo").arg(fixture.file("ossup")).status().unwrap().success());
    assert!(reason(loaded(&fixture)).contains("not a regular file"));
    fs::create_dir(fixture.file("ossup")).unwrap();
    fs::remove_file(fixture.file("ossup-bad")).unwrap();
    assert!(reason(loaded(&fixture)).contains("not a regular file"));
}

/// Rows: R19.
#[test]
fn links_in_the_place_of_our_files_are_not_followed_when_writing() {
    let fixture = Fixture::new();
    fixture.open();
    let target = fixture.temporary.path().join("target");
    fs::write(&target, "precious").unwrap();
    for ending in ["ossup", "ossup-new"] {
        symlink(&target, fixture.file(ending)).unwrap();
    }
    fixture.open().save(&record("ID")).unwrap();
    assert_eq!(loaded(&fixture), Loaded::Record(Box::new(record("ID"))));
    symlink(&target, fixture.file("ossup-lock")).unwrap();
    let error = fixture.store.open(&identity()).map(|_| ()).unwrap_err();
    assert!(matches!(error, CheckpointError::Obstructed { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
}

/// Rows: R18, R20.
#[test]
fn a_record_that_others_may_write_is_refused_with_the_reason() {
    let fixture = Fixture::new();
    for mode in [0o620, 0o602, 0o666] {
        fixture.open().save(&record("PLANTED")).unwrap();
        fs::set_permissions(fixture.file("ossup"), Permissions::from_mode(mode)).unwrap();
        assert!(reason(loaded(&fixture)).contains(&format!("mode {mode:o}")));
    }
}

/// Rows: R18.
#[test]
fn a_record_of_another_user_is_refused_with_the_reason() {
    let fixture = Fixture::new();
    fixture.open().save(&record("PLANTED")).unwrap();
    // Only root can give a file away; for everybody else there is nothing to be tested here.
    if std::os::unix::fs::chown(fixture.file("ossup"), Some(12_345), None).is_ok() {
        assert!(reason(loaded(&fixture)).contains("belongs to user 12345"));
    }
}

/// Rows: R27.
#[test]
fn a_record_under_the_name_of_another_upload_is_refused() {
    let fixture = Fixture::new();
    fixture.open().save(&record_of(identity_of("other"), "ID")).unwrap();
    assert!(reason(loaded(&fixture)).contains("another upload"));
}

/// Rows: R21.
#[test]
fn a_record_of_a_later_version_is_refused_and_kept() {
    let fixture = Fixture::new();
    fixture.open().save(&record("ID")).unwrap();
    let content = "ossup-checkpoint 2 {}";
    let checksum = oss_models::Crc64::of(content.as_bytes()).to_u64();
    let bytes = format!("{checksum:016x} {content}\n");
    fs::write(fixture.file("ossup"), &bytes).unwrap();
    let error = fixture.open().load(&stamp()).unwrap_err();
    assert!(matches!(error, CheckpointError::NewerVersion { version: 2, supported: 1, .. }), "{error:?}");
    assert_eq!(fs::read_to_string(fixture.file("ossup")).unwrap(), bytes);
}

/// Rows: R21.
#[test]
fn records_have_a_suffix_that_no_sdk_uses() {
    let fixture = Fixture::new();
    let mut slot = fixture.open();
    slot.save(&record("ID")).unwrap();
    assert!(
        fixture.names().iter().all(|name| !name.ends_with(".ucp") && name.contains(".ossup")),
        "{:?}",
        fixture.names()
    );
}

#[test]
fn ten_thousand_parts_are_cheap_to_add_and_come_back() {
    let fixture = Fixture::new();
    let mut slot = fixture.open();
    slot.save(&record("ID")).unwrap();
    let before = fs::metadata(fixture.file("ossup")).unwrap().len();
    for number in 1..=10_000 {
        slot.add_part(&part(number)).unwrap();
    }
    // Each part wrote its own line and nothing else.
    let added = fs::metadata(fixture.file("ossup")).unwrap().len() - before;
    assert!(added < 10_000 * 140, "{added}");
    drop(slot);
    let Loaded::Record(found) = loaded(&fixture) else { panic!("no record") };
    assert_eq!(found.parts.len(), 10_000);
}

#[test]
fn the_list_has_every_readable_record_and_says_which_are_running() {
    let fixture = Fixture::new();
    assert_eq!(fixture.store.list().unwrap(), []);
    let (one, two) = (record("ONE"), record_of(identity_of("two"), "TWO"));
    fixture.open().save(&one).unwrap();
    let mut running = fixture.store.open(&two.identity).unwrap();
    running.save(&two).unwrap();
    fs::write(fixture.store.folder().join("0123.ossup"), "rubbish").unwrap();
    let mut list = fixture.store.list().unwrap();
    list.sort_by_key(|upload| upload.record.identity.key.to_string());
    assert_eq!(list.iter().map(|upload| &upload.record).collect::<Vec<_>>(), [&one, &two]);
    assert_eq!(list[0].running, None);
    assert_eq!(list[1].running.as_ref().unwrap().pid, Some(std::process::id()));
}

/// Names the folder that a child process with a limit on file sizes works in.
const LIMITED_FOLDER: &str = "OSSUP_TEST_LIMITED_FOLDER";

/// What the child does: 2 KiB of file are enough for the first record and some parts.
fn work_under_a_limit(folder: &str) {
    let store = DirectoryStore::new(folder);
    let mut slot = store.open(&identity()).unwrap();
    slot.save(&record("ID")).unwrap();
    let mut added = 0;
    let failed = loop {
        match slot.add_part(&part(added + 1)) {
            Ok(()) => added += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(failed, CheckpointError::Io { action: "write", .. }), "{failed:?}");
    assert!(added > 3);
    let mut long = record("OTHER");
    long.parts = (1..=100).map(part).map(|part| (part.number, part)).collect();
    assert!(matches!(slot.save(&long), Err(CheckpointError::Io { action: "write", .. })));
    drop(slot);
    let Loaded::Record(found) = store.open(&identity()).unwrap().load(&stamp()).unwrap() else { panic!("no record") };
    assert_eq!(found.parts.len(), usize::from(added));
    assert_eq!(found.upload(), record("ID").upload());
    assert_eq!(names(folder.as_ref()), [format!("{}.ossup", identity().digest())]);
}

/// Rows: W33, R22.
#[test]
fn a_full_disk_is_reported_and_the_earlier_record_stays() {
    if let Ok(folder) = std::env::var(LIMITED_FOLDER) {
        return work_under_a_limit(&folder);
    }
    let fixture = Fixture::new();
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
    let this_test = "directory_store::a_full_disk_is_reported_and_the_earlier_record_stays";
    // No captured output: the child may write only files below its limit, and a pipe has none.
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", this_test, "--nocapture"])
        .env(LIMITED_FOLDER, fixture.store.folder())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
