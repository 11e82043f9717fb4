//! Setters, with what their documentation says.

use anyhow::{Context, Result};
use quote::ToTokens as _;
use syn::parse::{Parse, ParseStream};
use syn::visit::{self, Visit};

use super::Source;
use super::value::Value;

/// One public function that takes a value by `self` and gives it back changed, or one argument of a command line.
pub(super) struct Setter {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) of: String,
    pub(super) section: String,
    pub(super) name: String,
    /// What stands behind "Default" in its documentation.
    pub(super) default: Option<String>,
    /// The field that it sets, step by step from `self`; empty where that is not to be seen.
    pub(super) field: Vec<String>,
    /// Whether the field gets the opposite of the argument.
    pub(super) is_negated: bool,
    /// What the command line has for it.
    pub(super) literal: Option<String>,
}

/// The setters of `of` in one file; for `Arguments` those arguments of the command line that have a default.
///
/// # Errors
/// If the file is not Rust.
pub(super) fn of(source: &Source, of: &str, section: &str) -> Result<Vec<Setter>> {
    let file = syn::parse_file(&source.text).with_context(|| source.name.clone())?;
    let mut found = Found { source, of, section, setters: Vec::new() };
    if of == "Arguments" {
        found.visit_file(&file);
        return Ok(found.setters);
    }
    for item in &file.items {
        match item {
            syn::Item::Impl(block)
                if block.trait_.is_none() && name_of(&block.self_ty).is_some_and(|name| name == of) =>
            {
                for item in &block.items {
                    match item {
                        syn::ImplItem::Fn(function) => found.setters.extend(found.setter(function)),
                        syn::ImplItem::Macro(call) if call.mac.path.is_ident("setters") => {
                            let listed: Listed = call.mac.parse_body().with_context(|| source.name.clone())?;
                            found.listed(&listed);
                        }
                        _ => {}
                    }
                }
            }
            syn::Item::Macro(call) if is_options(&call.mac.path) && of.ends_with("Options") => {
                found.declared();
            }
            _ => {}
        }
    }
    Ok(found.setters)
}

struct Found<'a> {
    source: &'a Source,
    of: &'a str,
    section: &'a str,
    setters: Vec<Setter>,
}

impl Found<'_> {
    fn stated(&self, line: usize, name: String, doc: &str) -> Setter {
        Setter {
            file: self.source.name.clone(),
            line,
            of: self.of.to_owned(),
            section: self.section.to_owned(),
            name,
            default: default_of(doc),
            field: Vec::new(),
            is_negated: false,
            literal: None,
        }
    }

    fn setter(&self, function: &syn::ImplItemFn) -> Option<Setter> {
        let signature = &function.sig;
        let takes_self = matches!(signature.inputs.first(), Some(syn::FnArg::Receiver(of)) if matches!(of.kind, syn::ReceiverKind::Value));
        let gives_self =
            matches!(&signature.output, syn::ReturnType::Type(_, of) if name_of(of).is_some_and(|name| name == "Self"));
        let is_public = matches!(function.vis, syn::Visibility::Public(_));
        // One without arguments sets nothing that could have a default.
        if !(is_public && takes_self && gives_self && signature.inputs.len() > 1) {
            return None;
        }
        let mut setter =
            self.stated(signature.ident.span().start().line, signature.ident.to_string(), &doc(&function.attrs));
        let assigned = function.block.stmts.iter().find_map(|statement| match statement {
            syn::Stmt::Expr(syn::Expr::Assign(assign), _) => Some(assign),
            _ => None,
        });
        if let Some(assign) = assigned {
            setter.field = steps(&assign.left);
            setter.is_negated =
                matches!(&*assign.right, syn::Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Not(_)));
        }
        Some(setter)
    }

    /// The setters that a call of `setters!` declares, each for the field of its name.
    fn listed(&mut self, listed: &Listed) {
        for (attributes, name) in &listed.0 {
            let setter = self.stated(name.span().start().line, name.to_string(), &doc(attributes));
            self.setters.push(Setter { field: vec![name.to_string()], ..setter });
        }
    }

    /// The options that a call of `options!` declares, each a line `name: type = parameter;` below its documentation.
    fn declared(&mut self) {
        let mut doc = String::new();
        let lines = (1..).zip(self.source.text.lines()).skip_while(|(_, line)| !line.ends_with("options! {")).skip(1);
        for (number, line) in lines.take_while(|(_, line)| *line != "}") {
            let line = line.trim();
            if let Some(text) = line.strip_prefix("///") {
                doc.push_str(text);
            } else if let Some((name, _)) = line.split_once(':') {
                let setter = self.stated(number, name.to_owned(), &std::mem::take(&mut doc));
                self.setters.push(setter);
            } else if !line.is_empty() {
                // It was of the struct.
                doc.clear();
            }
        }
    }
}

