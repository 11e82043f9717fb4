use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use tower_service::Service;

use crate::{
    CallError, Delete, DeleteMultipleObjectsRequest, DeletedObject, InvalidRequest, ObjectIdentifier, ObjectKey,
    Request, Response, call,
};

/// Deletes any number of objects of a bucket, by as few requests as their number and the length of their keys allow, one
/// after the other. Each object has an outcome of its own.
///
/// ```
/// use oss_models::delete_many;
/// # use oss_models::{CallError, Request, Response};
/// # async fn demo<S>(service: S) -> bool
/// # where S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone {
/// let mut deleting = delete_many(service, "demo", (0..5_000).map(|n| format!("logs/{n}")));
/// while let Some(outcome) = deleting.next().await {
///     if let Err(failure) = &outcome.result {
///         println!("{}: {failure}", outcome.object.key);
///     }
/// }
/// # true
/// # }
/// ```
pub fn delete_many<S, I>(service: S, bucket: impl Into<String>, objects: I) -> DeleteMany<S, I::IntoIter>
where
    I: IntoIterator,
    I::Item: Into<ObjectIdentifier>,
{
    DeleteMany {
        service,
        bucket: bucket.into(),
        objects: objects.into_iter(),
        pushed_back: None,
        ready: VecDeque::new(),
        stopped: None,
    }
}

/// A deletion of many objects under way; see [`delete_many`]. At most one batch of them is in memory.
pub struct DeleteMany<S, I: Iterator> {
    service: S,
    bucket: String,
    objects: I,
    /// What did not fit into the last batch.
    pushed_back: Option<ObjectIdentifier>,
    ready: VecDeque<DeleteOutcome>,
    /// The failure that every other object would have met too.
    stopped: Option<Arc<CallError>>,
}

/// What became of one object that was to be deleted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeleteOutcome {
    /// The object.
    pub object: ObjectIdentifier,
    /// What the server said of it; an object that did not exist counts as deleted.
    pub result: Result<DeletedObject, DeleteFailure>,
}

/// Why an object was not deleted, or may not have been.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DeleteFailure {
    /// Its name breaks a rule; it was not sent.
    Invalid(InvalidRequest),
    /// The request that named it failed. Whether it was deleted all the same,
    /// [`outcome_unknown`](CallError::outcome_unknown) tells.
    Call(Arc<CallError>),
    /// The server did not name it among those that it deleted.
    NotConfirmed,
    /// It was not sent, since every request would have failed like this one: no permission, no such bucket, a clock that is
    /// wrong.
    NotSent(Arc<CallError>),
}

impl fmt::Display for DeleteFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => fmt::Display::fmt(error, f),
            Self::Call(error) => fmt::Display::fmt(error, f),
            Self::NotConfirmed => f.write_str("the server did not confirm that it was deleted"),
            Self::NotSent(error) => write!(f, "not tried after: {error}"),
        }
    }
}

impl std::error::Error for DeleteFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Invalid(error) => error.source(),
            Self::Call(error) | Self::NotSent(error) => error.source(),
            Self::NotConfirmed => None,
        }
    }
}

impl<S, I> DeleteMany<S, I>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone,
    I: Iterator,
    I::Item: Into<ObjectIdentifier>,
{
    /// The outcome of the next object, in the order in which they were given; `None` after the last.
    pub async fn next(&mut self) -> Option<DeleteOutcome> {
        while self.ready.is_empty() {
            let batch = self.next_batch();
            if batch.is_empty() {
                break;
            }
            self.delete(batch).await;
        }
        self.ready.pop_front()
    }

    /// Deletes the rest, and gives the outcomes of those that were not deleted.
    pub async fn failures(mut self) -> Vec<DeleteOutcome> {
        let mut failures = Vec::new();
        while let Some(outcome) = self.next().await {
            failures.extend(outcome.result.is_err().then_some(outcome));
        }
        failures
    }

    async fn delete(&mut self, batch: Vec<ObjectIdentifier>) {
        let failed = |object: ObjectIdentifier, failure| DeleteOutcome { object, result: Err(failure) };
        if let [object] = &*batch
            && let Err(invalid) = check(object)
        {
            self.ready.extend(batch.into_iter().map(|object| failed(object, DeleteFailure::Invalid(invalid.clone()))));
            return;
        }
        if let Some(error) = &self.stopped {
            let not_sent = || DeleteFailure::NotSent(error.clone());
            self.ready.extend(batch.into_iter().map(|object| failed(object, not_sent())));
            return;
        }
        let request = DeleteMultipleObjectsRequest::new(self.bucket.as_str(), Delete::from(batch.clone()));
        match call(self.service.clone(), request).await {
            Ok(result) => self.ready.extend(outcomes(batch, result.deleted)),
            Err(error) => {
                let error = Arc::new(error);
                self.stopped = error.is_fatal_for_batch().then(|| error.clone());
                self.ready.extend(batch.into_iter().map(|object| failed(object, DeleteFailure::Call(error.clone()))));
            }
        }
    }
}

