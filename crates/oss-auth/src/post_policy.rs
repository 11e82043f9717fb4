//! Forms with which a browser uploads straight to a bucket.

use std::fmt;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::credentials::Credentials;
use crate::error::SignError;
use crate::request::check_credentials;
use crate::signer::Signer;
use crate::time::UtcTime;
use crate::v1::{self, V1Signer, hmac_sha1};
use crate::v4::{self, MAX_LIFETIME_SECONDS, V4Signer};

/// What a form may upload, and until when.
///
/// Conditions name form fields without the `$`: `key`, `bucket`, `content-type`, `success_action_status`,
/// `success_action_redirect`, `x-oss-object-acl`, `x-oss-forbid-overwrite`, `x-oss-meta-*`, `callback` and so on.
/// The conditions about the signature itself are added when signing.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use oss_auth::{Credentials, PostPolicy, Product, V4Signer};
///
/// # fn main() -> Result<(), oss_auth::SignError> {
/// let now = UNIX_EPOCH + Duration::from_secs(1_719_880_245);
/// let policy = PostPolicy::new(now + Duration::from_secs(3600))
///     .equal("bucket", "examplebucket")
///     .starts_with("key", "user/eric/")
///     .content_length_range(1, 10 * 1024 * 1024)
///     .one_of("content-type", ["image/jpeg", "image/png"]);
/// let signer = V4Signer::new("cn-hangzhou", Product::OSS)?;
/// let form = signer.sign_post_policy(&policy, &Credentials::new("ak", "sk"), now)?;
/// for (name, value) in form.fields() {
///     // A hidden <input> each; `key` and the other fields of your own come beside them, `file` comes last.
///     # let _ = (name, value);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PostPolicy {
    expiration: SystemTime,
    conditions: Vec<Value>,
}

impl PostPolicy {
    /// A policy without conditions, good until `expiration`: at most 7 days after the signing time (V4).
    #[must_use]
    pub fn new(expiration: SystemTime) -> Self {
        Self { expiration, conditions: Vec::new() }
    }

    /// The field must have this value.
    #[must_use]
    pub fn equal(self, field: &str, value: &str) -> Self {
        self.condition(json!({ field: value }))
    }

    /// The field must begin like this; an empty prefix allows anything.
    #[must_use]
    pub fn starts_with(self, field: &str, prefix: &str) -> Self {
        self.condition(json!(["starts-with", variable(field), prefix]))
    }

    /// The file must have from `min` to `max` bytes, both included.
    #[must_use]
    pub fn content_length_range(self, min: u64, max: u64) -> Self {
        self.condition(json!(["content-length-range", min, max]))
    }

