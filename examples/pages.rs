//! Lists all objects under a prefix; each page is requested when it is needed.
//!
//! ```text
//! cargo run --example pages
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod local;

use local::BUCKET;
use ossup::{Client, ListObjectsV2Request, PutObjectRequest};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let emulator = local::emulator().await?;
    let client = Client::new(local::config(&emulator))?;
    for number in 0..25 {
        let key = format!("photos/{number:02}.jpg");
        client.put_object(PutObjectRequest::new(BUCKET, key).body("meow")).await?;
    }
    client.put_object(PutObjectRequest::new(BUCKET, "readme.txt").body("not a photo")).await?;

    // Ten objects to a page, to have more than one; a page may have up to 1,000.
    let request = ListObjectsV2Request::new(BUCKET).prefix("photos/").max_keys(10_u16);

    // A stream: `next` here, or any of the combinators for streams. An error is its last item.
    let mut objects = ossup::items(client.transport().clone(), request);
    let mut keys = Vec::new();
    while let Some(object) = objects.next().await {
        keys.push(object?.key);
    }

    let pages = emulator.history().iter().filter(|request| request.operation == "ListObjectsV2").count();
    println!("{} objects on {pages} pages", keys.len());
    assert!(keys.len() == 25 && keys.iter().all(|key| key.starts_with("photos/")));
    assert_eq!(pages, 3);
    Ok(())
}
