//! The differences that are meant, each with its reason.

use super::difference::Difference;
use super::scenario::{REFUSED_PART, SHORT_STREAM};

/// Which operations a reason covers.
enum Operations {
    All,
    Only(&'static [&'static str]),
}

/// Who sends something where the other sends nothing.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    /// Only the official SDK.
    Theirs,
    /// Only we.
    Ours,
    /// Both, with another value.
    Both,
}

/// A difference that is meant.
pub(super) struct Justification {
    /// The title of the scenario that it is limited to.
    scenario: Option<&'static str>,
    operations: Operations,
    /// The place of the difference as it is printed, without the code marks: `header content-md5`.
    at: &'static str,
    side: Side,
    /// Why it is meant.
    pub(super) reason: &'static str,
}

impl Justification {
    /// Whether this is the reason for that difference, seen in `scenario`.
    pub(super) fn covers(&self, scenario: &str, difference: &Difference) -> bool {
        let here = self.scenario.is_none_or(|only| only == scenario);
        let operation = match self.operations {
            Operations::All => true,
            Operations::Only(names) => names.contains(&difference.operation),
        };
        let side = match (&difference.theirs, &difference.ours) {
            (Some(_), None) => Side::Theirs,
            (None, Some(_)) => Side::Ours,
            _ => Side::Both,
        };
        here && operation && side == self.side && difference.at.to_string().replace('`', "") == self.at
    }

    /// What of this reason none of the differences, each with its scenario, needs: an operation and the place, or the
    /// place alone.
    pub(super) fn idle(&self, differences: &[(&str, &Difference)]) -> Vec<String> {
        let needed = differences.iter().filter(|(scenario, difference)| self.covers(scenario, difference));
        let mut needed = needed.map(|(_, difference)| difference.operation);
        match self.operations {
            Operations::All if needed.next().is_some() => Vec::new(),
            Operations::All => vec![self.at.to_owned()],
            Operations::Only(names) => {
                let needed: Vec<_> = needed.collect();
                let idle = names.iter().filter(|name| !needed.contains(name));
                idle.map(|name| format!("{name}, {}", self.at)).collect()
            }
        }
    }
}

const fn always(at: &'static str, side: Side, reason: &'static str) -> Justification {
    Justification { scenario: None, operations: Operations::All, at, side, reason }
}

const fn only(names: &'static [&'static str], at: &'static str, side: Side, reason: &'static str) -> Justification {
    Justification { scenario: None, operations: Operations::Only(names), at, side, reason }
}

/// A request that only one of the two sends, in one scenario.
const fn alone(
    scenario: &'static str,
    names: &'static [&'static str],
    side: Side,
    reason: &'static str,
) -> Justification {
    Justification { scenario: Some(scenario), ..only(names, "the request itself", side, reason) }
}

/// Operations without a body for which the SDK sends the MD5 of nothing.
const MD5_OF_NOTHING: &[&str] = &[
    "InitiateMultipartUpload",
    "ListObjects",
    "ListObjectsV2",
    "ListObjectVersions",
    "ListBuckets",
    "GetBucketCors",
    "GetBucketLifecycle",
    "GetBucketStat",
    "DeleteBucketCors",
    "DeleteBucketLifecycle",
    "GetBucketInfo",
    "GetBucketLocation",
    "GetBucketVersioning",
    "DeleteBucket",
    "CopyObject",
    "UploadPartCopy",
    "DeleteObject",
    "AbortMultipartUpload",
    "ListParts",
    "ListMultipartUploads",
    "PutSymlink",
    "GetSymlink",
    "GetObjectTagging",
    "DeleteObjectTagging",
];

/// Operations without a body for which the SDK names the type of nothing.
const TYPE_OF_NOTHING: &[&str] = &[
    "DeleteBucket",
    "DeleteBucketCors",
    "DeleteBucketLifecycle",
    "GetBucketCors",
    "GetBucketLifecycle",
    "ListBuckets",
    "ListObjectVersions",
    "ListObjects",
    "ListObjectsV2",
];

