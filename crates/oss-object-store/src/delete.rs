use std::sync::Arc;

use ossup::{Delete, DeleteFailure};

use crate::bucket::Bucket;
use crate::error::OssError;

/// Most objects that one request deletes.
pub(crate) const BATCH: usize = Delete::MAX_OBJECTS;

/// Requests under way at once.
pub(crate) const PARALLEL_BATCHES: usize = 8;

impl Bucket {
    /// Deletes objects by as few requests as possible: what became of each, in their order. One that does not exist counts as
    /// deleted.
    pub(crate) async fn delete(self: Arc<Self>, keys: Vec<String>) -> Vec<Result<(), OssError>> {
        let mut outcomes = Vec::with_capacity(keys.len());
        let mut deleting = self.client.delete_objects(self.name(), keys);
        while let Some(outcome) = deleting.next().await {
            outcomes.push(outcome.result.map(drop).map_err(OssError::from));
        }
        outcomes
    }
}

impl From<DeleteFailure> for OssError {
    fn from(failure: DeleteFailure) -> Self {
        match failure {
            DeleteFailure::Call(error) | DeleteFailure::NotSent(error) => Self::shared(error),
            failure => Self::generic(failure.to_string()),
        }
    }
}
