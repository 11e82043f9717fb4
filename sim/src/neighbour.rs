//! A download in three parts that goes on beside work of a single request, with the same client: nothing strikes it, and what
//! strikes the other one must not harm it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use oss_transfer::files::MemoryFiles;
use ossup::downloader::DownloadHandle;
use ossup::{Client, GetObjectRequest, Verified};

use crate::client::chain;
use crate::requests::BUCKET;
use crate::scenario::PART;
use crate::store::{Object, etag_of};

/// The download under way.
pub(crate) struct Neighbour {
    files: MemoryFiles,
    handle: DownloadHandle,
}

const NAME: &str = "neighbour";
const PATH: &str = "/data/neighbour";

/// What is downloaded.
pub(crate) fn object() -> (String, Object) {
    let object = Object {
        bytes: content().into(),
        etag: etag_of(&content()),
        content_type: "text/plain".to_owned(),
        metadata: BTreeMap::new(),
        modified: Duration::ZERO,
        multipart: true,
        ours: false,
    };
    (NAME.to_owned(), object)
}

fn content() -> Vec<u8> {
    vec![b'n'; 2 * PART + 1]
}

impl Neighbour {
    pub(crate) fn start(client: &Client) -> Self {
        let files = MemoryFiles::new();
        let downloader = client.downloader().files(Arc::new(files.clone())).part_size(PART as u64);
        let handle = downloader.download_file(GetObjectRequest::new(BUCKET, NAME), PATH).start();
        Self { files, handle }
    }

    /// What is wrong with it. Where credentials or a limit of time hinder every call, it may fail.
    pub(crate) async fn finish(self, hindered: bool) -> Option<String> {
        let outcome = self.handle.await;
        let is_whole = self.files.content(PATH).is_some_and(|bytes| bytes == content());
        match outcome {
            Ok(result) if result.verified == Verified::Crc64 && is_whole => None,
            Ok(_) => Some("the download beside it succeeded, and its file is not the object".to_owned()),
            Err(_) if self.files.paths().iter().any(|path| path.as_os_str() == PATH) => {
                Some("the download beside it failed, and there is a file".to_owned())
            }
            Err(_) if hindered => None,
            Err(error) => Some(format!("the download beside it failed: {}", chain(&error))),
        }
    }
}