/// What is between the braces of `setters! { … }`: documentation and name of each.
struct Listed(Vec<(Vec<syn::Attribute>, syn::Ident)>);

impl Parse for Listed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut listed = Vec::new();
        while !input.is_empty() {
            listed.push((input.call(syn::Attribute::parse_outer)?, input.parse()?));
            input.parse::<syn::Token![:]>()?;
            input.parse::<syn::Type>()?;
            input.parse::<syn::Token![;]>()?;
        }
        Ok(Self(listed))
    }
}

/// Whether it is the macro that declares options, by whatever path.
fn is_options(path: &syn::Path) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == "options")
}

/// Fields of a command line that have a value without being given: `#[arg(long, default_value_t = 9000)]`, or "Default: 3."
/// in the help.
impl<'ast> Visit<'ast> for Found<'_> {
    fn visit_field(&mut self, field: &'ast syn::Field) {
        let Some(name) = &field.ident else { return };
        let Some(attribute) = field.attrs.iter().find(|attribute| attribute.path().is_ident("arg")) else { return };
        let typed = format!("{}{}", command_of(&self.source.name), argument_of(attribute, &name.to_string()));
        let mut setter = self.stated(name.span().start().line, typed, &doc(&field.attrs));
        if let Some(literal) = default_value(attribute) {
            setter.default.get_or_insert_with(|| literal.clone());
            setter.literal = Some(literal);
        }
        let value = setter.default.as_deref().map_or(Value::Other, Value::of_text);
        if setter.literal.is_some() || matches!(value, Value::Number(_) | Value::Milliseconds(_)) {
            self.setters.push(setter);
        }
        visit::visit_field(self, field);
    }
}

/// The command that a file of the command line is about, with a space behind it: `serve ` of `src/serve.rs`; nothing for
/// what several share.
fn command_of(file: &str) -> String {
    let rest = file.split("/src/").nth(1).unwrap_or_default();
    let name = rest.split(['/', '.']).next().unwrap_or_default();
    if ["arguments", "global", "properties"].contains(&name) { String::new() } else { format!("{name} ") }
}

/// How an argument is typed: `--name`, by another name after `long =`, or without dashes where it has its place.
fn argument_of(attribute: &syn::Attribute, field: &str) -> String {
    let text = attribute.meta.to_token_stream().to_string();
    let other = text.split_once("long = \"").and_then(|(_, rest)| rest.split('"').next());
    let name = other.map_or_else(|| field.replace('_', "-"), str::to_owned);
    if text.contains("long") { format!("--{name}") } else { name }
}

/// The literal behind `default_value =` or `default_value_t =`.
fn default_value(attribute: &syn::Attribute) -> Option<String> {
    let text = attribute.meta.to_token_stream().to_string();
    let (_, rest) = text.split_once("default_value_t =").or_else(|| text.split_once("default_value ="))?;
    let literal = rest.split([',', ')']).next()?.trim();
    Some(literal.strip_prefix('"').map_or(literal.to_owned(), |word| format!("`{}`", word.trim_end_matches('"'))))
}

/// `a.b.c` of `self.a.b.c`.
fn steps(place: &syn::Expr) -> Vec<String> {
    match place {
        syn::Expr::Field(field) => {
            let mut steps = steps(&field.base);
            steps.push(field.member.to_token_stream().to_string());
            steps
        }
        _ => Vec::new(),
    }
}

pub(super) fn name_of(of: &syn::Type) -> Option<String> {
    match of {
        syn::Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}

fn doc(attributes: &[syn::Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        if let syn::Meta::NameValue(syn::MetaNameValue { value: syn::Expr::Lit(literal), .. }) = &attribute.meta
            && let syn::Lit::Str(line) = &literal.lit
        {
            text.push_str(&line.value());
        }
    }
    text
}

/// What stands behind "Default", to the end of its paragraph's text.
fn default_of(doc: &str) -> Option<String> {
    let (_, rest) = doc.split_once("Default")?;
    Some(rest.trim_start_matches(':').trim().to_owned())
}