/// Operations that have no body, but for which the SDK's HTTP library gives a length.
const LENGTH_OF_NOTHING: &[&str] = &[
    "AbortMultipartUpload",
    "DeleteBucket",
    "DeleteBucketCors",
    "DeleteBucketLifecycle",
    "DeleteObject",
    "DeleteObjectTagging",
];

/// Every difference that is meant.
pub(super) const ALL: &[Justification] = &[
    always("header user-agent", Side::Both, "each client names itself"),
    always("header accept", Side::Theirs, "its HTTP library's default; the service responds the same without it"),
    always(
        "header accept-encoding",
        Side::Theirs,
        "its HTTP library's default; the service encodes nothing unless it is asked to",
    ),
    always("header connection", Side::Theirs, "its HTTP library's default; HTTP/1.1 keeps connections open anyway"),
    always(
        "parameter without a value",
        Side::Both,
        "both are the same to the service; ours is how the documents and the other SDKs write it, and how it is signed",
    ),
    only(
        MD5_OF_NOTHING,
        "header content-md5",
        Side::Theirs,
        "the MD5 of an empty body protects nothing; the service requires it on DeleteMultipleObjects alone",
    ),
    only(TYPE_OF_NOTHING, "header content-type", Side::Theirs, "there is no body that could have a type"),
    only(LENGTH_OF_NOTHING, "framing of the body", Side::Theirs, "a DELETE without a body needs no length"),
    only(
        &["CompleteMultipartUpload", "PutObjectTagging"],
        "header content-type",
        Side::Ours,
        "every XML body of ours says that it is XML",
    ),
    only(
        &["UploadPart"],
        "header x-oss-traffic-limit",
        Side::Ours,
        "a limit that is set for an upload holds for its parts, which are nearly all of it",
    ),
    alone(
        REFUSED_PART,
        &["ListParts"],
        Side::Ours,
        "after an abort the server is asked whether a late part is still there, which the SDK would leave behind",
    ),
    alone(
        SHORT_STREAM,
        &["InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload"],
        Side::Theirs,
        "a stream of unknown length that ends within its first part goes by one PutObject",
    ),
    alone(SHORT_STREAM, &["PutObject"], Side::Ours, "the one PutObject of a short stream of unknown length"),
    only(
        &["RestoreObject"],
        "header content-md5",
        Side::Ours,
        "every XML body of ours carries its digest, so that one damaged on the way is refused",
    ),
    only(
        &["CompleteMultipartUpload", "PutObjectTagging"],
        "spelling of the XML",
        Side::Both,
        "the same document: quotes may be escaped, and an empty element may be written in two ways",
    ),
];

#[cfg(test)]
mod tests {
    use super::super::difference::Place;
    use super::*;

    fn only_theirs(operation: &'static str) -> Difference {
        Difference { operation, at: Place::Header("x-test".to_owned()), theirs: Some("`1`".to_owned()), ours: None }
    }

    #[test]
    fn a_reason_covers_its_operations_place_and_side_alone() {
        let reason = only(&["A", "B"], "header x-test", Side::Theirs, "");
        assert!(reason.covers("any", &only_theirs("A")));
        assert!(!reason.covers("any", &only_theirs("C")));
        assert!(!reason.covers("any", &Difference { ours: Some("`2`".to_owned()), ..only_theirs("A") }));
        assert!(!reason.covers("any", &Difference { at: Place::Body, ..only_theirs("A") }));
    }

    #[test]
    fn a_request_that_only_one_sends_is_covered_in_its_scenario_alone() {
        let reason = alone("here", &["A"], Side::Theirs, "");
        let difference = Difference { at: Place::Request, ..only_theirs("A") };
        assert!(reason.covers("here", &difference));
        assert!(!reason.covers("there", &difference));
    }

    #[test]
    fn each_operation_of_a_reason_must_be_needed() {
        let difference = only_theirs("A");
        let seen = [("any", &difference)];
        assert_eq!(only(&["A", "B"], "header x-test", Side::Theirs, "").idle(&seen), ["B, header x-test"]);
        assert_eq!(always("header x-test", Side::Theirs, "").idle(&seen), Vec::<String>::new());
        assert_eq!(always("header x-test", Side::Ours, "").idle(&seen), ["header x-test"]);
    }
}
