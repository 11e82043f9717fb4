//! Uploads through the upload manager.

use anyhow::{Result, bail};
use oss_emulator::Fault;
use ossup::{Callback, CallbackVars, PutObjectRequest, Source, Uploader};

use super::{client, with_fields};
use crate::wire::scenario::{BUCKET, PART, Scene};

pub(super) async fn file(scene: &Scene) -> Result<()> {
    uploader(scene)?.upload_file(request(scene), &scene.file).await?;
    Ok(())
}

pub(super) async fn stream(scene: &Scene) -> Result<()> {
    let source = Source::file(std::fs::File::open(&scene.file)?);
    uploader(scene)?.upload_from(request(scene), source).await?;
    Ok(())
}

pub(super) async fn pipe(scene: &Scene) -> Result<()> {
    let source = Source::reader(tokio::fs::File::open(&scene.file).await?);
    uploader(scene)?.upload_from(request(scene), source).await?;
    Ok(())
}

/// An upload that the server refuses; it must not go through.
pub(super) async fn failing(scene: &Scene) -> Result<()> {
    match file(scene).await {
        Ok(()) => bail!("the upload went through"),
        Err(_) => Ok(()),
    }
}

/// An upload that goes on where another ended after two parts. Only what the second one sends stays in the recorder.
pub(super) async fn resumed(scene: &Scene) -> Result<()> {
    let upload = || {
        let uploader = uploader(scene)?.enable_checkpoint(true).checkpoint_dir(&scene.checkpoints).part_attempts(1);
        anyhow::Ok(uploader.upload_file(request(scene), &scene.file))
    };
    scene.server.emulator.add_fault(Fault::on("UploadPart").part(3).respond(503, "ServiceUnavailable").always());
    if upload()?.await.is_ok() {
        bail!("the first upload was not interrupted");
    }
    scene.server.emulator.clear_faults();
    scene.recorder.take();
    upload()?.await?;
    Ok(())
}

fn uploader(scene: &Scene) -> Result<Uploader> {
    Ok(client(scene)?.uploader().part_size(PART).parallel_num(1))
}

/// `upload_request` of `theirs.py`.
fn request(scene: &Scene) -> PutObjectRequest {
    let (callback, callback_var) = scene.callback();
    with_fields(PutObjectRequest::new(BUCKET, "dir/upload.txt"))
        .callback(Callback::raw(callback))
        .callback_var(CallbackVars::raw(callback_var))
}