    /// The field must have one of these values.
    #[must_use]
    pub fn one_of<'a>(self, field: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        let values: Vec<&str> = values.into_iter().collect();
        self.condition(json!(["in", variable(field), values]))
    }

    /// The field must have none of these values.
    #[must_use]
    pub fn none_of<'a>(self, field: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        let values: Vec<&str> = values.into_iter().collect();
        self.condition(json!(["not-in", variable(field), values]))
    }

    fn condition(mut self, condition: Value) -> Self {
        self.conditions.push(condition);
        self
    }

    /// The document to sign, with the given fields as conditions of equality besides its own.
    fn to_json(&self, fields: &[(&'static str, String)]) -> Result<String, SignError> {
        let expiration = UtcTime::new(self.expiration).ok_or(SignError::Time)?.to_policy_expiration();
        let own = fields.iter().map(|(name, value)| json!({ *name: value }));
        let conditions: Vec<Value> = self.conditions.iter().cloned().chain(own).collect();
        Ok(json!({ "expiration": expiration, "conditions": conditions }).to_string())
    }

    /// Refuses a policy that is over at `time` or lasts longer than `max` seconds.
    fn check_lifetime(&self, time: UtcTime, max: u64) -> Result<(), SignError> {
        let end = UtcTime::new(self.expiration).ok_or(SignError::Time)?.unix_seconds();
        let seconds = end.saturating_sub(time.unix_seconds());
        if (1..=max).contains(&seconds) { Ok(()) } else { Err(SignError::Lifetime { seconds, max }) }
    }
}

fn variable(field: &str) -> String {
    format!("${field}")
}

/// The fields that authenticate a form.
///
/// Anyone who has them can upload with them, so `Debug` shows only their names.
#[derive(Clone)]
pub struct PostForm {
    fields: Vec<(&'static str, String)>,
}

impl PostForm {
    /// Names and values, in a valid order. Add `key` and the fields that the policy speaks of; `file` must come last,
    /// since OSS ignores what follows it.
    #[must_use]
    pub fn fields(&self) -> &[(&'static str, String)] {
        &self.fields
    }
}

impl fmt::Debug for PostForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.fields.iter().map(|(name, _)| *name).collect();
        f.debug_struct("PostForm").field("field_names", &names).finish_non_exhaustive()
    }
}

impl V4Signer {
    /// Signs a form. The policy gets conditions for the version, the credential, the date and the token.
    ///
    /// # Errors
    /// [`SignError`]: among others [`Lifetime`](SignError::Lifetime) unless it ends within 1 s and 7 days of `time`.
    pub fn sign_post_policy(
        &self,
        policy: &PostPolicy,
        credentials: &Credentials,
        time: SystemTime,
    ) -> Result<PostForm, SignError> {
        let signing_time = UtcTime::new(time).ok_or(SignError::Time)?;
        policy.check_lifetime(signing_time, MAX_LIFETIME_SECONDS)?;
        let json = policy.to_json(&self.post_fields(credentials, signing_time))?;
        self.sign_post_policy_json(&json, credentials, time)
    }

    /// Signs a policy document exactly as it is written. It has to have the conditions for
    /// `x-oss-signature-version`, `x-oss-credential` and `x-oss-date` (and `x-oss-security-token`, with one) already.
    ///
    /// # Errors
    /// [`SignError`]; the document is not looked at.
    pub fn sign_post_policy_json(
        &self,
        json: &str,
        credentials: &Credentials,
        time: SystemTime,
    ) -> Result<PostForm, SignError> {
        check_credentials(credentials)?;
        let time = UtcTime::new(time).ok_or(SignError::Time)?;
        let policy = STANDARD.encode(json);
        // The base64 text itself is signed: no hash, no algorithm line.
        let signature = self.signing_key(credentials, &self.scope(time)).sign(&policy);
        let mut fields = vec![("policy", policy)];
        fields.extend(self.post_fields(credentials, time));
        fields.push((v4::query_names::SIGNATURE, signature));
        Ok(PostForm { fields })
    }

    /// The fields that a policy has to have as conditions.
    fn post_fields(&self, credentials: &Credentials, time: UtcTime) -> Vec<(&'static str, String)> {
        let credential = format!("{}/{}", credentials.access_key_id(), self.scope(time));
        let mut fields = vec![
            (v4::query_names::SIGNATURE_VERSION, v4::ALGORITHM.to_owned()),
            (v4::query_names::CREDENTIAL, credential),
            (v4::query_names::DATE, time.to_basic()),
        ];
        fields.extend(token_field(credentials));
        fields
    }
}

impl V1Signer {
    /// Signs a form. With a token, the policy gets a condition for it.
    ///
    /// # Errors
    /// [`SignError`]: among others [`Lifetime`](SignError::Lifetime) if it is over at `time`.
    pub fn sign_post_policy(
        &self,
        policy: &PostPolicy,
        credentials: &Credentials,
        time: SystemTime,
    ) -> Result<PostForm, SignError> {
        policy.check_lifetime(UtcTime::new(time).ok_or(SignError::Time)?, u64::MAX)?;
        let token: Vec<_> = token_field(credentials).into_iter().collect();
        self.sign_post_policy_json(&policy.to_json(&token)?, credentials)
    }

    /// Signs a policy document exactly as it is written.
    ///
    /// # Errors
    /// [`SignError`]; the document is not looked at.
    pub fn sign_post_policy_json(&self, json: &str, credentials: &Credentials) -> Result<PostForm, SignError> {
        check_credentials(credentials)?;
        let policy = STANDARD.encode(json);
        let signature = hmac_sha1(credentials.access_key_secret().as_bytes(), policy.as_bytes());
        let mut fields = vec![
            (v1::query_names::ACCESS_KEY_ID, credentials.access_key_id().to_owned()),
            ("policy", policy),
            (v1::query_names::SIGNATURE, signature),
        ];
        fields.extend(token_field(credentials));
        Ok(PostForm { fields })
    }
}

impl Signer {
    /// Signs a form: see [`V4Signer::sign_post_policy`] and [`V1Signer::sign_post_policy`].
    ///
    /// # Errors
    /// [`SignError`]: among others [`Anonymous`](SignError::Anonymous).
    pub fn sign_post_policy(
        &self,
        policy: &PostPolicy,
        credentials: &Credentials,
        time: SystemTime,
    ) -> Result<PostForm, SignError> {
        match self {
            Self::V4(signer) => signer.sign_post_policy(policy, credentials, time),
            Self::V1(signer) => signer.sign_post_policy(policy, credentials, time),
            Self::Anonymous => Err(SignError::Anonymous),
        }
    }
}

fn token_field(credentials: &Credentials) -> Option<(&'static str, String)> {
    // Both versions call the field by the name of the header.
    credentials.security_token().map(|token| (v4::query_names::SECURITY_TOKEN, token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v4::Product;
    use std::time::{Duration, UNIX_EPOCH};

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_719_880_245)
    }

    fn v4() -> V4Signer {
        V4Signer::new("cn-hangzhou", Product::OSS).unwrap()
    }

    fn document(form: &PostForm) -> Value {
        let (_, policy) = form.fields().iter().find(|(name, _)| *name == "policy").unwrap();
        serde_json::from_slice(&STANDARD.decode(policy).unwrap()).unwrap()
    }

    #[test]
    fn every_condition_has_its_documented_form() {
        let policy = PostPolicy::new(now() + Duration::from_secs(3600))
            .equal("bucket", "b")
            .starts_with("key", "user/")
            .content_length_range(1, 10)
            .one_of("content-type", ["image/png"])
            .none_of("cache-control", ["no-cache"]);
        let credentials = Credentials::new("STS.x", "s").with_security_token("t");
        let form = v4().sign_post_policy(&policy, &credentials, now()).unwrap();
        assert_eq!(
            document(&form),
            json!({
                "expiration": "2024-07-02T01:30:45.000Z",
                "conditions": [
                    {"bucket": "b"},
                    ["starts-with", "$key", "user/"],
                    ["content-length-range", 1, 10],
                    ["in", "$content-type", ["image/png"]],
                    ["not-in", "$cache-control", ["no-cache"]],
                    {"x-oss-signature-version": "OSS4-HMAC-SHA256"},
                    {"x-oss-credential": "STS.x/20240702/cn-hangzhou/oss/aliyun_v4_request"},
                    {"x-oss-date": "20240702T003045Z"},
                    {"x-oss-security-token": "t"},
                ],
            })
        );
    }

    #[test]
    fn conditions_and_fields_agree() {
        let form = v4().sign_post_policy(
            &PostPolicy::new(now() + Duration::from_secs(9)),
            &Credentials::new("ak", "sk"),
            now(),
        );
        let form = form.unwrap();
        let document = document(&form);
        for condition in document["conditions"].as_array().unwrap() {
            let (name, value) = condition.as_object().unwrap().iter().next().unwrap();
            assert!(form.fields().iter().any(|(field, text)| field == name && text == value.as_str().unwrap()));
        }
    }

    #[test]
    fn a_policy_lasts_from_a_second_to_seven_days() {
        let sign = |end: SystemTime| v4().sign_post_policy(&PostPolicy::new(end), &Credentials::new("ak", "sk"), now());
        for end in [now(), now() - Duration::from_secs(1), now() + Duration::from_secs(604_801)] {
            assert!(matches!(sign(end), Err(SignError::Lifetime { .. })));
        }
        assert!(sign(now() + Duration::from_secs(604_800)).is_ok());
        let long = PostPolicy::new(now() + Duration::from_secs(604_801));
        assert!(V1Signer::new().sign_post_policy(&long, &Credentials::new("ak", "sk"), now()).is_ok());
    }

    #[test]
    fn an_anonymous_signer_cannot_sign_a_form() {
        let policy = PostPolicy::new(now() + Duration::from_secs(9));
        let form = Signer::Anonymous.sign_post_policy(&policy, &Credentials::new("ak", "sk"), now());
        assert_eq!(form.err(), Some(SignError::Anonymous));
    }
}
