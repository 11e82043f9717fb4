//! The signature and the policy of a form upload.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use oss_auth::time::UtcTime;
use oss_auth::v1::query_names as v1_names;
use oss_auth::v4::{ALGORITHM, Authorization, MAX_LIFETIME_SECONDS, SigningKey, query_names as v4_names};
use ring::hmac;
use serde_json::Value;

use super::checks::{CLOCK_WINDOW, account, denied, mismatch};
use super::v4_signature::timestamp;
use crate::call::Caller;
use crate::core::{Core, Expected};
use crate::error::{OssError, Outcome, code};
use crate::form::Form;

/// Bytes that the file of a form may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct LengthRange {
    pub(crate) min: u64,
    pub(crate) max: u64,
}

/// Checks the signature of a form and everything its policy says, except the length of the file, which is given back.
///
/// # Errors
/// As for other signatures; `InvalidPolicyDocument` and `AccessDenied` for the policy.
pub(crate) fn verify_form(core: &Core, form: &Form, bucket: &str) -> Outcome<(Caller, Option<LengthRange>)> {
    if !core.settings.verify_signatures {
        return Ok((Caller::Owner, None));
    }
    let Some(policy) = form.field("policy") else {
        let signs = [v4_names::SIGNATURE, v1_names::SIGNATURE, v1_names::ACCESS_KEY_ID];
        if signs.iter().any(|name| form.field(name).is_some()) {
            return Err(OssError::invalid_argument("policy", "").message("A signed form needs a policy."));
        }
        return Ok((Caller::Anonymous, None));
    };
    if form.field(v4_names::SIGNATURE_VERSION).is_some() {
        verify_v4(core, form, policy)?;
    } else {
        verify_v1(core, form, policy)?;
    }
    let json = STANDARD.decode(policy).ok().and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let json = json.ok_or_else(|| invalid("The policy is not base64 of JSON."))?;
    Ok((Caller::Owner, check_policy(&json, form, bucket, core.clock.now())?))
}

fn field<'a>(form: &'a Form, name: &str) -> Outcome<&'a str> {
    form.field(name)
        .ok_or_else(|| OssError::invalid_argument(name, "").message("A field of the signed form is missing."))
}

fn verify_v4(core: &Core, form: &Form, policy: &str) -> Outcome<()> {
    let version = field(form, v4_names::SIGNATURE_VERSION)?;
    if version != ALGORITHM {
        return Err(OssError::invalid_argument(v4_names::SIGNATURE_VERSION, version));
    }
    let signature = field(form, v4_names::SIGNATURE)?;
    let authorization = Authorization::from_fields(field(form, v4_names::CREDENTIAL)?, None, signature)
        .map_err(|error| OssError::from(code::INVALID_ARGUMENT).message(error.to_string()))?;
    let date = UtcTime::parse_basic(field(form, v4_names::DATE)?)
        .ok_or_else(|| denied("The date of the form is unreadable."))?;
    let age = core.clock.now().duration_since(timestamp(date));
    let lifetime = SignedDuration::from_secs(i64::try_from(MAX_LIFETIME_SECONDS).unwrap_or(i64::MAX));
    if age > lifetime || age < -CLOCK_WINDOW {
        return Err(denied("The form is too old or not valid yet."));
    }
    let scope = authorization.scope();
    if scope.day() != date.to_day() || scope.region() != core.settings.region {
        return Err(OssError::invalid_argument(v4_names::CREDENTIAL, &scope.to_string()));
    }
    let account = account(core, authorization.access_key_id(), form.field(v4_names::SECURITY_TOKEN))?;
    let key = SigningKey::derive(&account.access_key_secret, scope);
    let expected = Expected::new(key.sign(policy));
    if expected.is(signature) {
        Ok(())
    } else {
        Err(mismatch(&account.access_key_id, signature, policy.as_bytes()).ec("0002-00000201"))
    }
}

fn verify_v1(core: &Core, form: &Form, policy: &str) -> Outcome<()> {
    let id = field(form, v1_names::ACCESS_KEY_ID)?;
    let signature = field(form, v1_names::SIGNATURE)?;
    let account = account(core, id, form.field(v4_names::SECURITY_TOKEN))?;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, account.access_key_secret.as_bytes());
    let expected = Expected::new(STANDARD.encode(hmac::sign(&key, policy.as_bytes())));
    if expected.is(signature) { Ok(()) } else { Err(mismatch(id, signature, policy.as_bytes()).ec("0002-00000040")) }
}

fn invalid(message: impl Into<String>) -> OssError {
    OssError::from(code::INVALID_POLICY_DOCUMENT).message(message.into())
}

