use oss_models::UploadId;
use tokio::runtime::Handle;
use tracing::{Instrument, Span};

/// Where the cleaning up after a dropped upload runs: on the runtime that the upload ran on, wherever it is dropped.
#[derive(Clone)]
pub(super) struct Background {
    /// None if the upload is polled by an executor of another kind.
    runtime: Option<Handle>,
    span: Span,
}

impl Background {
    /// The runtime and the span that this is called in.
    pub(super) fn current() -> Self {
        Self { runtime: Handle::try_current().ok(), span: Span::current() }
    }

    /// Starts `work`, whose outcome says whether nothing is left. If something may be, also because the runtime has ended
    /// or ends meanwhile, the log says `what` of the upload.
    pub(super) fn spawn(&self, id: UploadId, what: &'static str, work: impl Future<Output = bool> + Send + 'static) {
        let pending = Pending { id, what, settled: false };
        let working = async move {
            // The whole of it goes with the work, not only the field that is set.
            let mut pending = pending;
            pending.settled = work.await;
        };
        let working = working.instrument(self.span.clone());
        match &self.runtime {
            Some(runtime) => drop(runtime.spawn(working)),
            None => drop(working),
        }
    }
}

/// Cleaning up that is not known to have succeeded; says so when it is dropped.
struct Pending {
    id: UploadId,
    what: &'static str,
    settled: bool,
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.settled {
            tracing::warn!(upload_id = %self.id, "{}", self.what);
        }
    }
}
