//! How many requests were sent, in the classes by which OSS bills them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ossup::transport::metrics::{AttemptFacts, CallFacts, Outcome, Recorder};
use serde::Serialize;

/// Counts attempts.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    put: AtomicU64,
    get: AtomicU64,
    head: AtomicU64,
    list: AtomicU64,
    delete: AtomicU64,
    lost_initiate: AtomicBool,
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Counts {
    put: u64,
    get: u64,
    head: u64,
    list: u64,
    delete: u64,
}

impl Requests {
    pub(crate) fn counts(&self) -> Counts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            put: count(&self.put),
            get: count(&self.get),
            head: count(&self.head),
            list: count(&self.list),
            delete: count(&self.delete),
        }
    }

    /// Whether an attempt of InitiateMultipartUpload ended without a response that shows its outcome.
    pub(crate) fn lost_initiate(&self) -> bool {
        self.lost_initiate.load(Ordering::Relaxed)
    }

    fn of(&self, operation: &str) -> &AtomicU64 {
        let begins = |words: &[&str]| words.iter().any(|word| operation.starts_with(word));
        if begins(&["List"]) {
            &self.list
        } else if begins(&["Head", "GetObjectMeta"]) {
            &self.head
        } else if begins(&["Get"]) {
            &self.get
        } else if begins(&["Delete", "Abort"]) {
            &self.delete
        } else {
            &self.put
        }
    }
}

impl Recorder for Requests {
    fn call(&self, _: &CallFacts) {}

    fn attempt(&self, facts: &AttemptFacts) {
        self.of(facts.operation).fetch_add(1, Ordering::Relaxed);
        let is_lost = match facts.outcome {
            Outcome::Status(status) => status >= 500,
            outcome => matches!(outcome, Outcome::Network | Outcome::Timeout),
        };
        if facts.operation == "InitiateMultipartUpload" && is_lost {
            self.lost_initiate.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_counts_in_its_class() {
        let requests = Requests::default();
        for operation in ["UploadPart", "PutObject", "CopyObject", "GetObject", "GetObjectMeta", "ListParts"] {
            requests.of(operation).fetch_add(1, Ordering::Relaxed);
        }
        requests.of("DeleteMultipleObjects").fetch_add(2, Ordering::Relaxed);
        assert_eq!(requests.counts(), Counts { put: 3, get: 1, head: 1, list: 1, delete: 2 });
    }
}