fn check_policy(policy: &Value, form: &Form, bucket: &str, now: Timestamp) -> Outcome<Option<LengthRange>> {
    let expiration = policy.get("expiration").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
    let conditions = policy.get("conditions").and_then(Value::as_array);
    let (Some(expiration), Some(conditions)) = (expiration, conditions) else {
        return Err(invalid("The policy lacks expiration or conditions."));
    };
    if expiration <= now {
        return Err(denied("Invalid according to Policy: Policy expired."));
    }
    let mut range = None;
    for condition in conditions {
        if let Some(length) = length_range(condition)? {
            range = Some(length);
        } else if !holds(condition, form, bucket)? {
            return Err(
                denied("Invalid according to Policy: a condition failed.").with("Condition", condition.to_string())
            );
        }
    }
    Ok(range)
}

fn length_range(condition: &Value) -> Outcome<Option<LengthRange>> {
    match condition.as_array().map(Vec::as_slice) {
        Some([Value::String(kind), min, max]) if kind == "content-length-range" => match (min.as_u64(), max.as_u64()) {
            (Some(min), Some(max)) if min <= max => Ok(Some(LengthRange { min, max })),
            _ => Err(invalid("content-length-range is not two numbers.")),
        },
        _ => Ok(None),
    }
}

fn holds(condition: &Value, form: &Form, bucket: &str) -> Outcome<bool> {
    let field = |name: &str| if name.eq_ignore_ascii_case("bucket") { Some(bucket) } else { form.field(name) };
    match condition {
        Value::Object(equal) => Ok(!equal.is_empty()
            && equal.iter().all(|(name, operand)| {
                operand.as_str().map(|operand| form.expand(name, operand)).as_deref() == field(name)
            })),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(kind), Value::String(name), operand] => {
                let name = name.strip_prefix('$').unwrap_or(name);
                let value = field(name).unwrap_or_default();
                let text = |operand: &Value| operand.as_str().map(|operand| form.expand(name, operand));
                let listed = || {
                    let mut operands = operand.as_array().into_iter().flatten();
                    operands.any(|operand| text(operand).as_deref() == Some(value))
                };
                match kind.as_str() {
                    "eq" => Ok(text(operand).as_deref() == Some(value)),
                    "starts-with" => Ok(text(operand).is_some_and(|prefix| value.starts_with(&prefix))),
                    "in" => Ok(listed()),
                    "not-in" => Ok(!listed()),
                    other => Err(invalid(format!("The condition {other} is unknown."))),
                }
            }
            _ => Err(invalid("A condition is neither an object nor a list of three.")),
        },
        _ => Err(invalid("A condition is neither an object nor a list of three.")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(conditions: Value) -> Outcome<Option<LengthRange>> {
        let fields = vec![("Key".into(), "user/${filename}".into()), ("success_action_status".into(), "200".into())];
        let form = Form::new(fields, "a.txt".to_owned(), Some("text/plain".to_owned()));
        let policy = json!({"expiration": "2100-01-01T00:00:00.000Z", "conditions": conditions});
        check_policy(&policy, &form, "demo", "2026-01-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn conditions_that_hold_let_the_form_through() {
        let range = check(json!([
            {"bucket": "demo"},
            ["eq", "$success_action_status", "200"],
            ["starts-with", "$key", "user/"],
            ["in", "$key", ["x", "user/a.txt"]],
            ["not-in", "$key", ["x"]],
            ["eq", "$key", "user/${filename}"],
            {"content-type": "text/plain"},
            ["starts-with", "$absent", ""],
            ["content-length-range", 1, 10],
        ]));
        assert_eq!(range.unwrap(), Some(LengthRange { min: 1, max: 10 }));
    }

    #[test]
    fn a_condition_that_fails_or_is_unknown_refuses_it() {
        for (condition, code) in [
            (json!({"bucket": "other"}), "AccessDenied"),
            (json!(["eq", "$key", "user/"]), "AccessDenied"),
            (json!(["in", "$key", []]), "AccessDenied"),
            (json!(["not-in", "$key", ["user/a.txt"]]), "AccessDenied"),
            (json!(["not-in", "$key", ["user/${filename}"]]), "AccessDenied"),
            (json!(["not-in", "$content-type", ["text/plain"]]), "AccessDenied"),
            (json!(["like", "$key", "a"]), "InvalidPolicyDocument"),
            (json!(["content-length-range", 5, 1]), "InvalidPolicyDocument"),
            (json!("eq"), "InvalidPolicyDocument"),
        ] {
            assert_eq!(check(json!([condition.clone()])).unwrap_err().code, code, "{condition}");
        }
    }
}
