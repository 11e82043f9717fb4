//! Rust code without its comments and without what only tests compile, so that a word found in it is code that ships.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit::Visit as _;
use syn::visit_mut::{self, VisitMut};

use crate::workspace;

/// One file of Rust.
pub(super) struct Source {
    /// As seen from the root, with forward slashes.
    pub(super) name: String,
    pub(super) text: String,
    /// Whether all of it is compiled for tests, benchmarks or examples only.
    pub(super) is_test: bool,
    /// Without the items that are compiled for tests only.
    pub(super) code: syn::File,
    tokens: Vec<Token>,
    /// What `use` lines import, each path written out, so that `use std::{fs, net}` has `std::fs`.
    imports: Vec<Vec<Token>>,
}

/// A word, a punctuation mark or a literal, and its line.
#[derive(Clone, Debug)]
struct Token {
    text: String,
    line: usize,
}

impl Source {
    /// Reads `text` as the file `name`.
    ///
    /// # Errors
    /// If it is not Rust.
    #[cfg(test)]
    pub(super) fn parse(name: &str, text: &str) -> Result<Self> {
        Ok(Self::of(name, text, syn::parse_file(text).with_context(|| name.to_owned())?))
    }

    fn of(name: &str, text: &str, mut code: syn::File) -> Self {
        WithoutTests.visit_file_mut(&mut code);
        let tokens = flatten(code.to_token_stream());
        let mut imports = Imports::default();
        imports.visit_file(&code);
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            is_test: ["/tests/", "/benches/", "/examples/"].iter().any(|folder| name.contains(folder)),
            code,
            tokens,
            imports: imports.0,
        }
    }

    /// Lines in which the tokens of `pattern` follow each other, such as `Instant::now` or `.await`.
    pub(super) fn lines_with(&self, pattern: &str) -> Vec<usize> {
        let pattern = split(pattern);
        let mut lines = Vec::new();
        for tokens in std::iter::once(&self.tokens).chain(&self.imports) {
            let found = tokens.windows(pattern.len().max(1)).filter(|window| is_same(window, &pattern));
            lines.extend(found.filter_map(|window| window.first()).map(|token| token.line));
        }
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    /// What stands right behind each occurrence of `pattern`.
    pub(super) fn after(&self, pattern: &str) -> Vec<&str> {
        let pattern = split(pattern);
        let found = self.tokens.windows(pattern.len() + 1).filter(|window| is_same(window, &pattern));
        found.filter_map(|window| window.last()).map(|token| token.text.as_str()).collect()
    }

    /// Every name that the code makes public, with its line: what stands behind `pub`, inside macro calls too, and the
    /// variants and items of public enums and traits.
    pub(super) fn public_names(&self) -> Vec<(usize, String)> {
        const BEFORE: &[&str] =
            &["const", "async", "unsafe", "fn", "struct", "enum", "trait", "mod", "type", "static", "union"];
        let mut names = Inside::default();
        names.visit_file(&self.code);
        let mut rest = self.tokens.as_slice();
        while let [token, after @ ..] = rest {
            rest = after;
            if token.text == "pub" {
                let name = rest.iter().find(|token| !BEFORE.contains(&token.text.as_str()));
                let is_name =
                    |token: &&Token| token.text.starts_with(|c: char| c.is_alphabetic()) && token.text != "use";
                names.0.extend(name.filter(is_name).map(|token| (token.line, token.text.clone())));
            }
        }
        names.0
    }

    /// The content of every plain string of the code with its line, of those inside macro calls too.
    pub(super) fn strings(&self) -> impl Iterator<Item = (usize, &str)> {
        self.tokens.iter().filter_map(|token| {
            let content = token.text.strip_prefix('"')?.strip_suffix('"')?;
            Some((token.line, content))
        })
    }
}

