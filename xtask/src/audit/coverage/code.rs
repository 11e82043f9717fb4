//! Which function a line belongs to, and whether only tests compile it.

use std::ops::RangeInclusive;

use anyhow::Result;
use quote::ToTokens as _;
use syn::visit::{self, Visit};

use crate::tidy::is_for_tests;

/// The functions and the tests of a file.
#[derive(Debug, Default)]
pub(super) struct Code {
    /// Outer functions come before those in them.
    functions: Vec<(RangeInclusive<usize>, String)>,
    tests: Vec<RangeInclusive<usize>>,
    /// The modules, types and functions around what is visited.
    within: Vec<String>,
}

impl Code {
    /// # Errors
    /// If `text` is not Rust.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let file = syn::parse_file(text)?;
        let mut code = Self::default();
        if is_for_tests(&file.attrs) {
            code.tests.push(0..=usize::MAX);
        }
        code.visit_file(&file);
        Ok(code)
    }

    pub(super) fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|lines| lines.contains(&line))
    }

    /// The innermost function with this line; empty if it is in none.
    pub(super) fn function(&self, line: usize) -> &str {
        let around = self.functions.iter().rev().find(|(lines, _)| lines.contains(&line));
        around.map_or("", |(_, name)| name)
    }

    pub(super) fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().map(|(_, name)| name.as_str())
    }

    /// Visits something below a name, unless it is for tests only.
    fn enter(
        &mut self,
        name: String,
        attributes: &[syn::Attribute],
        lines: RangeInclusive<usize>,
        visit: impl FnOnce(&mut Self),
    ) {
        if is_for_tests(attributes) {
            self.tests.push(lines);
            return;
        }
        self.within.push(name);
        visit(self);
        self.within.pop();
    }

    fn enter_function(
        &mut self,
        name: &syn::Ident,
        attributes: &[syn::Attribute],
        lines: RangeInclusive<usize>,
        visit: impl FnOnce(&mut Self),
    ) {
        self.enter(name.to_string(), attributes, lines.clone(), |code| {
            let name = code.within.join("::");
            code.functions.push((lines, name));
            visit(code);
        });
    }
}

impl<'a> Visit<'a> for Code {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        self.enter(item.ident.to_string(), &item.attrs, lines(item), |code| visit::visit_item_mod(code, item));
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        let last = |path: &syn::Path| path.segments.last().map(|segment| segment.ident.to_string());
        let name = match &*item.self_ty {
            syn::Type::Path(path) => last(&path.path),
            _ => None,
        };
        let name = name.unwrap_or_else(|| item.self_ty.to_token_stream().to_string());
        let name = match item.trait_.as_ref().and_then(|(path, _)| last(path)) {
            Some(of_trait) => format!("<{name} as {of_trait}>"),
            None => name,
        };
        self.enter(name, &item.attrs, lines(item), |code| visit::visit_item_impl(code, item));
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        self.enter(item.ident.to_string(), &item.attrs, lines(item), |code| visit::visit_item_trait(code, item));
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        let lines = lines(item);
        self.enter_function(&item.sig.ident, &item.attrs, lines, |code| visit::visit_item_fn(code, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        let lines = lines(item);
        self.enter_function(&item.sig.ident, &item.attrs, lines, |code| visit::visit_impl_item_fn(code, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        let lines = lines(item);
        self.enter_function(&item.sig.ident, &item.attrs, lines, |code| visit::visit_trait_item_fn(code, item));
    }
}

fn lines(item: &impl syn::spanned::Spanned) -> RangeInclusive<usize> {
    item.span().start().line..=item.span().end().line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_of_its_innermost_function_or_of_a_test() {
        let text = "impl<T> Plan<T> {\n    fn step(&self) {\n        fn inner() {}\n    }\n}\n\n\
                    #[cfg(test)]\nmod tests {\n    fn t() {}\n}\nstatic S: u8 = 1;\n";
        let code = Code::parse(text).unwrap();
        assert_eq!(
            [2, 3, 4, 11].map(|line| code.function(line)),
            ["Plan::step", "Plan::step::inner", "Plan::step", ""]
        );
        assert_eq!([4, 7, 9, 10, 11].map(|line| code.is_test(line)), [false, true, true, true, false]);
        let code = Code::parse("impl fmt::Debug for a::Plan {\n    fn fmt() {}\n}\n").unwrap();
        assert_eq!(code.function(2), "<Plan as Debug>::fmt");
        assert!(Code::parse("#![cfg(test)]\nfn t() {}\n").unwrap().is_test(2));
    }
}
