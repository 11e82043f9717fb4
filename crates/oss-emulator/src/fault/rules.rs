//! The rules in force: which of them a request meets, and how often each was met.

use std::sync::{Mutex, PoisonError};

use super::{Fault, FaultEffect};

impl Fault {
    fn is_for_connections(&self) -> bool {
        self.effects.contains(&FaultEffect::Refuse)
    }

    fn matches(&self, target: &FaultTarget<'_>) -> bool {
        self.operation.as_deref().is_none_or(|name| name == target.operation)
            && self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(target.method))
            && self.bucket.as_deref().is_none_or(|pattern| glob(pattern, target.bucket))
            && self.key.as_deref().is_none_or(|pattern| glob(pattern, target.key))
            && self.part_number.is_none_or(|number| target.part_number == Some(number))
    }
}

/// What a rule is compared with.
pub(crate) struct FaultTarget<'a> {
    pub(crate) operation: &'a str,
    pub(crate) method: &'a str,
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) part_number: Option<u16>,
}

/// `*` stands for any text, everything else for itself.
fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        match rest.find(piece) {
            Some(at) => rest = rest.get(at + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

/// The rules in force, with their counts.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Mutex<Vec<(Fault, u64)>>,
}

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.with(|rules| rules.push((fault, 0)));
    }

    pub(crate) fn clear(&self) {
        self.with(Vec::clear);
    }

    pub(crate) fn all(&self) -> Vec<Fault> {
        self.with(|rules| rules.iter().map(|(fault, _)| fault.clone()).collect())
    }

    /// Counts a request and returns the effects it meets.
    pub(crate) fn hit(&self, target: &FaultTarget<'_>) -> Vec<FaultEffect> {
        self.count(|fault| !fault.is_for_connections() && fault.matches(target))
    }

    /// Counts a connection; whether it is to be refused.
    pub(crate) fn refuses_connection(&self) -> bool {
        !self.count(Fault::is_for_connections).is_empty()
    }

    fn count(&self, applies: impl Fn(&Fault) -> bool) -> Vec<FaultEffect> {
        self.with(|rules| {
            let mut effects = Vec::new();
            for (fault, seen) in rules.iter_mut().filter(|(fault, _)| applies(fault)) {
                *seen += 1;
                let nth = fault.nth.max(1);
                let in_time = fault.times.is_none_or(|times| *seen < nth.saturating_add(times));
                if *seen >= nth && in_time {
                    effects.extend(fault.effects.iter().cloned());
                }
            }
            effects
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut Vec<(Fault, u64)>) -> T) -> T {
        f(&mut self.rules.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target<'a>(operation: &'a str, key: &'a str, part_number: Option<u16>) -> FaultTarget<'a> {
        FaultTarget { operation, method: "PUT", bucket: "demo", key, part_number }
    }

    #[test]
    fn a_rule_hits_from_the_nth_match_on_as_often_as_it_says() {
        let faults = Faults::default();
        faults.add(Fault::on("UploadPart").nth(2).times(2).effect(FaultEffect::WrongCrc));
        let hits: Vec<_> = (0..5).map(|_| faults.hit(&target("UploadPart", "k", None)).len()).collect();
        assert_eq!(hits, [0, 1, 1, 0, 0]);
        assert!(faults.hit(&target("PutObject", "k", None)).is_empty());
    }

    #[test]
    fn conditions_narrow_a_rule() {
        let fault = Fault::on_any().method("put").bucket("de*").key("a*c*e").part(3);
        assert!(fault.matches(&target("UploadPart", "abcde", Some(3))));
        assert!(!fault.matches(&target("UploadPart", "abcde", Some(4))));
        assert!(!fault.matches(&target("UploadPart", "abcd", Some(3))));
    }

    #[test]
    fn patterns_match_like_a_shell() {
        for (pattern, text, want) in [
            ("", "", true),
            ("*", "x", true),
            ("a*", "b", false),
            ("*b", "ab", true),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "acb", false),
            ("ab", "abc", false),
        ] {
            assert_eq!(glob(pattern, text), want, "{pattern} {text}");
        }
    }
}
