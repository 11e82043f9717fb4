//! What a crate exports is named, one by one, in the words of the field.

use syn::visit::{self, Visit};

use super::{Finding, Source};

/// Words that no public name has, and the field's word for each. A name is split where its words meet.
const WORDS: &[(&str, &str)] = &[("answer", "response"), ("answers", "responses"), ("answered", "responded")];

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test && source.name.starts_with("crates/")) {
        let mut globs = Globs(Vec::new());
        globs.visit_file(&source.code);
        let name = &source.name;
        findings.extend(globs.0.iter().map(|line| format!("{name}:{line}: `pub use …::*` hides what is exported")));
        for (line, word) in source.public_names() {
            let odd = WORDS.iter().filter(|(odd, _)| words(&word).any(|part| part == *odd));
            findings.extend(odd.map(|(odd, better)| format!("{name}:{line}: `{word}`: not {odd} but {better}")));
        }
    }
    findings
}

/// The words of a name, in lower case: `is_answered_by` and `AnswerShape` both begin with one.
fn words(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c != '_') {
            word.extend(c.to_lowercase());
        }
    }
    words.into_iter().filter(|word| !word.is_empty())
}

/// Lines of public imports that name nothing.
struct Globs(Vec<usize>);

impl<'ast> Visit<'ast> for Globs {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if matches!(item.vis, syn::Visibility::Public(_)) {
            visit::visit_item_use(self, item);
        }
    }

    fn visit_use_glob(&mut self, glob: &'ast syn::UseGlob) {
        self.0.push(glob.star_token.spans.first().map_or(0, |span| span.start().line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<Finding> {
        check(&[Source::parse("crates/a/src/lib.rs", text).unwrap()])
    }

    #[test]
    fn a_glob_in_a_public_import_is_found() {
        let glob = "crates/a/src/lib.rs:1: `pub use …::*` hides what is exported";
        assert_eq!(findings("pub use a::*;"), [glob]);
        assert_eq!(findings("pub use a::{b, c::*};"), [glob]);
        assert_eq!(findings("pub(crate) use a::*;\nuse b::*;\npub use c::{D, E};"), Vec::<Finding>::new());
    }

    #[test]
    fn an_answer_in_a_public_name_is_found_wherever_it_is() {
        for (text, word) in [
            ("pub fn is_answered_by() {}", "is_answered_by"),
            ("pub struct AnswerShape;", "AnswerShape"),
            ("pub struct A { pub answers: u8 }", "answers"),
            ("pub enum A { Answer(u8) }", "Answer"),
            ("impl A { pub const fn answer(&self) {} }", "answer"),
            ("response! { pub answer: u8 }", "answer"),
            ("pub trait A { fn answer(&self); }", "answer"),
            ("pub mod answer {}", "answer"),
        ] {
            let [finding] = findings(text).try_into().unwrap();
            assert!(finding.contains(&format!("`{word}`")), "{finding}");
        }
        for text in ["fn answer() {}", "pub(crate) fn answer() {}", "enum A { Answer }", "pub fn a() { answer(); }"] {
            assert_eq!(findings(text), Vec::<Finding>::new(), "{text}");
        }
    }
}
