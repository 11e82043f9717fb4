//! The engines of uploads and downloads carry out what the plans decide: nothing in them judges a response, a time or a size.

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::{Finding, Source};

const ENGINES: &[&str] = &["crates/oss-uploader/src/engine", "crates/oss-downloader/src/engine"];

/// What a decision is made by.
const WORDS: &[&str] = &["StatusCode", ".code()", "RetryClass", "FailureClass", "CallErrorKind::", "Duration::"];

/// What the plan compares: a name with one of these words in it.
const COMPARED: &[&str] = &["crc", "crc64", "etag", "size", "len", "length"];

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let is_engine = |source: &&Source| ENGINES.iter().any(|engine| source.name.starts_with(engine));
    let engine = sources.iter().filter(|source| !source.is_test).filter(is_engine);
    engine.flat_map(decisions).collect()
}

fn decisions(source: &Source) -> Vec<Finding> {
    let name = &source.name;
    let mut findings = Vec::new();
    for word in WORDS {
        let lines = source.lines_with(word).into_iter();
        findings.extend(lines.map(|line| format!("{name}:{line}: `{word}`: the plan decides, the engine carries out")));
    }
    let mut comparisons = Comparisons(Vec::new());
    comparisons.visit_file(&source.code);
    findings.extend(
        comparisons.0.into_iter().map(|(line, what)| format!("{name}:{line}: compares `{what}`, which the plan does")),
    );
    findings
}

/// Line and name of each size, ETag or CRC that is compared.
struct Comparisons(Vec<(usize, String)>);

impl<'ast> Visit<'ast> for Comparisons {
    fn visit_expr_binary(&mut self, expression: &'ast syn::ExprBinary) {
        use syn::BinOp::{Eq, Ge, Gt, Le, Lt, Ne};
        if matches!(expression.op, Eq(_) | Ne(_) | Lt(_) | Le(_) | Gt(_) | Ge(_)) {
            let sides = [&expression.left, &expression.right];
            let compared = sides.into_iter().filter_map(|side| name_of(side)).find(|name| is_compared(name));
            self.0.extend(compared.map(|name| (expression.span().start().line, name)));
        }
        visit::visit_expr_binary(self, expression);
    }
}

fn is_compared(name: &str) -> bool {
    name.to_lowercase().split('_').any(|word| COMPARED.contains(&word))
}

/// The name that an expression ends in: of a variable, a field, or a method.
fn name_of(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        syn::Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => Some(name.to_string()),
            _ => None,
        },
        syn::Expr::MethodCall(call)
            if matches!(call.method.to_string().as_str(), "as_ref" | "as_str" | "copied" | "cloned") =>
        {
            name_of(&call.receiver)
        }
        syn::Expr::MethodCall(call) => Some(call.method.to_string()),
        syn::Expr::Call(call) => call.args.first().and_then(name_of),
        syn::Expr::Reference(reference) => name_of(&reference.expr),
        syn::Expr::Unary(unary) => name_of(&unary.expr),
        syn::Expr::Paren(paren) => name_of(&paren.expr),
        syn::Expr::Cast(cast) => name_of(&cast.expr),
        syn::Expr::Try(tried) => name_of(&tried.expr),
        syn::Expr::Await(awaited) => name_of(&awaited.base),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str) -> usize {
        let text = format!("fn a() {{ {body} }}");
        check(&[Source::parse("crates/oss-uploader/src/engine/step.rs", &text).unwrap()]).len()
    }

    #[test]
    fn a_decision_in_the_engine_is_found() {
        for decision in [
            "if status == StatusCode::CONFLICT {}",
            "match error.code() { _ => {} }",
            "matches!(error.kind(), CallErrorKind::Timeout { .. })",
            "if class == RetryClass::Transient {}",
            "sleep(Duration::from_secs(1)).await;",
            "if head.content_length != self.size {}",
            "if stored.etag.as_ref() == Some(&etag) {}",
            "if result.hash_crc64 == Some(crc) {}",
            "while sent < source.len() {}",
        ] {
            assert_eq!(found(decision), 1, "{decision}");
        }
    }

    #[test]
    fn what_carries_out_is_not_found() {
        for step in ["plan.on_part_done(receipt, now);", "if plan.is_done() {}", "match plan.next(now) { _ => {} }"] {
            assert_eq!(found(step), 0, "{step}");
        }
    }
}
