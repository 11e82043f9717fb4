//! A web server that uploads a file from a form while the browser still sends it.
//!
//! A field of a form is borrowed from the request, so it cannot be handed to the upload: its pieces go through a channel, and
//! both sides run together. The channel is short, so a fast browser waits for a slow upload.
//!
//! ```text
//! cargo run --example axum_form
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod local;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyhow::ensure;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use axum::{Router, http::StatusCode};
use bytes::Bytes;
use futures_core::Stream;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use local::BUCKET;
use ossup::{Client, PutObjectRequest, Source, UploadResult, http};
use tokio::sync::mpsc;

/// Uploads one field. If the browser goes away, the upload fails and leaves nothing.
async fn upload(client: &Client, mut field: Field<'_>) -> anyhow::Result<UploadResult> {
    let key = format!("uploads/{}", field.file_name().unwrap_or("unnamed"));
    let (pieces, received) = mpsc::channel(4);
    let upload =
        client.uploader().upload_from(PutObjectRequest::new(BUCKET, key), Source::stream(Pieces(received))).start();
    loop {
        let piece = match field.chunk().await {
            Ok(Some(piece)) => Ok(piece),
            Ok(None) => break,
            Err(error) => Err(io::Error::other(error)),
        };
        let failed = piece.is_err();
        // An upload that has ended takes nothing any more, and says below why.
        if pieces.send(piece).await.is_err() || failed {
            break;
        }
    }
    drop(pieces);
    Ok(upload.await?)
}

/// What the channel gives, as a stream.
struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx)
    }
}

async fn receive(State(client): State<Client>, mut form: Multipart) -> Result<String, (StatusCode, String)> {
    let bad = |error: axum::extract::multipart::MultipartError| (StatusCode::BAD_REQUEST, error.to_string());
    while let Some(field) = form.next_field().await.map_err(bad)? {
        if field.name() == Some("file") {
            let result = upload(&client, field).await.map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string()))?;
            return Ok(format!("{} bytes, {:?}", result.size, result.verified));
        }
    }
    Err((StatusCode::BAD_REQUEST, "there is no field named file".to_owned()))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let emulator = local::emulator().await?;
    let client = Client::new(local::config(&emulator))?;

    // The body may be as long as it likes: it is never held as a whole.
    let routes = Router::new().route("/", post(receive)).layer(DefaultBodyLimit::disable()).with_state(client);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, routes).await });

    // What a browser sends for `<input type="file" name="file">`.
    let film = vec![7; 20_000_000];
    let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"film.mkv\"\r\n\r\n";
    let body = [head.as_bytes(), &film, b"\r\n--x--\r\n"].concat();
    let request = http::Request::post(url).header("content-type", "multipart/form-data; boundary=x");
    let request = request.body(Full::<Bytes>::from(body))?;
    let response = HttpClient::builder(TokioExecutor::new()).build_http().request(request).await?;
    let (head, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await?.to_bytes().into())?;
    println!("{}: {text}", head.status);
    ensure!(head.status == StatusCode::OK && text == "20000000 bytes, Crc64");
    ensure!(emulator.content(BUCKET, "uploads/film.mkv")?.is_some_and(|stored| stored == film));
    Ok(())
}