/// Every file of Rust in the workspace; those that their parent declares for tests only are marked.
///
/// # Errors
/// If one cannot be read or is not Rust.
pub(super) fn all() -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut for_tests = Vec::new();
    for path in workspace::files(workspace::root(), "rs")? {
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let name = workspace::relative(&path);
        let file = syn::parse_file(&text).with_context(|| name.clone())?;
        for_tests.extend(modules_for_tests(&name, &file));
        sources.push(Source::of(&name, &text, file));
    }
    for source in &mut sources {
        let path = Path::new(&source.name).with_extension("");
        source.is_test |= for_tests.iter().any(|module| path.starts_with(module));
    }
    Ok(sources)
}

/// Files, without their extension, of the modules that `name` declares by `#[cfg(test)] mod x;`.
fn modules_for_tests(name: &str, file: &syn::File) -> Vec<PathBuf> {
    let path = Path::new(name);
    let is_root = matches!(path.file_stem().and_then(|stem| stem.to_str()), Some("lib" | "main" | "mod"));
    let folder = if is_root { path.parent().unwrap_or(path).to_owned() } else { path.with_extension("") };
    let modules = file.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if module.content.is_none() && is_for_tests(&module.attrs) => {
            Some(folder.join(module.ident.to_string()))
        }
        _ => None,
    });
    modules.collect()
}

/// Whether one of the attributes is `#[cfg(test)]`, alone or as one of several conditions that must all hold.
pub(crate) fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let condition = attribute.meta.to_token_stream().to_string().replace(' ', "");
        let all = condition.strip_prefix("cfg(all(").and_then(|rest| rest.strip_suffix("))"));
        condition == "cfg(test)" || all.is_some_and(|all| all.split(',').any(|part| part == "test"))
    })
}

/// Takes out the items of tests, and every comment that the parser kept as an attribute.
struct WithoutTests;

impl VisitMut for WithoutTests {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        file.items.retain(|item| !is_for_tests(attributes_of(item)));
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !is_for_tests(attributes_of(item)));
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, block: &mut syn::ItemImpl) {
        block.items.retain(|item| match item {
            syn::ImplItem::Const(item) => !is_for_tests(&item.attrs),
            syn::ImplItem::Fn(item) => !is_for_tests(&item.attrs),
            syn::ImplItem::Type(item) => !is_for_tests(&item.attrs),
            syn::ImplItem::Macro(item) => !is_for_tests(&item.attrs),
            _ => true,
        });
        visit_mut::visit_item_impl_mut(self, block);
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain(|statement| match statement {
            syn::Stmt::Local(local) => !is_for_tests(&local.attrs),
            syn::Stmt::Item(item) => !is_for_tests(attributes_of(item)),
            syn::Stmt::Macro(call) => !is_for_tests(&call.attrs),
            syn::Stmt::Expr(..) => true,
        });
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_attributes_mut(&mut self, attributes: &mut Vec<syn::Attribute>) {
        attributes.retain(|attribute| !attribute.path().is_ident("doc"));
    }
}

fn attributes_of(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Names inside public enums and traits.
#[derive(Default)]
struct Inside(Vec<(usize, String)>);

impl Inside {
    fn add(&mut self, name: &syn::Ident) {
        self.0.push((name.span().start().line, name.to_string()));
    }
}

impl<'ast> syn::visit::Visit<'ast> for Inside {
    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        if matches!(item.vis, syn::Visibility::Public(_)) {
            item.variants.iter().for_each(|variant| self.add(&variant.ident));
        }
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        if matches!(item.vis, syn::Visibility::Public(_)) {
            for item in &item.items {
                match item {
                    syn::TraitItem::Fn(item) => self.add(&item.sig.ident),
                    syn::TraitItem::Const(item) => self.add(&item.ident),
                    syn::TraitItem::Type(item) => self.add(&item.ident),
                    _ => {}
                }
            }
        }
    }
}

/// The paths that `use` lines import.
#[derive(Default)]
struct Imports(Vec<Vec<Token>>);

