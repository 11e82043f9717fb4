use oss_uploader::checkpoint::{CheckpointError, CheckpointStore, Loaded, MemoryStore};

use crate::fixture::{identity, part, record, stamp};

#[test]
fn it_keeps_records_between_uploads_and_locks_like_a_folder() {
    let store = MemoryStore::new();
    let mut slot = store.open(&identity()).unwrap();
    assert!(matches!(store.clone().open(&identity()), Err(CheckpointError::AlreadyRunning { .. })));
    assert_eq!(slot.load(&stamp()).unwrap(), Loaded::Nothing);
    assert!(matches!(slot.add_part(&part(1)), Err(CheckpointError::NoRecord)));
    slot.save(&record("ID")).unwrap();
    slot.add_part(&part(2)).unwrap();
    assert!(store.list().unwrap()[0].running.is_some());
    drop(slot);
    let mut expected = record("ID");
    expected.parts.insert(part(2).number, part(2));
    assert_eq!(store.list().unwrap()[0].record, expected);
    let mut slot = store.open(&identity()).unwrap();
    assert_eq!(slot.load(&stamp()).unwrap(), Loaded::Record(Box::new(expected)));
    slot.remove().unwrap();
    assert!(store.list().unwrap().is_empty());
    store.open(&identity()).unwrap();
}
