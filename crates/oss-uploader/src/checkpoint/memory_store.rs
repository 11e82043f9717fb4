use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{
    CheckpointError, CheckpointSlot, CheckpointStore, Loaded, Owner, Record, SourceStamp, StoredPart, StoredUpload,
    UploadIdentity,
};

/// Records in memory: for uploads that are to be resumed by the same process, and for tests.
///
/// Clones share their records.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    records: HashMap<String, Record>,
    running: HashSet<String>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CheckpointStore for MemoryStore {
    fn open(&self, identity: &UploadIdentity) -> Result<Box<dyn CheckpointSlot>, CheckpointError> {
        let name = identity.digest();
        if !self.state().running.insert(name.clone()) {
            return Err(CheckpointError::AlreadyRunning { owner: this_process() });
        }
        Ok(Box::new(MemorySlot { store: self.clone(), name }))
    }

    fn list(&self) -> Result<Vec<StoredUpload>, CheckpointError> {
        let state = self.state();
        let upload = |(name, record): (&String, &Record)| {
            StoredUpload::new(record.clone(), state.running.contains(name).then(this_process))
        };
        Ok(state.records.iter().map(upload).collect())
    }
}

fn this_process() -> Owner {
    Owner::process(std::process::id(), None)
}

#[derive(Debug)]
struct MemorySlot {
    store: MemoryStore,
    name: String,
}

impl CheckpointSlot for MemorySlot {
    fn load(&mut self, _source: &SourceStamp) -> Result<Loaded, CheckpointError> {
        let record = self.store.state().records.get(&self.name).cloned();
        Ok(record.map_or(Loaded::Nothing, |record| Loaded::Record(Box::new(record))))
    }

    fn save(&mut self, record: &Record) -> Result<(), CheckpointError> {
        self.store.state().records.insert(self.name.clone(), record.clone());
        Ok(())
    }

    fn add_part(&mut self, part: &StoredPart) -> Result<(), CheckpointError> {
        let mut state = self.store.state();
        let record = state.records.get_mut(&self.name).ok_or(CheckpointError::NoRecord)?;
        record.parts.insert(part.number, part.clone());
        Ok(())
    }

    fn remove(self: Box<Self>) -> Result<(), CheckpointError> {
        self.store.state().records.remove(&self.name);
        Ok(())
    }
}

impl Drop for MemorySlot {
    fn drop(&mut self) {
        self.store.state().running.remove(&self.name);
    }
}
