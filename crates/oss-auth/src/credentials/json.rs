//! JSON objects in which credentials are handed out or kept.

use std::fmt;
use std::mem;

use serde_json::{Map, Value};
use zeroize::Zeroize;

/// A JSON object, whose members are taken out once each. A member that is `null` is not there; what was not taken is
/// overwritten with zeros in the end, since it may be a secret.
pub(super) struct Object(Map<String, Value>);

/// A member of another type than it has to have. Says nothing of its value, which may be a secret.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct WrongType {
    member: &'static str,
    expected: &'static str,
}

impl Object {
    /// # Errors
    /// `json` is not one JSON object. The error may quote a value.
    pub(super) fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json).map(Self)
    }

    pub(super) fn text(&mut self, member: &'static str) -> Result<Option<String>, WrongType> {
        match self.member(member) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(mem::take(text))),
            Some(_) => Err(WrongType { member, expected: "text" }),
        }
    }

    pub(super) fn number(&mut self, member: &'static str) -> Result<Option<u64>, WrongType> {
        match self.member(member).map(|value| value.as_u64()) {
            None => Ok(None),
            Some(Some(number)) => Ok(Some(number)),
            Some(None) => Err(WrongType { member, expected: "a whole number" }),
        }
    }

    pub(super) fn flag(&mut self, member: &'static str) -> Result<Option<bool>, WrongType> {
        match self.member(member) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(WrongType { member, expected: "true or false" }),
        }
    }

    pub(super) fn object(&mut self, member: &'static str) -> Result<Option<Self>, WrongType> {
        match self.member(member) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Self(mem::take(members)))),
            Some(_) => Err(WrongType { member, expected: "an object" }),
        }
    }

    /// The objects of a list; none if it is not there.
    pub(super) fn objects(&mut self, member: &'static str) -> Result<Vec<Self>, WrongType> {
        let wrong = WrongType { member, expected: "a list of objects" };
        match self.member(member) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) if items.iter().all(Value::is_object) => {
                Ok(items.iter_mut().filter_map(Value::as_object_mut).map(mem::take).map(Self).collect())
            }
            Some(_) => Err(wrong),
        }
    }

    fn member(&mut self, name: &str) -> Option<&mut Value> {
        self.0.get_mut(name).filter(|value| !value.is_null())
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl fmt::Display for WrongType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not {}", self.member, self.expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        Object::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn members_are_taken_by_name_and_type() {
        let mut object = object(r#"{"t":"x","n":3,"f":true,"o":{"t":"y"},"l":[{"n":1},{"n":2}],"null":null,"?":[1]}"#);
        assert_eq!(object.text("t"), Ok(Some("x".to_owned())));
        assert_eq!((object.number("n"), object.flag("f")), (Ok(Some(3)), Ok(Some(true))));
        assert_eq!(object.object("o").unwrap().unwrap().text("t"), Ok(Some("y".to_owned())));
        let numbers: Vec<_> = object.objects("l").unwrap().iter_mut().map(|item| item.number("n")).collect();
        assert_eq!(numbers, [Ok(Some(1)), Ok(Some(2))]);
        for absent in ["null", "none"] {
            assert_eq!(
                (object.text(absent), object.number(absent), object.flag(absent)),
                (Ok(None), Ok(None), Ok(None))
            );
            assert!(object.object(absent).unwrap().is_none() && object.objects(absent).unwrap().is_empty());
        }
    }

    #[test]
    fn a_member_of_another_type_is_named_and_not_quoted() {
        let said = |wrong: WrongType| wrong.to_string();
        let mut object = object(r#"{"s":"s3cr3t","n":-1,"l":[{"n":1},"s3cr3t"]}"#);
        assert_eq!(object.text("n").unwrap_err().to_string(), "n is not text");
        assert_eq!(object.number("n").unwrap_err().to_string(), "n is not a whole number");
        assert_eq!(object.number("s").unwrap_err().to_string(), "s is not a whole number");
        assert_eq!(object.flag("s").unwrap_err().to_string(), "s is not true or false");
        assert_eq!(object.object("s").err().map(said).as_deref(), Some("s is not an object"));
        assert_eq!(object.objects("l").err().map(said).as_deref(), Some("l is not a list of objects"));
        assert!(Object::parse(b"[]").is_err() && Object::parse(b"{} x").is_err() && Object::parse(b"").is_err());
    }

    #[test]
    fn whatever_is_left_is_wiped_at_every_depth() {
        let mut value = serde_json::json!({"a": "s3cr3t", "b": [{"c": "s3cr3t"}, "s3cr3t"], "n": 1});
        wipe(&mut value);
        assert_eq!(value, serde_json::json!({"a": "", "b": [{"c": ""}, ""], "n": 1}));
    }
}
