//! The JSON Schema that `ossup schema` prints, against which every line of every test is held; and what else is made of the
//! arguments: completions and manual pages.

use serde_json::Value;

use crate::support::{Login, Scratch, emulator, end, ossup, run};

const SCHEMA: &str = include_str!("../../src/schema.json");

/// A line of `--json` is one of those that the schema knows.
#[track_caller]
pub(crate) fn assert_line(line: &Value) {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    if let Err(reason) = check(&schema, &schema, line) {
        panic!("{reason}: {line}");
    }
}

/// The keywords that the schema uses; another one is an error, and not ignored.
fn check(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "format" | "required" | "additionalProperties" => {}
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                check(root, &root["$defs"][name], value)?;
            }
            "oneOf" => {
                let results: Vec<_> =
                    rule.as_array().unwrap().iter().map(|schema| check(root, schema, value)).collect();
                let count = results.iter().filter(|result| result.is_ok()).count();
                if count != 1 {
                    let reasons: Vec<_> = results.into_iter().filter_map(Result::err).collect();
                    return Err(format!("{count} schemas match: {}", reasons.join("; ")));
                }
            }
            "const" if rule != value => return Err(format!("{value} is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => return Err(format!("{value} is none of {rule}")),
            "const" | "enum" => {}
            "type" => {
                let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                if !types.iter().any(|name| is_a(value, name.as_str().unwrap())) {
                    return Err(format!("{value} is no {rule}"));
                }
            }
            "minimum" => {
                if value.as_i64().is_some_and(|number| number < rule.as_i64().unwrap()) {
                    return Err(format!("{value} is less than {rule}"));
                }
            }
            "items" => value.as_array().into_iter().flatten().try_for_each(|item| check(root, rule, item))?,
            "properties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    match (rule.get(name), schema.get("additionalProperties")) {
                        (Some(rule), _) => check(root, rule, value).map_err(|reason| format!("{name}: {reason}"))?,
                        (None, Some(Value::Bool(false))) => return Err(format!("{name} is not known")),
                        (None, _) => {}
                    }
                }
                let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
                for name in required.filter(|_| value.is_object()) {
                    value.get(name.as_str().unwrap()).ok_or_else(|| format!("{name} is missing"))?;
                }
            }
            other => panic!("the keyword {other} is not checked"),
        }
    }
    Ok(())
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other} is not checked"),
    }
}

#[test]
fn a_line_that_is_not_in_the_schema_is_noticed() {
    let check_line = |text: &str| {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        check(&schema, &schema, &serde_json::from_str(text).unwrap())
    };
    assert_eq!(check_line(r#"{"v":1,"op":"version","version":"1"}"#), Ok(()));
    for wrong in [
        r#"{"op":"version"}"#,
        r#"{"op":"version","version":1}"#,
        r#"{"op":"version","version":"1","more":1}"#,
        r#"{"v":2,"op":"version","version":"1"}"#,
        r#"{"op":"other"}"#,
        r#"{"op":"usage","kind":"total","bucket":"b","objects":-1,"bytes":0}"#,
    ] {
        assert!(check_line(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_completions_and_manual_pages_are_printed() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    assert_eq!(run(&login, &["schema"]).await.succeeded().stdout, SCHEMA);
    for (shell, says) in [
        ("bash", "_ossup()"),
        ("zsh", "#compdef ossup"),
        ("fish", "complete -c ossup"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let ended = run(&login, &["completions", shell]).await.succeeded();
        assert!(ended.stdout.contains(says) && ended.stdout.contains("presign"), "{shell}");
    }
    let page = run(&login, &["man"]).await.succeeded().stdout;
    assert!(page.contains(".TH ossup 1") && page.contains("uploads"), "{page}");
    let scratch = Scratch::new();
    let pages = scratch.text("pages");
    run(&login, &["man", &pages]).await.succeeded();
    for name in ["ossup.1", "ossup-ls.1", "ossup-uploads-abort.1"] {
        assert!(std::path::Path::new(&pages).join(name).is_file(), "{name}");
    }
    let ended = run(&login, &["completions", "cmd"]).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{ended:?}");
    let file = scratch.file("file", b"");
    assert_eq!(run(&login, &["man", &file]).await.code, Some(1));
    for arguments in [["schema", "-q"], ["completions", "bash"], ["man", "-q"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = end(ossup(Some(&login), &arguments).stdout(writer).spawn().unwrap()).await.succeeded();
        assert_eq!(ended.stderr, "");
    }
}
