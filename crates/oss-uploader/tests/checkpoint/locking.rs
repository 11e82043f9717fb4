use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use oss_uploader::checkpoint::{CheckpointError, CheckpointStore, DirectoryStore, Loaded, Owner};

use crate::fixture::{Fixture, identity, identity_of, part, record, stamp};

fn refused_by(store: &DirectoryStore) -> Owner {
    match store.open(&identity()).map(|_| ()) {
        Err(CheckpointError::AlreadyRunning { owner }) => owner,
        other => panic!("{other:?}"),
    }
}

/// Rows: W41, R25.
#[test]
fn of_two_uploads_one_runs_and_the_other_is_told_who() {
    let fixture = Fixture::new();
    let slot = fixture.open();
    let error = fixture.store.open(&identity()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains(&format!("process {} on ", std::process::id())), "{error}");
    assert_eq!(refused_by(&fixture.store).pid, Some(std::process::id()));
    fixture.store.open(&identity_of("another")).unwrap();
    drop(slot);
    fixture.open();
}

/// Rows: W41, R25.
#[test]
fn among_many_threads_there_is_never_more_than_one_owner() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let fixture = Fixture::new();
    let (owners, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..200 {
                    match fixture.store.open(&identity()) {
                        Ok(slot) => {
                            assert_eq!(owners.fetch_add(1, Ordering::SeqCst), 0, "two owners");
                            taken.fetch_add(1, Ordering::SeqCst);
                            owners.fetch_sub(1, Ordering::SeqCst);
                            drop(slot);
                        }
                        Err(CheckpointError::AlreadyRunning { .. }) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            });
        }
    });
    assert!(taken.load(Ordering::SeqCst) > 0);
}

/// Rows: W41.
#[test]
fn looking_at_the_list_never_keeps_an_upload_from_starting() {
    let fixture = Fixture::new();
    fixture.open().save(&record("ID")).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                assert_eq!(fixture.store.list().unwrap().len(), 1);
            }
        });
        for _ in 0..200 {
            fixture.open();
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

/// Names the folder that a child process is to hold a lock in.
const HELD_FOLDER: &str = "OSSUP_TEST_HELD_FOLDER";

/// Starts this test again in a process of its own, which holds the slot until it is killed.
fn another_process_holding(fixture: &Fixture, this_test: &str) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", this_test, "--nocapture"])
        .env(HELD_FOLDER, fixture.store.folder())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("holding")), "the other process ended");
    child
}

fn hold_for_ever(folder: &str) {
    let store = DirectoryStore::new(folder);
    let mut slot = store.open(&identity()).unwrap();
    slot.save(&record("ID")).unwrap();
    slot.add_part(&part(5)).unwrap();
    println!("holding");
    loop {
        std::thread::park();
    }
}

/// Rows: W41, R25, R31.
#[test]
fn a_lock_dies_with_its_process_and_leaves_the_record() {
    if let Ok(folder) = std::env::var(HELD_FOLDER) {
        hold_for_ever(&folder);
    }
    let fixture = Fixture::new();
    let mut child = another_process_holding(&fixture, "locking::a_lock_dies_with_its_process_and_leaves_the_record");
    assert_eq!(refused_by(&fixture.store).pid, Some(child.id()));
    let listed = fixture.store.list().unwrap();
    assert_eq!(listed[0].running.as_ref().unwrap().pid, Some(child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
    let Loaded::Record(found) = fixture.open().load(&stamp()).unwrap() else { panic!("no record") };
    assert_eq!(found.parts.values().cloned().collect::<Vec<_>>(), [part(5)]);
}
