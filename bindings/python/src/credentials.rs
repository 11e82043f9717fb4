//! Credentials that a Python object gives.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ossup::credentials::CredentialsProvider;
use ossup::transport::BoxFuture;
use ossup::{BoxError, Credentials};
use pyo3::prelude::*;

/// A Python function that gives `(access_key_id, access_key_secret, security_token, expiration)`, or nothing for anonymous
/// requests; the expiration is in seconds since 1970. Called for each attempt, on a thread that may block.
pub(crate) struct PythonProvider(pub(crate) Arc<Py<PyAny>>);

type Keys = (String, String, Option<String>, Option<f64>);

impl CredentialsProvider for PythonProvider {
    fn name(&self) -> Cow<'static, str> {
        "python".into()
    }

    fn credentials(&self) -> BoxFuture<'_, Result<Option<Credentials>, BoxError>> {
        let function = self.0.clone();
        Box::pin(async move {
            let asked = tokio::task::spawn_blocking(move || {
                Python::attach(|py| function.call0(py)?.extract::<Option<Keys>>(py))
            });
            let keys = asked.await.map_err(BoxError::from)?.map_err(|error| BoxError::from(error.to_string()))?;
            Ok(keys.map(credentials))
        })
    }

    /// The function may give others by now.
    fn reject(&self, _: &Credentials) -> bool {
        true
    }
}

pub(crate) fn credentials((id, secret, token, expiration): Keys) -> Credentials {
    let mut credentials = Credentials::new(id, secret);
    if let Some(token) = token {
        credentials = credentials.with_security_token(token);
    }
    let expiration = expiration.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match expiration.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)) {
        Some(expiration) => credentials.with_expiration(expiration),
        None => credentials,
    }
}
