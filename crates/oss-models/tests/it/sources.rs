//! What the sources say of the operations: read as text, so that nothing can be added and forgotten elsewhere.

use std::fmt::Write as _;
use std::path::Path;

use expect_test::expect_file;

/// A type that `request!`, `response!` or `element!` makes.
struct Declared {
    /// Its name.
    name: String,
    /// Its documentation.
    docs: String,
    /// The names in square brackets before and behind its fields.
    groups: Vec<String>,
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// The sources of all operations, one after the other.
fn operation_sources() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operations");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// The types that the macros make, in the order of the sources.
fn declared(sources: &str) -> Vec<Declared> {
    let mut types = Vec::new();
    let mut in_macro = false;
    let mut docs = String::new();
    for line in sources.lines() {
        match line {
            "request! {" | "response! {" | "element! {" => in_macro = true,
            "}" => in_macro = false,
            _ => {}
        }
        let Some(line) = line.strip_prefix("    ").filter(|_| in_macro) else {
            continue;
        };
        if let Some(doc) = line.strip_prefix("///") {
            let _ = writeln!(docs, "{}", doc.trim());
        } else if let Some(name) = type_name(line) {
            types.push(Declared { name: name.to_owned(), docs: std::mem::take(&mut docs), groups: Vec::new() });
        }
        // `NAME [GROUPS] {`, `required [GROUPS] {` or `} [GROUPS]`.
        let begins = ["required ", "optional ", "} "].iter().any(|word| line.starts_with(word));
        let is_head = type_name(line).is_some_and(|name| line[name.len()..].starts_with(" ["));
        if let Some(last) = types.last_mut().filter(|_| begins || is_head) {
            let lists = line.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
            last.groups
                .extend(lists.flat_map(|(list, _)| list.split(' ')).filter(|name| !name.is_empty()).map(str::to_owned));
        }
    }
    types
}

/// The first word of a line, if it names a type.
fn type_name(line: &str) -> Option<&str> {
    let name = line.split(' ').next()?;
    let is_type = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.contains(|c: char| c.is_ascii_lowercase());
    (is_type && name.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(name)
}

/// The operations by name, with the documentation of their requests.
fn operations() -> Vec<(String, String)> {
    let requests = declared(&operation_sources()).into_iter();
    requests.filter_map(|one| Some((one.name.strip_suffix("Request")?.to_owned(), one.docs))).collect()
}

/// An operation without a test of what it sends, what it reads, and what the official SDK sends in its place, is not done.
#[test]
fn every_operation_is_tested_documented_and_exported() {
    let (wire, responses, facts) = (read("tests/it/wire.rs"), read("tests/it/responses.rs"), read("tests/it/facts.rs"));
    let (lib, facade) = (read("src/lib.rs"), read("../ossup/src/operations.rs"));
    let (ours, theirs) =
        (read("../../conformance/src/wire/ours/operations.rs"), read("../../conformance/src/wire/theirs.py"));
    let operations = operations();
    assert!(operations.len() > 30, "{}", operations.len());
    let mut missing = String::new();
    for (name, docs) in &operations {
        let request = format!("{name}Request");
        let demands = [
            (wire.contains(&format!("{request}::new(")), "a case in tests/it/wire.rs"),
            (
                responses.contains(&format!("{request}::read(")) || responses.contains(&format!("::<{request}>(")),
                "a case in tests/it/responses.rs",
            ),
            (facts.contains(&format!("{request},")), "a line in tests/it/facts.rs"),
            (ours.contains(&format!("{request}::new(")), "a line in the comparison with the SDK (ours)"),
            (theirs.contains(&format!("oss.{request}(")), "a line in the comparison with the SDK (theirs.py)"),
            (lib.contains(&format!(" {request},")), "an export in lib.rs"),
            (facade.contains(&request), "a method of the facade's client"),
            (docs.contains("/help/en/oss/developer-reference/"), "a link to the OSS reference"),
        ];
        for (_, demand) in demands.iter().filter(|(met, _)| !met) {
            let _ = writeln!(missing, "{name} lacks {demand}");
        }
    }
    assert!(missing.is_empty(), "\n{missing}");
}

/// `UPDATE_EXPECT=1` writes the table again.
#[test]
fn the_table_of_groups_is_the_one_in_the_docs() {
    let types = declared(&operation_sources());
    let groups = read("src/declare/groups.rs");
    let (_, groups) = groups.split_once("define_groups! { $").unwrap();
    let mut table = "| group | fields | used by |\n|---|---|---|\n".to_owned();
    for group in groups.split("\n    }\n") {
        let Some(head) = group.lines().find_map(|line| line.strip_prefix("    ")?.strip_suffix(" {")) else {
            continue;
        };
        let fields = group.lines().filter_map(|line| Some(line.strip_prefix("        ")?.split_once(": ")?.0));
        let fields: Vec<_> = fields
            .filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'))
            .collect();
        let users = types.iter().filter(|one| one.groups.iter().any(|name| name == head));
        let users: Vec<_> = users.map(|one| one.name.trim_end_matches("Request")).collect();
        assert!(!fields.is_empty() && !users.is_empty(), "{head}: {fields:?}, {users:?}");
        let _ = writeln!(table, "| `{head}` | {} | {} |", fields.join(", "), users.join(", "));
    }
    expect_file!["../../src/declare/groups.md"].assert_eq(&table);
}
