//! The defaults that the code spells out: fields of `impl Default`, those that `new` sets where there is none, and what
//! `options.NAME.unwrap_or(…)` falls back to.

use std::collections::BTreeMap;

use anyhow::Result;
use quote::ToTokens as _;
use syn::visit::{self, Visit};

use super::Source;
use super::setters::{Setter, name_of};
use super::value::Value;

/// What one crate declares, by name.
#[derive(Default)]
struct Declared {
    structs: BTreeMap<String, BTreeMap<String, syn::Type>>,
    defaults: BTreeMap<String, BTreeMap<String, syn::Expr>>,
    /// What `new` sets.
    constructed: BTreeMap<String, BTreeMap<String, syn::Expr>>,
    /// By `NAME`, and by `Type::NAME` if it is a type's own.
    constants: BTreeMap<String, syn::Expr>,
    /// What an option falls back to, by `NAME`, and by `Type::NAME` where its type's own code says so; `None`: to its type's
    /// default.
    fallbacks: BTreeMap<String, Option<syn::Expr>>,
    block: Option<String>,
}

/// Everything, by crate.
pub(super) struct Code(BTreeMap<String, Declared>);

impl Code {
    pub(super) fn read(sources: &[Source]) -> Result<Self> {
        let mut crates = BTreeMap::<String, Declared>::new();
        for source in sources.iter().filter(|source| !source.is_test && source.name.starts_with("crates/")) {
            crates.entry(crate_of(&source.name)).or_default().visit_file(&source.code);
        }
        Ok(Self(crates))
    }

    /// The value of what the setter sets before it is called.
    pub(super) fn default_of(&self, setter: &Setter) -> Value {
        if let Some(literal) = &setter.literal {
            return Value::of_text(literal);
        }
        let own = crate_of(&setter.file);
        let Some(declared) = self.0.get(&own) else { return Value::Other };
        let names = [format!("{}::{}", setter.of, setter.name), setter.name.clone()];
        let fallback = names.iter().find_map(|name| declared.fallbacks.get(name));
        if let Some(fallback) = fallback.filter(|_| setter.of.ends_with("Options")) {
            return fallback.as_ref().map_or(Value::Other, |fallback| self.evaluate(&own, &setter.of, fallback));
        }
        let value = self.field(&own, &setter.of, &setter.field);
        if setter.is_negated { !value } else { value }
    }

    /// The value of a field of `of`'s default.
    fn field(&self, own: &str, of: &str, steps: &[String]) -> Value {
        let (Some(declared), [step, rest @ ..]) = (self.0.get(own), steps) else { return Value::Other };
        let fields = declared.defaults.get(of).or_else(|| declared.constructed.get(of));
        if let Some(written) = fields.and_then(|fields| fields.get(step)) {
            return match written {
                _ if rest.is_empty() => self.evaluate(own, of, written),
                syn::Expr::Struct(literal) => {
                    let field =
                        literal.fields.iter().find(|field| rest == [field.member.to_token_stream().to_string()]);
                    field.map_or(Value::Other, |field| self.evaluate(own, of, &field.expr))
                }
                // `Settings::default()`
                syn::Expr::Call(call) => match &*call.func {
                    syn::Expr::Path(path) => {
                        let of = path.path.segments.iter().rev().nth(1).map(|segment| segment.ident.to_string());
                        of.map_or(Value::Other, |of| self.field(own, &of, rest))
                    }
                    _ => Value::Other,
                },
                _ => Value::Other,
            };
        }
        // A derived default is that of the field's type.
        let Some(field) = declared.structs.get(of).and_then(|fields| fields.get(step)).and_then(name_of) else {
            return Value::Other;
        };
        match (field.as_str(), rest) {
            ("Option", []) => Value::Nothing,
            ("bool", []) => Value::Flag(false),
            (_, []) => Value::Other,
            _ => self.field(own, &field, rest),
        }
    }

