//! How much goes into one DeleteMultipleObjects.

use ossup::Delete;

use super::Target;

/// The most bytes of its document.
const MAX_BYTES: usize = 2 << 20;
/// What is around all objects, with room to spare.
const FRAME: usize = 100;

/// What waits to be deleted by one request.
#[derive(Debug, Default)]
pub(super) struct Batch {
    targets: Vec<Target>,
    bytes: usize,
}

impl Batch {
    /// Whether one more fits in.
    pub(super) fn has_room_for(&self, target: &Target) -> bool {
        self.targets.len() < Delete::MAX_OBJECTS && FRAME + self.bytes + written(target) <= MAX_BYTES
    }

    pub(super) fn push(&mut self, target: Target) {
        self.bytes += written(&target);
        self.targets.push(target);
    }

    /// What waits; nothing is left.
    pub(super) fn take(&mut self) -> Vec<Target> {
        self.bytes = 0;
        std::mem::take(&mut self.targets)
    }
}

/// The most bytes that an object takes in the document.
fn written(target: &Target) -> usize {
    let key = "<Object><Key></Key></Object>".len() + escaped(&target.key);
    let version = |version: &String| "<VersionId></VersionId>".len() + escaped(version);
    key + target.version_id.as_ref().map_or(0, version)
}

/// The most bytes that a text takes with everything escaped that may be.
fn escaped(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            '&' | '<' | '>' | '"' | '\'' => "&quot;".len(),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}') => "&#65535;".len(),
            c => c.len_utf8(),
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use ossup::{DeleteMultipleObjectsRequest, ObjectIdentifier, Operation as _};

    use super::*;

    /// Fills a batch with keys like this one, and says how many fit in; the request can be made of them.
    fn fill(key: &str, version: Option<&str>) -> usize {
        let mut batch = Batch::default();
        let target = Target { key: key.to_owned(), version_id: version.map(str::to_owned), upload_id: None };
        while batch.has_room_for(&target) {
            batch.push(target.clone());
        }
        let targets = batch.take();
        let objects = targets.iter().map(|target| {
            let object = ObjectIdentifier::new(target.key.as_str());
            version.map_or(object.clone(), |version| object.version_id(version))
        });
        let request = DeleteMultipleObjectsRequest::new("demo", Delete::from_iter(objects)).into_request();
        assert!(request.is_ok(), "{} of {key:?}: {request:?}", targets.len());
        targets.len()
    }

    #[test]
    fn a_batch_is_cut_by_count_and_by_bytes() {
        assert_eq!(fill("a", None), 1000);
        assert_eq!(fill(&"k".repeat(1023), Some(&"v".repeat(64))), 1000);
        for c in ["\"", "&", "\u{1}", "\u{9f}", "\u{ffff}"] {
            let count = fill(&c.repeat(1023 / c.len()), None);
            assert!((250..1000).contains(&count), "{count} keys of {c:?}");
        }
    }
}
