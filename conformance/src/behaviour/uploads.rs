//! Uploads.

use std::io::Cursor;

use anyhow::{Context, Result, bail, ensure};
use ossup::{
    AbortMultipartUploadRequest, CompleteMultipartUploadRequest, CompletedPart, Crc64, Etag,
    InitiateMultipartUploadRequest, ListPartsRequest, PartNumber, Source, Stored, Upload, UploadError, UploadEvent,
    UploadPartRequest, UploadResult, Verified,
};

use super::trial::{PART, Trial, bytes, is_refusal};

pub(super) async fn small_file(trial: &Trial<'_>) -> Result<()> {
    let content = bytes(10_000);
    let path = trial.file("small", &content)?;
    let result = trial.uploader().upload_file(trial.put("small"), path).await?;
    ensure!((result.verified, result.parts_sent) == (Verified::Crc64, 0), "{result:?}");
    ensure!(result.hash_crc64 == Some(Crc64::of(&content)), "{result:?}");
    trial.has("small", &content).await
}

pub(super) async fn empty_file(trial: &Trial<'_>) -> Result<()> {
    let path = trial.file("empty", &[])?;
    let result = trial.uploader().upload_file(trial.put("empty"), path).await?;
    ensure!((result.verified, result.size) == (Verified::Crc64, 0), "{result:?}");
    ensure!(trial.head("empty").await?.content_length == Some(0), "it has a length");
    trial.has("empty", &[]).await
}

pub(super) async fn parts(trial: &Trial<'_>) -> Result<()> {
    let content = bytes(3 * PART + 1);
    let path = trial.file("film", &content)?;
    let result = trial.uploader().upload_file(trial.put("film"), path).parallel_num(3).await?;
    ensure!((result.verified, result.parts_sent) == (Verified::Crc64, 4), "{result:?}");
    let head = trial.head("film").await?;
    ensure!(head.content_length == Some(3 * PART + 1) && head.etag == result.etag, "{head:?}");
    ensure!(trial.open_uploads().await?.is_empty(), "the upload is still open");
    trial.has("film", &content).await
}

pub(super) async fn stream(trial: &Trial<'_>) -> Result<()> {
    for (name, len, parts) in [("long", 2 * PART + 5, 3), ("short", 100, 0), ("none", 0, 0)] {
        let content = bytes(len);
        let source = Source::reader(Cursor::new(content.clone()));
        let result = trial.uploader().upload_from(trial.put(name), source).await?;
        ensure!((result.verified, result.parts_sent, result.size) == (Verified::Crc64, parts, len), "{result:?}");
        trial.has(name, &content).await?;
    }
    Ok(())
}

pub(super) async fn replaced(trial: &Trial<'_>) -> Result<()> {
    trial.store("film", b"old").await?;
    let old = trial.head("film").await?.etag;
    trial.uploader().upload_from(trial.put("film"), bytes(2 * PART)).await?;
    ensure!(trial.head("film").await?.etag != old, "the entity tag is the same");
    trial.has("film", &bytes(2 * PART)).await
}

pub(super) async fn metadata(trial: &Trial<'_>) -> Result<()> {
    for (name, len) in [("one", 10), ("parts", 2 * PART)] {
        let request = trial.put(name).content_type("text/x-own").metadata([("own", "a value, of words")]);
        trial.uploader().upload_from(request, bytes(len)).await?;
        let head = trial.head(name).await?;
        let found = (head.content_type.as_deref(), head.metadata.value("own"));
        ensure!(found == (Some("text/x-own"), Some("a value, of words")), "{name}: {found:?}");
    }
    Ok(())
}

const PARTS: usize = 20;

/// Cancels an upload as soon as a part was stored.
async fn stopped(upload: Upload) -> Result<UploadError> {
    let handle = upload.start();
    let mut events = handle.events();
    loop {
        match events.next().await {
            Some(UploadEvent::PartStored { .. }) => break,
            Some(_) => {}
            None => bail!("it ended before a part was stored: {:?}", handle.await.err()),
        }
    }
    match handle.cancel().await {
        Ok(UploadResult { parts_sent, .. }) => bail!("it ended after {parts_sent} parts before it could be cancelled"),
        Err(error) => Ok(error),
    }
}

