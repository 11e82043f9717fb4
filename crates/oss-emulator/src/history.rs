//! The requests that arrived, in order.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// One request as it arrived, and how it ended.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct RequestRecord {
    /// Position in the order of arrival, from 0.
    pub number: u64,
    /// Documented name of the operation, empty if the request names none.
    pub operation: String,
    /// HTTP method.
    pub method: String,
    /// Bucket, empty if none was named.
    pub bucket: String,
    /// Object key, empty if none was named.
    pub key: String,
    /// Path and query as sent.
    pub target: String,
    /// Decoded query in order.
    pub query: Vec<(String, String)>,
    /// Headers in order, with their values as sent, secrets included: this is a server for tests.
    pub headers: Vec<(String, String)>,
    /// Bytes of body that were read.
    pub body_len: u64,
    /// Status of the response; `None` until it is made, and for good if the connection ended before.
    pub status: Option<u16>,
    /// `Code` of the error response.
    pub error: Option<String>,
    /// Part number, if the query has one.
    pub part_number: Option<u16>,
    /// Upload id, if the query has one.
    pub upload_id: Option<String>,
    /// The request id of the response.
    pub request_id: String,
}

impl RequestRecord {
    /// First value of a header; names are compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The latest requests, up to a limit.
#[derive(Debug)]
pub(crate) struct History {
    limit: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    records: VecDeque<RequestRecord>,
}

impl History {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, inner: Mutex::default() }
    }

    /// Adds a record, which is made only if any is kept, and returns its number.
    pub(crate) fn add(&self, record: impl FnOnce() -> RequestRecord) -> u64 {
        let record = (self.limit > 0).then(record);
        self.with(|inner| {
            let number = inner.next;
            inner.next += 1;
            inner.records.extend(record.map(|record| RequestRecord { number, ..record }));
            while inner.records.len() > self.limit {
                inner.records.pop_front();
            }
            number
        })
    }

    /// Changes a record, unless it was dropped.
    pub(crate) fn update(&self, number: u64, change: impl FnOnce(&mut RequestRecord)) {
        self.with(|inner| {
            let first = inner.next - inner.records.len() as u64;
            let index = number.checked_sub(first).and_then(|index| usize::try_from(index).ok());
            if let Some(record) = index.and_then(|index| inner.records.get_mut(index)) {
                change(record);
            }
        });
    }

    pub(crate) fn all(&self) -> Vec<RequestRecord> {
        self.with(|inner| inner.records.iter().cloned().collect())
    }

    pub(crate) fn clear(&self) {
        self.with(|inner| inner.records.clear());
    }

    fn with<T>(&self, f: impl FnOnce(&mut Inner) -> T) -> T {
        f(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_records_stay_and_late_updates_find_theirs() {
        let history = History::new(2);
        for _ in 0..3 {
            history.add(RequestRecord::default);
        }
        history.update(0, |record| record.status = Some(1));
        history.update(2, |record| record.status = Some(3));
        let all = history.all();
        assert_eq!(all.iter().map(|r| (r.number, r.status)).collect::<Vec<_>>(), [(1, None), (2, Some(3))]);
    }
}