    fn evaluate(&self, own: &str, of: &str, written: &syn::Expr) -> Value {
        match written {
            syn::Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Int(number) => number.base10_parse().map_or(Value::Other, Value::Number),
                syn::Lit::Bool(flag) => Value::Flag(flag.value),
                _ => Value::Other,
            },
            syn::Expr::Path(path) => {
                let names: Vec<_> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                match names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                    ["None"] => Value::Nothing,
                    ["Duration", "ZERO"] => Value::Milliseconds(0),
                    ["Self", name] => self.constant(own, of, &format!("{of}::{name}")),
                    names => self.constant(own, of, &names.join("::")),
                }
            }
            syn::Expr::Binary(binary) => {
                let sides = [&binary.left, &binary.right].map(|side| self.evaluate(own, of, side));
                match (sides, &binary.op) {
                    ([Value::Number(left), Value::Number(right)], syn::BinOp::Mul(_)) => Value::Number(left * right),
                    ([Value::Number(left), Value::Number(right)], syn::BinOp::Shl(_)) => Value::Number(left << right),
                    _ => Value::Other,
                }
            }
            syn::Expr::Call(call) => {
                let function = call.func.to_token_stream().to_string().replace(' ', "");
                let argument = call.args.first().map_or(Value::Other, |argument| self.evaluate(own, of, argument));
                match (function.as_str(), argument) {
                    ("Duration::from_secs", Value::Number(seconds)) => Value::Milliseconds(seconds * 1000),
                    ("Duration::from_millis", Value::Number(milliseconds)) => Value::Milliseconds(milliseconds),
                    ("ParallelNum::Fixed", argument) => argument,
                    _ => Value::Other,
                }
            }
            // `DEFAULT.into()`, and `DEFAULT.max(what is needed)`
            syn::Expr::MethodCall(call) if call.method == "into" || call.method == "max" => {
                self.evaluate(own, of, &call.receiver)
            }
            _ => Value::Other,
        }
    }

    /// A constant of this crate, or one that has the same value in all crates that have it.
    fn constant(&self, own: &str, of: &str, name: &str) -> Value {
        let value = |(own, declared): (&String, &Declared)| {
            declared.constants.get(name).map(|written| self.evaluate(own, of, written))
        };
        if let Some(value) = self.0.get_key_value(own).and_then(value) {
            return value;
        }
        let mut values = self.0.iter().filter_map(value);
        let first = values.next().unwrap_or(Value::Other);
        if values.all(|other| other == first) { first } else { Value::Other }
    }
}

/// `crates/NAME`
fn crate_of(file: &str) -> String {
    file.split('/').take(2).collect::<Vec<_>>().join("/")
}

impl<'ast> Visit<'ast> for Declared {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let fields = item.fields.iter().filter_map(|field| Some((field.ident.as_ref()?.to_string(), field.ty.clone())));
        self.structs.insert(item.ident.to_string(), fields.collect());
    }

    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        let of = name_of(&block.self_ty).unwrap_or_default();
        if block.trait_.as_ref().is_some_and(|(path, ..)| path.is_ident("Default")) {
            let mut written = Written::default();
            written.visit_item_impl(block);
            self.defaults.insert(of.clone(), written.0);
        }
        if block.trait_.is_none() {
            for item in &block.items {
                if let syn::ImplItem::Fn(function) = item
                    && function.sig.ident == "new"
                {
                    let mut written = Written::default();
                    written.visit_impl_item_fn(function);
                    self.constructed.insert(of.clone(), written.0);
                }
            }
        }
        let outer = self.block.replace(of);
        visit::visit_item_impl(self, block);
        self.block = outer;
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.constants.insert(item.ident.to_string(), (*item.expr).clone());
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        if let Some(of) = &self.block {
            self.constants.insert(format!("{of}::{}", item.ident), item.expr.clone());
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if let syn::Expr::Field(field) = &*call.receiver
            && call.method.to_string().starts_with("unwrap_or")
        {
            let name = field.member.to_token_stream().to_string();
            let name = match (field.base.to_token_stream().to_string().as_str(), &self.block) {
                ("options", _) => Some(name),
                ("self", Some(of)) => Some(format!("{of}::{name}")),
                _ => None,
            };
            if let Some(name) = name {
                self.fallbacks.insert(name, call.args.first().cloned());
            }
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// Fields of `Self { … }`.
#[derive(Default)]
struct Written(BTreeMap<String, syn::Expr>);

impl<'ast> Visit<'ast> for Written {
    fn visit_expr_struct(&mut self, literal: &'ast syn::ExprStruct) {
        if literal.path.is_ident("Self") {
            let fields =
                literal.fields.iter().map(|field| (field.member.to_token_stream().to_string(), field.expr.clone()));
            self.0.extend(fields);
        }
    }
}
