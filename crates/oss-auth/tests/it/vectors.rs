//! The signing vectors, and the proof that the check can fail.

use std::path::Path;

use serde_json::Value;

use crate::vector_check::check;

fn vectors(kind: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(kind).with_extension("json");
    std::fs::read_to_string(path).unwrap()
}

fn passes(kind: &str, count: usize) {
    let report = check(&vectors(kind));
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
    assert_eq!(report.passed, count);
}

#[test]
fn v4_in_the_header() {
    passes("v4_header", 75);
}

#[test]
fn v4_in_the_url() {
    passes("v4_query", 56);
}

#[test]
fn v1_in_the_header() {
    passes("v1_header", 59);
}

#[test]
fn v1_in_the_url() {
    passes("v1_query", 38);
}

#[test]
fn post_policies() {
    passes("post_policy", 13);
}

#[test]
fn one_changed_character_of_an_expected_value_fails_its_vector_alone() {
    for kind in ["v4_header", "v4_query", "v1_header", "v1_query", "post_policy"] {
        let file: Value = serde_json::from_str(&vectors(kind)).unwrap();
        let all = file["vectors"].as_array().unwrap().len();
        let fields: Vec<String> = file["vectors"][0]["expected"].as_object().unwrap().keys().cloned().collect();
        for field in fields {
            let mut file = file.clone();
            if !change_last_character(&mut file["vectors"][0]["expected"][&field]) {
                continue;
            }
            let report = check(&file.to_string());
            assert_eq!((report.passed, report.failures.len()), (all - 1, 1), "{kind} {field}");
        }
    }
}

/// Changes the last string in there; `false` if there is none.
fn change_last_character(value: &mut Value) -> bool {
    match value {
        Value::String(text) => {
            let last = text.pop();
            text.push(if last == Some('0') { '1' } else { '0' });
            true
        }
        Value::Array(items) => items.last_mut().is_some_and(change_last_character),
        _ => false,
    }
}

#[test]
fn a_kind_or_a_field_that_nothing_checks_fails() {
    let text = vectors("v1_query");
    assert_eq!(check(&text.replace("\"v1_query\"", "\"v9_query\"")).passed, 0);
    assert_eq!(check(&text.replace("\"string_to_sign\"", "\"string_to_check\"")).passed, 0);
    assert!(!check("{}").failures.is_empty());
    assert!(!check(r#"{"kind": "v4_header", "vectors": []}"#).failures.is_empty());
}
