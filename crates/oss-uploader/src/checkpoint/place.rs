use std::sync::Arc;

use oss_transfer::files::FileSystem;

use super::spelling::without_parent_components;
use super::{CheckpointError, CheckpointSlot, CheckpointStore, Loaded, SourceStamp, UploadIdentity};

/// Where the record of an upload is kept, and under which identity.
#[derive(Clone)]
pub(crate) struct CheckpointPlace {
    pub(crate) store: Arc<dyn CheckpointStore>,
    pub(crate) identity: UploadIdentity,
}

impl CheckpointPlace {
    /// Takes the slot and loads what it holds; with the identity that the record is kept under. Blocks.
    pub(crate) fn open(
        self,
        files: &dyn FileSystem,
        stamp: &SourceStamp,
    ) -> Result<(Box<dyn CheckpointSlot>, Loaded, UploadIdentity), CheckpointError> {
        let Self { store, mut identity } = self;
        if let Some(path) = without_parent_components(files, &identity.path) {
            // Earlier versions kept the record under the path as it was given.
            let mut slot = store.open(&identity)?;
            if let found @ (Loaded::Record(_) | Loaded::SdkRecord(_)) = slot.load(stamp)? {
                return Ok((slot, found, identity));
            }
            identity.path = path;
        }
        let mut slot = store.open(&identity)?;
        let loaded = slot.load(stamp)?;
        Ok((slot, loaded, identity))
    }
}
