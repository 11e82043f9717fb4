//! The snippets of `docs/guide/copies.md`.

use ossup::{
    Client, CopyObjectRequest, CopySource, GetObjectRequest, MetadataDirective, PutBucketRequest, PutObjectRequest,
    Source, StorageClass, Tagging, TaggingDirective, Verified,
};

use super::{BUCKET, assert_stored, bytes, client};

async fn copied(client: &Client) -> anyhow::Result<Verified> {
    let source = CopySource::new("my-bucket", "films/film.mkv");
    let request = CopyObjectRequest::new("my-archive", "2024/film.mkv", source);
    let result = client.copier().copy(request).await?;
    println!("{} bytes, {:?}", result.size, result.verified);
    Ok(result.verified)
}

async fn changed(client: &Client) -> anyhow::Result<()> {
    let request = CopyObjectRequest::new("my-bucket", "b.html", CopySource::new("my-bucket", "a.html"))
        .metadata_directive(MetadataDirective::Replace)
        .content_type("text/html; charset=utf-8")
        .tagging_directive(TaggingDirective::Replace)
        .tagging(Tagging::new().tag("state", "final"))
        .storage_class(StorageClass::Ia);
    client.copier().copy(request).await?;
    Ok(())
}

async fn through_this_machine(client: &Client, elsewhere: &Client, size: u64) -> anyhow::Result<()> {
    let stream = elsewhere.downloader().stream(GetObjectRequest::new("their-bucket", "film.mkv")).await?;
    let source = Source::stream(stream).with_len(size);
    client.uploader().upload_from(PutObjectRequest::new("my-bucket", "film.mkv"), source).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_copied_as_the_guide_says() {
    let (emulator, client) = client().await;
    let content = bytes(300_000);
    for bucket in ["my-archive", "their-bucket"] {
        client.put_bucket(PutBucketRequest::new(bucket)).await.unwrap();
    }
    for (bucket, key) in [(BUCKET, "films/film.mkv"), (BUCKET, "a.html"), ("their-bucket", "film.mkv")] {
        client.put_object(PutObjectRequest::new(bucket, key).body(content.clone())).await.unwrap();
    }
    assert_eq!(copied(&client).await.unwrap(), Verified::Crc64);
    assert!(emulator.content("my-archive", "2024/film.mkv").unwrap().unwrap() == content);
    changed(&client).await.unwrap();
    let copy = emulator.objects(BUCKET).unwrap().into_iter().find(|object| object.key == "b.html").unwrap();
    assert_eq!(copy.tags, [("state".to_owned(), "final".to_owned())]);
    through_this_machine(&client, &client, content.len() as u64).await.unwrap();
    assert_stored(&emulator, "film.mkv", &content);
}
