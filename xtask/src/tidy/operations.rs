//! Facts of operations are stated beside the operations: the transport asks `OperationInfo`, never for a name.

use std::collections::BTreeSet;

use super::{Finding, Source};

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let shipped =
        |folder: &'static str| sources.iter().filter(move |source| !source.is_test && source.name.starts_with(folder));
    let operations: BTreeSet<&str> = shipped("crates/oss-models/src/")
        .flat_map(|source| source.after("OperationInfo::new("))
        .map(|name| name.trim_matches('"'))
        .collect();
    let mut findings = Vec::new();
    for source in shipped("crates/oss-transport/src/") {
        let named = source.strings().filter(|(_, content)| operations.contains(content));
        findings.extend(named.map(|(line, name)| {
            format!("{}:{line}: `{name}` by its name; a fact of an operation belongs into `OperationInfo`", source.name)
        }));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_compared_by_its_name_is_found() {
        let models = Source::parse(
            "crates/oss-models/src/operations/put.rs",
            "request! { Put -> R = OperationInfo::new(\"PutObject\", Idempotency::Idempotent); }",
        );
        let transport = Source::parse(
            "crates/oss-transport/src/sign.rs",
            "fn a(name: &str) -> bool {\n    name == \"PutObject\" || matches!(name, \"PutObject\" | \"Other\")\n}\n\
             #[cfg(test)]\nmod tests { const A: &str = \"PutObject\"; }",
        );
        let line = "crates/oss-transport/src/sign.rs:2: `PutObject` by its name; a fact of an operation belongs into \
                    `OperationInfo`";
        assert_eq!(check(&[models.unwrap(), transport.unwrap()]), [line, line]);
    }
}
