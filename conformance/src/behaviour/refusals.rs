//! What the service refuses.

use anyhow::{Context, Result, ensure};
use ossup::{Credentials, HeadObjectRequest};

use super::trial::{Trial, bytes, is_refusal};

pub(super) async fn missing(trial: &Trial<'_>) -> Result<()> {
    let error = trial.client.get_object(trial.get("nothing")).await.err().context("GetObject found it")?;
    is_refusal(&error, 404, "NoSuchKey")?;
    let request = HeadObjectRequest::new(trial.bucket(), trial.key("nothing"));
    let error = trial.client.head_object(request).await.err().context("HeadObject found it")?;
    ensure!(error.status().is_some_and(|status| status == 404), "{error}");
    ensure!(!trial.client.exists(trial.bucket(), trial.key("nothing")).await?, "it is said to exist");
    Ok(())
}

/// What a client whose key is refused is told, and that it changes nothing.
async fn refused(trial: &Trial<'_>, credentials: Credentials, code: &str) -> Result<()> {
    trial.store("film", b"the content").await?;
    let client = trial.stranger(credentials)?;
    let error = client.get_object(trial.get("film")).await.err().context("GetObject was carried out")?;
    is_refusal(&error, 403, code)?;
    let error = client.uploader().upload_from(trial.put("film"), bytes(10)).await.err().context("it was replaced")?;
    is_refusal(error.call().context("no call failed")?, 403, code)?;
    trial.has("film", b"the content").await
}

pub(super) async fn unknown_key(trial: &Trial<'_>) -> Result<()> {
    refused(trial, Credentials::new("LTAI0unknown0to0anyone00", "secret"), "InvalidAccessKeyId").await
}

pub(super) async fn wrong_secret(trial: &Trial<'_>) -> Result<()> {
    let known = trial.credentials();
    let mut wrong = Credentials::new(known.access_key_id(), "another secret than the one of this key");
    if let Some(token) = known.security_token() {
        wrong = wrong.with_security_token(token);
    }
    refused(trial, wrong, "SignatureDoesNotMatch").await
}
