//! Objects and lists of them.

use anyhow::{Context, Result, ensure};
use ossup::{DeleteObjectRequest, Etag, ListObjectsV2Request, items, pages};

use super::trial::{Trial, bytes, is_refusal};

pub(super) async fn conditions(trial: &Trial<'_>) -> Result<()> {
    trial.store("film", b"the content").await?;
    let etag = trial.head("film").await?.etag.context("it has no entity tag")?;
    let other = Etag::new("00000000000000000000000000000000")?;
    let get = |request| trial.client.get_object(request);
    get(trial.get("film").if_match(etag.clone())).await?;
    get(trial.get("film").if_none_match(other.clone())).await?;
    let refused = get(trial.get("film").if_match(other)).await.err().context("if-match of another one")?;
    is_refusal(&refused, 412, "PreconditionFailed")?;
    let refused = get(trial.get("film").if_none_match(etag)).await.err().context("if-none-match of this one")?;
    is_refusal(&refused, 304, "NotModified")
}

pub(super) async fn list(trial: &Trial<'_>) -> Result<()> {
    let mut keys: Vec<_> = (0..7).map(|n| trial.key(&format!("{}/object{n}", n % 3))).collect();
    for n in [3, 0, 6, 1, 5, 2, 4] {
        trial.store(&format!("{}/object{n}", n % 3), &bytes(n)).await?;
    }
    keys.sort();
    let request = || ListObjectsV2Request::new(trial.bucket()).prefix(trial.prefix()).max_keys(3);
    let mut objects = items(trial.client.transport().clone(), request());
    let mut listed = Vec::new();
    while let Some(object) = objects.next().await {
        let object = object?;
        let len = object.key.chars().last().and_then(|last| last.to_digit(10)).map(u64::from);
        ensure!(Some(object.size) == len, "{object:?}");
        listed.push(object.key);
    }
    ensure!(listed == keys, "{listed:?}");
    let mut listed = pages(trial.client.transport().clone(), request());
    let mut sizes = Vec::new();
    while let Some(page) = listed.next().await {
        sizes.push(page?.contents.len());
    }
    ensure!(sizes == [3, 3, 1], "{sizes:?}");
    Ok(())
}

pub(super) async fn deleted(trial: &Trial<'_>) -> Result<()> {
    trial.store("film", b"x").await?;
    trial.store("film2", b"y").await?;
    for _ in 0..2 {
        trial.client.delete_object(DeleteObjectRequest::new(trial.bucket(), trial.key("film"))).await?;
        trial.has_nothing("film").await?;
    }
    trial.has("film2", b"y").await
}

pub(super) async fn many_deleted(trial: &Trial<'_>) -> Result<()> {
    for name in ["a", "b", "c"] {
        trial.store(name, b"x").await?;
    }
    let keys = ["a", "b", "never there"].map(|name| trial.key(name));
    let mut deletions = trial.client.delete_objects(trial.bucket(), keys.clone());
    let mut confirmed = Vec::new();
    while let Some(outcome) = deletions.next().await {
        confirmed.push(outcome.result?.key);
    }
    ensure!(confirmed == keys, "{confirmed:?}");
    trial.has_nothing("a").await?;
    trial.has_nothing("b").await?;
    trial.has("c", b"x").await
}

/// What is hard to write in a path, a header, a query or XML.
const HARD: [&str; 5] = ["a b", "ü/é/日本", "1+1=2&x?y#z%41", "<tag> & \"quote\"'", "folder//twice"];

pub(super) async fn keys(trial: &Trial<'_>) -> Result<()> {
    for name in HARD {
        trial.store(name, name.as_bytes()).await?;
    }
    for name in HARD {
        trial.has(name, name.as_bytes()).await?;
        trial.client.copier().copy(trial.copy(name, &format!("copy of {name}"))).await?;
        trial.has(&format!("copy of {name}"), name.as_bytes()).await?;
    }
    let request = ListObjectsV2Request::new(trial.bucket()).prefix(trial.prefix());
    let listed = trial.client.list_objects_v2(request).await?;
    let mut names: Vec<_> =
        HARD.iter().flat_map(|name| [trial.key(name), trial.key(&format!("copy of {name}"))]).collect();
    names.sort();
    let listed: Vec<_> = listed.contents.into_iter().map(|object| object.key).collect();
    ensure!(listed == names, "{listed:?}");
    Ok(())
}