pub(super) async fn resumed(trial: &Trial<'_>) -> Result<()> {
    let content = bytes(PARTS as u64 * PART);
    let path = trial.file("film", &content)?;
    let records = trial.folder().join("records");
    let upload = || {
        let upload = trial.uploader().upload_file(trial.put("film"), &path);
        upload.enable_checkpoint(true).checkpoint_dir(&records)
    };
    let error = stopped(upload()).await?;
    ensure!(error.stored() == Stored::No, "{error}");
    ensure!(trial.open_uploads().await?.len() == 1, "the upload to resume is open");
    let result = upload().await?;
    ensure!(result.parts_reused >= 1 && result.parts_reused + result.parts_sent == PARTS, "{result:?}");
    ensure!(result.verified == Verified::Crc64, "{result:?}");
    trial.has("film", &content).await
}

pub(super) async fn cancelled(trial: &Trial<'_>) -> Result<()> {
    let error = stopped(trial.uploader().upload_from(trial.put("film"), bytes(PARTS as u64 * PART))).await?;
    ensure!(error.stored() == Stored::No, "{error}");
    trial.has_nothing("film").await
}

fn number(number: u16) -> Result<PartNumber> {
    Ok(PartNumber::new(number)?)
}

pub(super) async fn aborted(trial: &Trial<'_>) -> Result<()> {
    let (bucket, key) = (trial.bucket(), trial.key("film"));
    let initiated = trial.client.initiate_multipart_upload(InitiateMultipartUploadRequest::new(bucket, &key)).await?;
    let id = initiated.upload_id;
    let part = || -> Result<_> { Ok(UploadPartRequest::new(bucket, &key, id.clone(), number(1)?, bytes(PART))) };
    trial.client.upload_part(part()?).await?;
    ensure!(trial.open_uploads().await?.iter().any(|open| open.upload_id == id), "it is not listed");
    trial.client.abort_multipart_upload(AbortMultipartUploadRequest::new(bucket, &key, id.clone())).await?;
    trial.has_nothing("film").await?;
    let again = trial.client.upload_part(part()?).await.err().context("a part was taken after the abort")?;
    is_refusal(&again, 404, "NoSuchUpload")
}

pub(super) async fn listed_parts(trial: &Trial<'_>) -> Result<()> {
    let (bucket, key) = (trial.bucket(), trial.key("film"));
    let initiated = trial.client.initiate_multipart_upload(InitiateMultipartUploadRequest::new(bucket, &key)).await?;
    let id = initiated.upload_id;
    let mut completed = Vec::new();
    for (n, len) in [(2, 1), (1, PART)] {
        let request = UploadPartRequest::new(bucket, &key, id.clone(), number(n)?, bytes(len));
        let sent = trial.client.upload_part(request).await?;
        completed.push(CompletedPart::new(number(n)?, sent.etag));
    }
    completed.reverse();
    let listed = trial.client.list_parts(ListPartsRequest::new(bucket, &key, id.clone())).await?.parts;
    let parts: Vec<_> = listed.iter().map(|part| (part.part_number.get(), part.size)).collect();
    ensure!(parts == [(1, PART), (2, 1)], "{parts:?}");
    let complete = |parts: Vec<CompletedPart>| {
        trial.client.complete_multipart_upload(CompleteMultipartUploadRequest::new(bucket, &key, id.clone(), parts))
    };
    let other = CompletedPart::new(number(1)?, Etag::new("00000000000000000000000000000000")?);
    let error = complete(vec![other]).await.err().context("a part that was not sent was taken")?;
    is_refusal(&error, 400, "InvalidPart")?;
    complete(completed).await?;
    trial.has("film", &[bytes(PART), bytes(1)].concat()).await
}

pub(super) async fn forbidden(trial: &Trial<'_>) -> Result<()> {
    let once = || trial.put("film").forbid_overwrite(true);
    trial.uploader().upload_from(once(), bytes(7)).await?;
    for len in [8, 2 * PART] {
        let failed = trial.uploader().upload_from(once(), bytes(len)).await;
        let error = failed.err().with_context(|| format!("{len} bytes took its place"))?;
        is_refusal(error.call().context("no call failed")?, 409, "FileAlreadyExists")?;
        ensure!(error.stored() == Stored::No, "{error}");
    }
    ensure!(trial.open_uploads().await?.is_empty(), "an upload is left");
    trial.has("film", &bytes(7)).await
}
