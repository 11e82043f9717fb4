//! Every setter states its default, and `docs/defaults.md` has it with its range and its reason.
//!
//! Three must agree: the page, the setter's documentation ("Default 20 s; more than zero") and, where the code spells the
//! value out, the code. What is no number, "yes", "no" or "none" is not compared, only required.

mod code;
mod setters;
mod value;

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use self::code::Code;
use self::setters::Setter;
use self::value::Value;
use super::{Finding, Source};
use crate::workspace;

const PAGE: &str = "docs/defaults.md";

/// Where setters are, whose they are, and the page's section for them.
const SETTERS: &[(&str, &str, &str)] = &[
    ("crates/oss-transport/src/config", "Config", "Config"),
    ("crates/oss-transport/src/layers/retry/backoff", "Backoff", "Backoff"),
    ("crates/oss-transport/src/credentials/refreshing", "RefreshingProvider", "RefreshingProvider"),
    ("crates/oss-transport/src/credentials/source", "SourceClient", "SourceClient"),
    ("crates/oss-models/src/request", "CallOptions", "CallOptions"),
    ("crates/oss-uploader/src/options", "UploadOptions", "UploadOptions"),
    ("crates/oss-uploader/src/uploader", "Uploader", "Uploader"),
    ("crates/oss-uploader/src/uploader", "Upload", "Uploader"),
    ("crates/oss-uploader/src/directory", "DirectoryUpload", "DirectoryUpload"),
    ("crates/oss-uploader/src/copier/options", "CopyOptions", "CopyOptions"),
    ("crates/oss-uploader/src/copier", "ObjectCopy", "ObjectCopy"),
    ("crates/oss-uploader/src/stale", "UnfinishedUploads", "UnfinishedUploads"),
    ("crates/oss-downloader/src/options", "DownloadOptions", "DownloadOptions"),
    ("crates/oss-downloader/src/directory", "DirectoryDownload", "DirectoryDownload"),
    ("crates/oss-downloader/src/downloader", "Downloader", "Downloader"),
    ("crates/oss-downloader/src/downloader", "Download", "Download"),
    ("crates/oss-downloader/src/downloader", "DownloadTo", "Download"),
    ("crates/oss-sync/src/sync", "Sync", "Sync"),
    ("crates/oss-sync/src/delete_limits", "DeleteLimits", "DeleteLimits"),
    ("crates/oss-sync/src/check", "Check", "Check"),
    ("crates/oss-sync/src/list", "ObjectList", "ObjectList"),
    ("crates/oss-transfer/src/scheduler", "Scheduler", "Scheduler"),
    ("crates/oss-object-store/src/store/builder", "OssStoreBuilder", "OssStoreBuilder"),
    ("crates/oss-emulator/src/builder", "EmulatorBuilder", "EmulatorBuilder"),
    ("crates/ossup-cli/src", "Arguments", "ossup"),
];

pub(super) fn check(sources: &[Source]) -> Result<Vec<Finding>> {
    let page = std::fs::read_to_string(workspace::root().join(PAGE)).context(PAGE)?;
    let code = Code::read(sources)?;
    let mut setters = Vec::new();
    for (files, of, section) in SETTERS {
        for source in sources.iter().filter(|source| !source.is_test && is_in(&source.name, files)) {
            setters.extend(setters::of(source, of, section)?);
        }
    }
    Ok(judge(&setters, &code, &page))
}

