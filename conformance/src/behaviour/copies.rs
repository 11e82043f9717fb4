//! Copies within the service.

use anyhow::{Context, Result, ensure};
use ossup::{ObjectCopy, Stored, UploadResult, Verified};

use super::trial::{PART, Trial, bytes, is_refusal};

const LEN: u64 = 3 * PART + 7;

/// What becomes of an object that is copied.
async fn copied(trial: &Trial<'_>, copy: impl FnOnce() -> ObjectCopy) -> Result<UploadResult> {
    let source = trial.put("film").body(bytes(LEN)).content_type("text/x-own").metadata([("own", "value")]);
    trial.client.put_object(source).await?;
    let result = copy().await?;
    ensure!((result.verified, result.size) == (Verified::Crc64, LEN), "{result:?}");
    let head = trial.head("copy").await?;
    let found = (head.content_type.as_deref(), head.metadata.value("own"));
    ensure!(found == (Some("text/x-own"), Some("value")), "{found:?}");
    trial.has("copy", &bytes(LEN)).await?;
    trial.has("film", &bytes(LEN)).await?;
    ensure!(trial.open_uploads().await?.is_empty(), "an upload is left");
    Ok(result)
}

pub(super) async fn whole(trial: &Trial<'_>) -> Result<()> {
    let result = copied(trial, || trial.client.copier().copy(trial.copy("film", "copy"))).await?;
    ensure!(result.parts_sent == 0, "{result:?}");
    Ok(())
}

pub(super) async fn in_parts(trial: &Trial<'_>) -> Result<()> {
    let copier = trial.client.copier().part_size(PART).multipart_copy_threshold(0_u64).disable_shallow_copy(true);
    let result = copied(trial, || copier.copy(trial.copy("film", "copy"))).await?;
    ensure!(result.parts_sent == 4, "{result:?}");
    Ok(())
}

pub(super) async fn missing(trial: &Trial<'_>) -> Result<()> {
    let failed = trial.client.copier().copy(trial.copy("nothing", "copy")).await;
    let error = failed.err().context("it was copied")?;
    ensure!(error.stored() == Stored::No, "{error}");
    trial.has_nothing("copy").await?;
    let failed = trial.client.copy_object(trial.copy("nothing", "copy")).await;
    is_refusal(&failed.err().context("it was copied")?, 404, "NoSuchKey")
}
