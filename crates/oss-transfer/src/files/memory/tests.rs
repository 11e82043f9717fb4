use super::*;

fn open(files: &MemoryFiles, path: &str) -> Arc<dyn FileHandle> {
    files.open(path.as_ref(), OpenMode::CREATE_OR_UPDATE).unwrap()
}

#[test]
fn a_loss_of_power_leaves_what_was_synced_and_a_kill_what_was_written() {
    let files = MemoryFiles::new();
    let file = open(&files, "/d/a");
    file.write_all_at(b"one", 0).unwrap();
    file.sync_data().unwrap();
    files.sync_folder("/d".as_ref()).unwrap();
    file.write_all_at(b"two", 3).unwrap();
    files.rename("/d/a".as_ref(), "/d/b".as_ref(), Existing::Replace).unwrap();
    assert_eq!(files.after_kill().content("/d/b").unwrap(), b"onetwo");
    let after = files.after_power_loss();
    assert_eq!((after.content("/d/a").unwrap(), after.content("/d/b")), (b"one".to_vec(), None));
}

#[test]
fn a_dead_process_changes_nothing_more() {
    let files = MemoryFiles::new();
    let file = open(&files, "/a");
    file.write_all_at(b"1", 0).unwrap();
    files.die_at(files.changes() + 1);
    assert!(file.write_all_at(b"2", 0).is_err() && file.sync_data().is_err());
    assert!(files.remove("/a".as_ref()).is_err() && file.metadata().is_err());
    assert_eq!(files.after_kill().content("/a").unwrap(), b"1");
}

#[test]
fn a_full_disk_is_told_at_allocation_or_at_the_write_that_does_not_fit() {
    let files = MemoryFiles::new().capacity(10);
    assert_eq!(open(&files, "/a").allocate(11).unwrap_err().kind(), io::ErrorKind::StorageFull);
    let sparse = MemoryFiles::new().capacity(10).without_allocation();
    let file = open(&sparse, "/a");
    assert!(file.write_at(&[1; 10], 0).is_ok());
    assert_eq!(file.write_at(&[1], 10).unwrap_err().kind(), io::ErrorKind::StorageFull);
}

#[test]
fn past_the_limit_of_handles_a_file_is_opened_once_another_is_closed() {
    let files = MemoryFiles::new().handle_limit(2);
    let (one, _two) = (open(&files, "/a"), open(&files, "/b"));
    let error = files.open("/a".as_ref(), OpenMode::READ).unwrap_err();
    assert!(super::super::is_out_of_handles(&error), "{error}");
    drop(one);
    files.open("/a".as_ref(), OpenMode::READ).unwrap();
}

#[test]
fn what_is_read_only_can_be_read_and_not_changed() {
    let files = MemoryFiles::new();
    files.plant("/d/a", "old");
    let files = files.read_only();
    let file = files.open("/d/a".as_ref(), OpenMode::UPDATE).unwrap();
    let refused = [
        file.write_all_at(b"new", 0),
        files.open("/d/b".as_ref(), OpenMode::CREATE_NEW).map(drop),
        files.remove("/d/a".as_ref()),
        files.create_folder("/e".as_ref(), Access::Default),
    ];
    assert!(refused.into_iter().all(|refused| refused.unwrap_err().kind() == io::ErrorKind::ReadOnlyFilesystem));
    assert!(files.create_folder("/d".as_ref(), Access::Default).is_ok(), "it is there");
    assert_eq!(files.content("/d/a").unwrap(), b"old");
}

#[test]
fn a_lock_keeps_other_handles_out_and_ends_with_its_handle() {
    let files = MemoryFiles::new();
    let (one, two) = (open(&files, "/a"), open(&files, "/a"));
    assert!(one.try_lock(Lock::Exclusive).unwrap() && !two.try_lock(Lock::Shared).unwrap());
    drop(one);
    assert!(two.try_lock(Lock::Shared).unwrap());
    assert!(open(&files, "/a").try_lock(Lock::Shared).unwrap());
}

#[test]
fn a_file_that_is_open_for_reading_is_not_changed_by_it() {
    let files = MemoryFiles::new();
    files.plant("/a", "old");
    let reading = files.open("/a".as_ref(), OpenMode::READ).unwrap();
    for refused in [reading.write_at(b"new", 0).map(drop), reading.set_len(0), reading.allocate(9), reading.set_mode(0)]
    {
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }
    assert_eq!((files.content("/a").unwrap(), reading.metadata().unwrap().mode), (b"old".to_vec(), Some(0o644)));
}

#[test]
fn one_file_has_a_path_however_it_is_spelt_and_none_is_a_link() {
    let files = MemoryFiles::new();
    files.plant("/d/../d/./a", "content");
    for path in ["/d/a", "d/a", "/d/e/../a", "/../../d/a"] {
        assert_eq!(files.content(path).as_deref(), Some(b"content".as_slice()), "{path}");
    }
    assert_eq!(files.paths(), [Path::new("/d/a")]);
    for (path, kind) in [("/d/a", io::ErrorKind::InvalidInput), ("/d/b", io::ErrorKind::NotFound)] {
        assert_eq!(files.read_link(path.as_ref()).unwrap_err().kind(), kind, "as a system says of what is no link");
    }
}
