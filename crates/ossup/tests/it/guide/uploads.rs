//! The snippets of `docs/guide.md`.

use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use ossup::{
    Callback, CallbackOutcome, CallbackVars, Client, PutObjectRequest, Source, Stored, UploadResult, Uploader, Verified,
};
use tokio::io::AsyncRead;

use super::{BUCKET, assert_stored, bytes, client, file};

fn request() -> PutObjectRequest {
    PutObjectRequest::new(BUCKET, "film")
}

#[expect(dead_code, reason = "needs an account")]
async fn first_upload() -> anyhow::Result<UploadResult> {
    use ossup::{Client, Config, PutObjectRequest};

    let client = Client::new(Config::load_default().region("cn-hangzhou"))?;
    let uploader = client.uploader();

    let request = PutObjectRequest::new("my-bucket", "films/film.mkv");
    let result = uploader.upload_file(request, "film.mkv").await?;
    Ok(result)
}

async fn sources(
    uploader: &Uploader,
    path: &Path,
    async_reader: impl AsyncRead + Send + 'static,
    blocking_reader: impl std::io::Read + Send + 'static,
    stream: impl futures_core::Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    socket: impl AsyncRead + Send + 'static,
) -> anyhow::Result<()> {
    // An open file, from where it stands to its end; a pipe is read as a stream.
    uploader.upload_from(request(), std::fs::File::open(path)?).await?;
    uploader.upload_from(request(), tokio::fs::File::open(path).await?).await?;

    // Bytes or text in memory.
    uploader.upload_from(request(), "all is well").await?;

    // Any `tokio::io::AsyncRead`, any `std::io::Read`, any `Stream` of `Bytes`.
    uploader.upload_from(request(), Source::reader(async_reader)).await?;
    uploader.upload_from(request(), Source::blocking_reader(blocking_reader)).await?;
    uploader.upload_from(request(), Source::stream(stream)).await?;

    // If the length is known: parts are planned for it, and another length is an error.
    uploader.upload_from(request(), Source::reader(socket).with_len(1_000_000)).await?;
    Ok(())
}

async fn of_other_crates(
    uploader: &Uploader,
    response: reqwest::Response,
    body: axum::body::Body,
) -> anyhow::Result<()> {
    // The response of a `reqwest` request (its feature `stream`), and the body of a request to an axum server.
    uploader.upload_from(request(), Source::stream(response.bytes_stream())).await?;
    uploader.upload_from(request(), Source::stream(body.into_data_stream())).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_crates_receive_is_a_source() {
    let (emulator, client) = client().await;
    let response = || ossup::http::Response::new(bytes(250_000));
    for body in [axum::body::Body::from(bytes(250_000)), axum::body::Body::from("short")] {
        of_other_crates(&client.uploader().part_size(100 * 1024_u64), response().into(), body).await.unwrap();
    }
    assert_stored(&emulator, "film", b"short");
    let in_parts = emulator.history().iter().filter(|request| request.operation == "CompleteMultipartUpload").count();
    assert_eq!(in_parts, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_source_becomes_an_object() {
    let (emulator, client) = client().await;
    let film = file(b"film");
    let long = std::io::Cursor::new(bytes(1_000_000));
    let uploader = client.uploader();
    sources(&uploader, film.path(), &b"async"[..], &b"blocking"[..], Piece(Some(Bytes::from("piece"))), long)
        .await
        .unwrap();
    assert_stored(&emulator, "film", &bytes(1_000_000));
}

/// A stream of one piece.
struct Piece(Option<Bytes>);

impl futures_core::Stream for Piece {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

async fn options(client: &Client, request: PutObjectRequest, path: &Path) -> anyhow::Result<UploadResult> {
    let uploader = client.uploader().part_size(100 * 1024).parallel_num(5).leave_parts_on_error(true);
    // For this upload alone: the nearer one wins.
    let result = uploader.upload_file(request, path).part_size(10 * 1024 * 1024).await?;
    Ok(result)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_of_one_upload_wins() {
    let (emulator, client) = client().await;
    let content = bytes(300 * 1024);
    let result = options(&client, request(), file(&content).path()).await.unwrap();
    assert_eq!((result.parts_sent, result.size), (0, 300 * 1024), "less than a part of 10 MiB");
    assert_stored(&emulator, "film", &content);
    show(&result);
}

fn show(result: &UploadResult) {
    println!(
        "status code: {}, request id: {:?}, content md5: {:?}, etag: {:?}, hash crc64: {:?}, version id: {:?}, server time: {:?}",
        result.status_code(),
        result.request_id,
        result.headers.get("content-md5"),
        result.etag,
        result.hash_crc64,
        result.version_id,
        result.headers.get("x-oss-server-time"),
    );
    assert_eq!(result.verified, Verified::Crc64);
}

async fn handled(uploader: &Uploader, request: PutObjectRequest, path: &Path) -> anyhow::Result<()> {
    match uploader.upload_file(request, path).await {
        Ok(result) => println!("{} bytes", result.size),
        Err(error) if error.stored() == Stored::Yes => println!("the object is in place, but {error}"),
        Err(error) if error.is_resumable() => println!("{error}; run this again to resume"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_says_what_is_to_be_done() {
    let (_emulator, client) = client().await;
    let nowhere = PutObjectRequest::new("no-such-bucket", "film");
    let error = handled(&client.uploader(), nowhere, file(b"film").path()).await.unwrap_err();
    assert!(error.to_string().contains("oss://no-such-bucket/film"), "{error}");
}

async fn resumed(client: &Client, request: PutObjectRequest, path: &Path, folder: &Path) -> anyhow::Result<()> {
    let uploader = client.uploader().enable_checkpoint(true).checkpoint_dir(folder);
    let result = uploader.upload_file(request, path).await?;
    println!("{} parts sent, {} were there already", result.parts_sent, result.parts_reused);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_checkpoint_the_record_is_gone_after_success() {
    let (emulator, client) = client().await;
    let (folder, content) = (tempfile::tempdir().unwrap(), bytes(300 * 1024));
    resumed(&client, request(), file(&content).path(), folder.path()).await.unwrap();
    assert_stored(&emulator, "film", &content);
    let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!left.into_iter().any(|name| name.to_string_lossy().ends_with(".ossup")));
}

#[expect(dead_code, reason = "calls a server")]
async fn with_callback(client: &Client, path: &Path) -> anyhow::Result<()> {
    let template = "bucket=${bucket}&object=${object}&my_var_1=${x:var1}&my_var_2=${x:var2}";
    let request = PutObjectRequest::new("my-bucket", "cat.jpg")
        .callback(Callback::new("http://www.example.com/callback", template))
        .callback_var(CallbackVars::new().var("x:var1", "value1").var("x:var2", "value2"));
    let result = client.uploader().upload_file(request, path).await?;

    match result.callback {
        Some(CallbackOutcome::Ok(response)) => println!("the server responded {response:?}"),
        Some(CallbackOutcome::Failed { code, message }) => println!("stored, but {code}: {message}"),
        Some(CallbackOutcome::Unknown) => println!("stored; the response was lost, with what it said of the callback"),
        _ => {}
    }
    Ok(())
}