impl Imports {
    fn add(&mut self, before: &[Token], tree: &syn::UseTree) {
        let token = |ident: &syn::Ident| Token { text: ident.to_string(), line: ident.span().start().line };
        match tree {
            syn::UseTree::Path(path) => {
                let mut before = before.to_vec();
                let step = token(&path.ident);
                let colon = Token { text: ":".to_owned(), line: step.line };
                before.extend([step, colon.clone(), colon]);
                self.add(&before, &path.tree);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add(before, tree)),
            syn::UseTree::Name(name) => self.0.push([before, &[token(&name.ident)]].concat()),
            syn::UseTree::Rename(rename) => self.0.push([before, &[token(&rename.ident)]].concat()),
            _ => self.0.push(before.to_vec()),
        }
    }
}

impl<'ast> syn::visit::Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add(&[], &item.tree);
    }
}

/// Whether the window begins with the tokens of the pattern.
fn is_same(window: &[Token], pattern: &[&str]) -> bool {
    window.iter().zip(pattern).all(|(token, part)| token.text == *part)
}

/// The tokens of a pattern: words, and single marks.
fn split(pattern: &str) -> Vec<&str> {
    let is_mark = |c: char| !c.is_alphanumeric() && c != '_';
    let mut parts = Vec::new();
    for piece in pattern.split_inclusive(is_mark) {
        let (word, mark) = piece.split_at(piece.trim_end_matches(is_mark).len());
        parts.extend([word, mark].into_iter().filter(|part| !part.trim().is_empty()));
    }
    parts
}

/// The tokens in their order, with the brackets of groups among them.
fn flatten(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                tokens.push(Token { text: open.to_owned(), line });
                tokens.extend(flatten(group.stream()));
                tokens.push(Token { text: close.to_owned(), line: group.span_close().start().line });
            }
            tree => tokens.push(Token { text: tree.to_string(), line }),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, pattern: &str) -> Vec<usize> {
        Source::parse("src/a.rs", text).unwrap().lines_with(pattern)
    }

    #[test]
    fn comments_strings_and_tests_are_not_code() {
        let text =
            "//! tokio\nfn b() { let a = \"tokio \\\" tokio\"; /* tokio */ }\n#[cfg(test)]\nmod tests { use tokio; }";
        assert_eq!(lines(text, "tokio"), Vec::<usize>::new());
    }

    #[test]
    fn only_the_item_of_a_test_is_skipped() {
        let text = "struct A;\nimpl A {\n    #[cfg(test)]\n    fn now() { Instant::now(); }\n    fn later() {\n        \
                    Instant::now();\n    }\n}\n#[cfg(test)]\nuse std::fs;\nfn b() {\n    Instant :: now();\n}";
        assert_eq!(lines(text, "Instant::now"), [6, 12]);
        assert_eq!(lines(text, "std::fs"), Vec::<usize>::new());
    }

    #[test]
    fn what_is_inside_macro_calls_and_groups_of_imports_is_code() {
        let text = "use std::{io, net::TcpStream as Socket, fs::{self, File}};\ntokio::select! { _ = a.await => {} }";
        assert_eq!(lines(text, "std::net"), [1]);
        assert_eq!(lines(text, "std::fs"), [1]);
        assert_eq!(lines(text, ".await"), [2]);
        assert_eq!(lines(text, "tokio"), [2]);
        assert_eq!(lines(text, "std::thread"), Vec::<usize>::new());
    }

    #[test]
    fn a_condition_that_a_release_can_meet_is_no_test() {
        assert_eq!(lines("#[cfg(any(test, feature = \"x\"))]\nfn a() { b.await }", ".await"), [2]);
        assert_eq!(lines("#[cfg(all(test, unix))]\nfn a() { b.await }", ".await"), Vec::<usize>::new());
        assert_eq!(lines("#[cfg(all(unix, test))]\nfn a() { b.await }", ".await"), Vec::<usize>::new());
        assert_eq!(lines("#[cfg(not(test))]\nfn a() { b.await }", ".await"), [2]);
    }

    #[test]
    fn a_module_in_a_file_of_its_own_is_a_test_where_its_parent_says_so() {
        let file = syn::parse_file("#[cfg(test)]\nmod tests;\nmod layout;").unwrap();
        assert_eq!(modules_for_tests("src/plan.rs", &file), [Path::new("src/plan/tests")]);
        assert_eq!(modules_for_tests("src/lib.rs", &file), [Path::new("src/tests")]);
    }
}