impl<S, I> DeleteMany<S, I>
where
    I: Iterator,
    I::Item: Into<ObjectIdentifier>,
{
    /// Objects that one request can name. Those whose names break a rule have their outcome at once, in a batch of their
    /// own, so that the order stays.
    fn next_batch(&mut self) -> Vec<ObjectIdentifier> {
        let mut batch = Vec::new();
        let mut room = Delete::MAX_LEN - Delete::FRAME_LEN;
        while batch.len() < Delete::MAX_OBJECTS {
            let Some(object) = self.pushed_back.take().or_else(|| self.objects.next().map(Into::into)) else { break };
            let len = object.written_len();
            let is_valid = check(&object).is_ok();
            if !batch.is_empty() && (len > room || !is_valid) {
                self.pushed_back = Some(object);
                break;
            }
            room = room.saturating_sub(len);
            batch.push(object);
            if !is_valid {
                break;
            }
        }
        batch
    }
}

fn check(object: &ObjectIdentifier) -> Result<(), InvalidRequest> {
    ObjectKey::new(object.key.as_str())?;
    match object.version_id.as_deref() {
        Some("") => Err(InvalidRequest::new("version_id", "must not be empty")),
        _ => Ok(()),
    }
}

/// What the server said of each object of a batch.
fn outcomes(batch: Vec<ObjectIdentifier>, deleted: Vec<DeletedObject>) -> impl Iterator<Item = DeleteOutcome> {
    let name = |deleted: &DeletedObject| (deleted.key.clone(), deleted.version_id.clone());
    let deleted: HashMap<_, _> = deleted.into_iter().map(|deleted| (name(&deleted), deleted)).collect();
    batch.into_iter().map(move |object| {
        let said = deleted.get(&(object.key.clone(), object.version_id.clone()));
        DeleteOutcome { object, result: said.cloned().ok_or(DeleteFailure::NotConfirmed) }
    })
}

impl<S, I: Iterator> fmt::Debug for DeleteMany<S, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteMany").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Operation;
    use proptest::prelude::*;

    /// The batches of objects whose names keep the rules.
    fn batches(objects: Vec<ObjectIdentifier>) -> Vec<Vec<ObjectIdentifier>> {
        let mut deleting = delete_many((), "demo", objects);
        std::iter::from_fn(|| Some(deleting.next_batch()).filter(|batch| !batch.is_empty())).collect()
    }

    fn sizes(objects: Vec<ObjectIdentifier>) -> Vec<usize> {
        batches(objects).iter().map(Vec::len).collect()
    }

    #[test]
    fn batches_are_cut_by_number_and_by_length() {
        let named = |count: usize, len: usize| (0..count).map(|n| format!("{n:0len$}").into()).collect::<Vec<_>>();
        assert_eq!(sizes(Vec::new()), Vec::<usize>::new());
        assert_eq!(sizes(named(1000, 5)), [1000]);
        assert_eq!(sizes(named(2001, 5)), [1000, 1000, 1]);
        // Of quotes each has six bytes in XML, so 1,000 keys of 1,000 of them are three requests.
        let long: Vec<_> = (0..1000).map(|n| format!("{n}{}", "\"".repeat(1000)).into()).collect();
        assert_eq!(sizes(long), [347, 347, 306]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn every_batch_can_be_sent_and_all_objects_are_in_one(keys in prop::collection::vec("[a&\"\n\u{1}é]{1,300}", 0..40), repeat in 1..60_usize) {
            let keys: Vec<ObjectIdentifier> = (0..repeat).flat_map(|n| keys.iter().map(move |key| format!("{n}{key}").into())).collect();
            let batches = batches(keys.clone());
            for batch in &batches {
                let request = DeleteMultipleObjectsRequest::new("demo", Delete::from(batch.clone())).into_request();
                prop_assert!(request.is_ok(), "{:?}", request.err());
            }
            prop_assert_eq!(batches.concat(), keys);
        }
    }

    #[test]
    fn a_name_that_breaks_a_rule_keeps_its_place_and_no_other_waits_for_it() {
        let objects = ["a", "", "b", "c"].map(ObjectIdentifier::from).to_vec();
        assert_eq!(sizes(objects), [1, 1, 2]);
    }

    #[test]
    fn what_the_server_does_not_name_is_not_confirmed() {
        let named = |key: &str, version: Option<&str>| DeletedObject {
            key: key.to_owned(),
            version_id: version.map(str::to_owned),
            delete_marker: false,
            delete_marker_version_id: None,
        };
        let batch =
            vec![ObjectIdentifier::new("a"), ObjectIdentifier::new("a").version_id("1"), ObjectIdentifier::new("b")];
        let outcomes: Vec<_> = outcomes(batch, vec![named("a", Some("1")), named("b", None)]).collect();
        let deleted: Vec<_> = outcomes.iter().map(|outcome| outcome.result.is_ok()).collect();
        assert_eq!(deleted, [false, true, true]);
    }
}