/// Whether `name` is `files.rs` or below the folder `files`.
fn is_in(name: &str, files: &str) -> bool {
    name.strip_prefix(files).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn judge(setters: &[Setter], code: &Code, page: &str) -> Vec<Finding> {
    let mut rows = rows(page);
    let mut findings = Vec::new();
    for setter in setters {
        let Setter { file, line, section, name, .. } = setter;
        let place = format!("{file}:{line}: `{name}`");
        let Some(stated) = &setter.default else {
            findings.push(format!("{place}: its documentation does not say \"Default …\""));
            continue;
        };
        // An argument that several commands have in one way has one row.
        let shared = name.split_once(" --").map_or(name.clone(), |(_, argument)| format!("--{argument}"));
        let keys = [name.clone(), shared].map(|name| (section.clone(), name));
        let Some(row) = keys.iter().find(|key| rows.contains_key(*key)).and_then(|key| rows.get_mut(key)) else {
            findings.push(format!("{place}: {PAGE} has no row for it under \"{section}\""));
            continue;
        };
        row.is_used = true;
        let (stated, paged) = (Value::of_text(stated), Value::of_text(&row.default));
        // A description beside a literal says what the literal means.
        if stated != paged && !(stated == Value::Other && setter.literal.is_some()) {
            findings.push(format!("{place}: its documentation says {stated}, {PAGE}:{} {paged}", row.line));
        }
        let coded = code.default_of(setter);
        if !coded.agrees_with(&paged) {
            findings.push(format!("{place}: the code has {coded}, {PAGE}:{} {paged}", row.line));
        }
    }
    let unused = rows.iter().filter(|(_, row)| !row.is_used);
    findings.extend(unused.map(|((section, name), row)| {
        format!("{PAGE}:{}: there is no setter `{name}` of \"{section}\" with a default", row.line)
    }));
    findings
}

struct Row {
    line: usize,
    default: String,
    is_used: bool,
}

/// The rows of the page by section and option: `| `option` | default | …` below `## `section``.
fn rows(page: &str) -> BTreeMap<(String, String), Row> {
    let mut rows = BTreeMap::new();
    let mut section = String::new();
    for (line, text) in (1..).zip(page.lines()) {
        if let Some(heading) = text.strip_prefix("## ") {
            section = heading.split('`').nth(1).unwrap_or_default().to_owned();
        }
        let mut cells = text.split('|').map(str::trim).skip(1);
        let option = cells.next().and_then(|cell| cell.strip_prefix('`')?.strip_suffix('`'));
        if let (Some(option), Some(default)) = (option, cells.next()) {
            let row = Row { line, default: default.to_owned(), is_used: false };
            rows.insert((section.clone(), option.to_owned()), row);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "
        pub struct Config { time: Time }
        struct Time { limit: Duration, check: bool }
        impl Default for Time {
            fn default() -> Self { Self { limit: Duration::from_secs(5 * 4), check: true } }
        }
        impl Config {
            /// Sets the limit. Default 20 s; more than zero.
            pub fn limit(mut self, limit: Duration) -> Self { self.time.limit = limit; self }
            /// Sets whether not to check. Default no.
            pub fn disable_check(mut self, disable: bool) -> Self { self.time.check = !disable; self }
        }";
    const PAGE: &str = "## `Config`\n| `limit` | 20 s | | |\n| `disable_check` | no | | |\n";

    fn findings(code: &str, page: &str) -> Vec<Finding> {
        let source = Source::parse("crates/a/src/config.rs", code).unwrap();
        let setters = setters::of(&source, "Config", "Config").unwrap();
        judge(&setters, &Code::read(&[source]).unwrap(), page)
    }

    #[test]
    fn page_documentation_and_code_that_agree_are_fine() {
        assert_eq!(findings(CODE, PAGE), Vec::<Finding>::new());
    }

    #[test]
    fn whichever_of_the_three_differs_is_found() {
        for (code, page, says) in [
            (CODE.replace("5 * 4", "21"), PAGE.to_owned(), "`limit`: the code has 21000 ms"),
            (CODE.replace("Default 20 s", "Default 2 s"), PAGE.to_owned(), "`limit`: its documentation says 2000 ms"),
            (CODE.replace("check: true", "check: false"), PAGE.to_owned(), "`disable_check`: the code has yes"),
            (CODE.replace("Default no.", ""), PAGE.to_owned(), "does not say \"Default …\""),
            (CODE.to_owned(), PAGE.replace("| `limit` | 20 s", "| `limits` | 20 s"), "has no row for it"),
        ] {
            let findings = findings(&code, &page);
            assert!(findings.iter().any(|finding| finding.contains(says)), "{says}: {findings:?}");
        }
    }

    #[test]
    fn setters_that_a_macro_declares_are_compared_with_what_new_sets() {
        let code = "
            pub struct Config { delete: bool, jobs: usize }
            impl Config {
                pub fn new() -> Self { Self { delete: true, jobs: 4 } }
                setters! {
                    /// Whether to delete. Default: no.
                    delete: bool;
                    /// How many at once.
                    /// Default 4.
                    jobs: usize;
                }
            }";
        let page = "## `Config`\n| `delete` | no | | |\n| `jobs` | 4 | | |\n";
        let wrong = "crates/a/src/config.rs:7: `delete`: the code has yes, docs/defaults.md:2 no";
        assert_eq!(findings(code, page), [wrong]);
        assert_eq!(findings(&code.replace("delete: true", "delete: false"), page), Vec::<Finding>::new());
        assert_eq!(findings(&code.replace("jobs: 4", "jobs: 5"), page).len(), 2);
    }

    #[test]
    fn arguments_of_the_command_line_are_named_as_they_are_typed() {
        let text = "struct Serve {
            /// Port.
            #[arg(long, default_value_t = 9000)]
            port: u16,
            /// Files at once. Default: 4.
            #[arg(long)]
            at_once: Option<u16>,
            /// Host. Default: the public one.
            #[arg(long)]
            host: String,
        }";
        let source = Source::parse("crates/ossup-cli/src/serve.rs", text).unwrap();
        let setters = setters::of(&source, "Arguments", "ossup").unwrap();
        assert_eq!(setters.iter().map(|setter| &setter.name).collect::<Vec<_>>(), ["serve --port", "serve --at-once"]);
        let page = "## `ossup`\n| `serve --port` | 9001 | | |\n| `--at-once` | 4 | | |\n";
        let findings = judge(&setters, &Code::read(&[source]).unwrap(), page);
        assert!(
            findings.iter().all(|finding| finding.contains("`serve --port`")) && !findings.is_empty(),
            "{findings:?}"
        );
    }
}
