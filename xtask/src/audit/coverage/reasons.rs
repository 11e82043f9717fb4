//! Why lines are not run: `coverage/reasons.toml`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use xtask::workspace;

use super::Gap;
use super::code::Code;

const FILE: &str = "coverage/reasons.toml";

/// Why some lines of one function are not run.
#[derive(Debug)]
pub(super) struct Reason {
    pub(super) place: Place,
    pub(super) reason: String,
    /// The lines of the file that have the text.
    at: Vec<usize>,
}

/// Lines of one function.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// As seen from the root, with forward slashes; empty for every file.
    #[serde(default)]
    pub(super) file: String,
    /// With what it is in; a `*` stands for anything.
    pub(super) function: String,
    /// A text of one of the lines; without it the reason is about all that is not run of the function.
    #[serde(default)]
    line: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasons {
    because: Vec<Group>,
}

/// Places with one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    reason: String,
    at: Vec<Place>,
}

/// The reasons, each with the lines that it is about.
///
/// # Errors
/// If a file, a function or a text that one names is not there.
pub(super) fn read() -> Result<Vec<Reason>> {
    let text = std::fs::read_to_string(workspace::root().join(FILE)).with_context(|| FILE)?;
    let groups: Reasons = toml::from_str(&text).with_context(|| FILE)?;
    let mut reasons = Vec::new();
    for Group { reason, at } in groups.because {
        ensure!(!reason.is_empty(), "{FILE}: a reason is empty");
        reasons.extend(at.into_iter().map(|place| Reason { place, reason: reason.clone(), at: Vec::new() }));
    }
    let mut sources = BTreeMap::new();
    for reason in reasons.iter_mut().filter(|reason| !reason.place.file.is_empty()) {
        let file = &reason.place.file;
        if !sources.contains_key(file) {
            let source = std::fs::read_to_string(workspace::root().join(file)).with_context(|| file.clone())?;
            let code = Code::parse(&source).with_context(|| file.clone())?;
            sources.insert(file.clone(), (source, code));
        }
        if let Some((source, code)) = sources.get(file) {
            reason.locate(source, code)?;
        }
    }
    Ok(reasons)
}

impl Reason {
    fn locate(&mut self, source: &str, code: &Code) -> Result<()> {
        let Self { place: Place { file, function, line }, at, .. } = self;
        // The lines of a macro are in no function.
        let has_function = fits(function, "") || code.functions().any(|name| fits(function, name));
        ensure!(has_function, "{FILE}: {file} has no function {function}");
        let is_meant =
            |(number, text): &(usize, &str)| text.contains(line.as_str()) && fits(function, code.function(*number));
        *at = (1..).zip(source.lines()).filter(is_meant).map(|(number, _)| number).collect();
        ensure!(!at.is_empty(), "{FILE}: {function} in {file} has no line with {line:?}");
        Ok(())
    }

    pub(super) fn explains(&self, file: &str, gap: &Gap) -> bool {
        let is_there = || self.place.file == file && gap.lines.iter().any(|line| self.at.contains(line));
        fits(&self.place.function, &gap.function) && (self.place.file.is_empty() || is_there())
    }
}

/// Whether a name is the pattern, in which one `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => name.len() >= pattern.len() - 1 && name.starts_with(start) && name.ends_with(end),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(function: &str, line: &str) -> Reason {
        let (file, function, line) = ("a.rs".to_owned(), function.to_owned(), line.to_owned());
        Reason { place: Place { file, function, line }, reason: "why".to_owned(), at: Vec::new() }
    }

    #[test]
    fn a_reason_is_about_a_function_or_the_gap_with_its_text() {
        let source = "fn f() {\n    a();\n    b();\n    c();\n}\n";
        let gap = |lines: &[usize]| Gap { function: "f".to_owned(), lines: lines.to_vec() };
        let (mut whole, mut one) = (reason("f", ""), reason("f", "b();"));
        let code = Code::parse(source).unwrap();
        whole.locate(source, &code).unwrap();
        one.locate(source, &code).unwrap();
        for (lines, by_whole, by_one) in [(&[2, 3][..], true, true), (&[4], true, false)] {
            assert_eq!(whole.explains("a.rs", &gap(lines)), by_whole);
            assert_eq!(one.explains("a.rs", &gap(lines)), by_one);
        }
        assert!(!whole.explains("b.rs", &gap(&[2])));
        let mut everywhere = reason("<* as Debug>::fmt", "");
        everywhere.place.file.clear();
        let of = |function: &str| Gap { function: function.to_owned(), lines: vec![1] };
        assert!(everywhere.explains("b.rs", &of("<Plan as Debug>::fmt")));
        assert!(!everywhere.explains("b.rs", &of("<Plan as Display>::fmt")));
    }

    #[test]
    fn a_reason_for_what_is_not_there_is_refused() {
        for (mut reason, why) in [(reason("g", ""), "has no function g"), (reason("f", "z()"), "has no line with")] {
            let source = "fn f() {\n    a();\n}\n";
            let error = reason.locate(source, &Code::parse(source).unwrap()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn every_reason_is_about_code_that_is_there() {
        read().unwrap();
    }
}
