//! The body template of a callback: text with `${variables}`.

use oss_auth::encoding;

/// A parsed template.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Variable(String),
}

/// What a variable stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(u64),
}

impl Template {
    /// `None` if a `${` has no proper end.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}')?;
            let well_formed = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || ".:_-".contains(c));
            if !well_formed {
                return None;
            }
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Variable(name.to_owned()));
            rest = tail;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Some(Self(pieces))
    }

    /// Fills the variables in: as JSON values, or percent-encoded for a form.
    pub(super) fn fill(&self, is_json: bool, value: impl Fn(&str) -> Value) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable(name) => match (value(name), is_json) {
                (Value::Number(number), _) => number.to_string(),
                (Value::Text(text), true) => serde_json::Value::String(text).to_string(),
                (Value::Text(text), false) => encoding::encode(&text),
            },
        });
        pieces.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str, is_json: bool) -> String {
        Template::parse(template).unwrap().fill(is_json, |name| match name {
            "size" => Value::Number(5),
            "object" => Value::Text("a b/\"".to_owned()),
            _ => Value::Text(String::new()),
        })
    }

    #[test]
    fn a_form_is_encoded_and_json_brings_its_quotes() {
        assert_eq!(fill("o=${object}&s=${size}&x=${x:a}", false), "o=a%20b%2F%22&s=5&x=");
        assert_eq!(fill(r#"{"o":${object},"s":${size},"x":${x:a}}"#, true), r#"{"o":"a b/\"","s":5,"x":""}"#);
        assert_eq!(fill("$ {} $x", false), "$ {} $x");
    }

    #[test]
    fn a_variable_needs_a_name_and_an_end() {
        for bad in ["${", "${a", "${}", "${a b}", "x${a${b}}"] {
            assert_eq!(Template::parse(bad), None, "{bad}");
        }
    }
}
