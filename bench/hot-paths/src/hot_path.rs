use std::fmt::Write as _;
use std::fs::File;
use std::hint::black_box;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, Method, StatusCode};
use oss_auth::{Credentials, Product, SigningRequest, V4Signer};
use oss_models::{Crc64, Crc64Digest, ListObjectsV2Request, ListPartsRequest, Operation, PutObjectRequest, Response};
use ossup::{Client, Source, UploadResult, Uploader, Verified};
use tempfile::TempDir;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::runtime::{Builder, Runtime};

use crate::service::ZerosOnly;

/// Bytes of the block that [`HotPath::Crc64`] takes.
pub const BLOCK: usize = 64 * 1024;
/// Bytes of the file that [`HotPath::SmallFile`] uploads.
pub const SMALL: u64 = 4 * 1024;
/// Bytes of a part that [`HotPath::FilePart`] and [`HotPath::StreamPart`] upload.
pub const PART_SIZE: u64 = 100 * 1024;
/// Parts and objects on the pages that [`HotPath::ListParts`] and [`HotPath::ListPage`] read.
pub const ENTRIES: u16 = 1000;

/// One thing that happens for each block, part, request or page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum HotPath {
    /// CRC64 of a block.
    Crc64,
    /// V4 signature of an UploadPart, with the key of the day at hand.
    Sign,
    /// A page of ListParts read.
    ListParts,
    /// The CRC64s of two parts combined into one.
    Combine,
    /// A small file uploaded.
    SmallFile,
    /// One part more of a file that is uploaded in parts.
    FilePart,
    /// One part more of a reader that is uploaded in parts.
    StreamPart,
    /// A page of ListObjectsV2 asked for and read.
    ListPage,
}

impl HotPath {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Crc64,
        Self::Sign,
        Self::ListParts,
        Self::Combine,
        Self::SmallFile,
        Self::FilePart,
        Self::StreamPart,
        Self::ListPage,
    ];

    /// Its name on the command line and in the table of counts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc64 => "crc64",
            Self::Sign => "sign",
            Self::ListParts => "list-parts",
            Self::Combine => "combine",
            Self::SmallFile => "small-file",
            Self::FilePart => "file-part",
            Self::StreamPart => "stream-part",
            Self::ListPage => "list-page",
        }
    }

    /// Everything it needs, made ahead; a call of the result takes the path so many times. Parts are those of one upload,
    /// 1 to 512 of them.
    ///
    /// # Errors
    /// If it fails on the way, which would make its time or count worthless.
    pub fn prepare(self) -> Result<Box<dyn FnMut(u16) -> Done>, Failure> {
        Ok(match self {
            Self::Crc64 => {
                let block: Vec<u8> = (0..BLOCK).map(|n| n.to_le_bytes()[0]).collect();
                repeated(move || {
                    let mut digest = Crc64Digest::new();
                    digest.update(black_box(&block));
                    black_box(digest.value());
                    Ok(())
                })
            }
            Self::Sign => {
                let signer = V4Signer::new("cn-hangzhou", Product::OSS)?;
                let credentials = Credentials::new("access-key-id", "access-key-secret");
                repeated(move || {
                    let request = SigningRequest::new(Method::PUT)
                        .bucket("examplebucket")
                        .key("photos/2024/07/02/cat in a box.jpg")
                        .query("partNumber", "17")
                        .query("uploadId", "0004B9895DBBB6EC98E36")
                        .host("examplebucket.oss-cn-hangzhou.aliyuncs.com");
                    let mut headers = HeaderMap::new();
                    signer.sign(black_box(&request), &mut headers, &credentials, time())?;
                    black_box(headers);
                    Ok(())
                })
            }
            Self::ListParts => {
                let page = page_of_parts()?;
                repeated(move || {
                    let response = Response::new(StatusCode::OK).with_body(page.clone());
                    black_box(ListPartsRequest::read(response)?);
                    Ok(())
                })
            }
            Self::Combine => repeated(|| {
                let part = Crc64::from_u64(black_box(0x1234_5678_9abc_def0));
                black_box(part.combine(part, 6 << 20));
                Ok(())
            }),
            Self::SmallFile => {
                let (file, setup) = (Zeros::new(SMALL)?, Setup::new(SMALL)?);
                repeated(move || {
                    let upload = setup.uploader().upload_file(setup.request(), file.path());
                    setup.verified(setup.runtime.block_on(async { upload.await })?, SMALL)
                })
            }
            Self::FilePart => {
                let setup = Setup::new(PART_SIZE)?;
                Box::new(move |parts| {
                    let size = PART_SIZE * u64::from(parts);
                    let file = Zeros::new(size)?;
                    let upload = setup.uploader().upload_file(setup.request(), file.path());
                    setup.verified(setup.runtime.block_on(async { upload.await })?, size)
                })
            }
            Self::StreamPart => {
                let setup = Setup::new(PART_SIZE)?;
                Box::new(move |parts| {
                    let size = PART_SIZE * u64::from(parts);
                    let upload = setup.uploader().upload_from(setup.request(), Source::reader(Packets(size)));
                    setup.verified(setup.runtime.block_on(async { upload.await })?, size)
                })
            }
            Self::ListPage => {
                let setup = Setup::new(SMALL)?;
                repeated(move || {
                    let request = ListObjectsV2Request::new("examplebucket").prefix("photos/").max_keys(ENTRIES);
                    let page = setup.runtime.block_on(setup.client.list_objects_v2(request))?;
                    if page.contents.len() != usize::from(ENTRIES) {
                        return Err("not the whole page".into());
                    }
                    Ok(())
                })
            }
        })
    }
}

fn repeated(mut once: impl FnMut() -> Done + 'static) -> Box<dyn FnMut(u16) -> Done> {
    Box::new(move |times| (0..times).try_for_each(|_| once()))
}

/// A client of a service in memory, and what drives it. One thread beside this one does what blocks.
struct Setup {
    runtime: Runtime,
    client: Client,
}

impl Setup {
    /// For objects and parts of this many bytes.
    fn new(piece: u64) -> Result<Self, Failure> {
        let mut runtime = Builder::new_current_thread();
        // A thread that ended for want of work would have to start again, on a slow machine only.
        runtime.enable_time().max_blocking_threads(1).thread_keep_alive(Duration::from_secs(3600));
        Ok(Self { runtime: runtime.build()?, client: ZerosOnly::new(piece, page_of_objects()?)?.client()? })
    }

    fn uploader(&self) -> Uploader {
        self.client.uploader().part_size(PART_SIZE).multipart_threshold(PART_SIZE)
    }

    fn request(&self) -> PutObjectRequest {
        PutObjectRequest::new("examplebucket", "photos/2024/07/02/cat in a box.jpg").content_type("image/jpeg")
    }

    fn verified(&self, result: UploadResult, size: u64) -> Done {
        if result.size != size || result.verified != Verified::Crc64 {
            return Err(format!("not the object that was meant: {result:?}").into());
        }
        Ok(())
    }
}

/// A file of zeros, none of which takes room on a disk.
struct Zeros(TempDir);

impl Zeros {
    fn new(size: u64) -> Result<Self, Failure> {
        let this = Self(tempfile::tempdir()?);
        File::create(this.path())?.set_len(size)?;
        Ok(this)
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("zeros")
    }
}

/// A reader of so many zeros, a packet at a time, as they come from a network.
struct Packets(u64);

impl AsyncRead for Packets {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Copied in one go, more bytes than these would be counted as an instruction each.
        static PACKET: [u8; 1460] = [0; 1460];
        let size = PACKET.len().min(buffer.remaining()).min(usize::try_from(self.0).unwrap_or(usize::MAX));
        buffer.put_slice(PACKET.get(..size).unwrap_or_default());
        self.0 -= size as u64;
        Poll::Ready(Ok(()))
    }
}

/// Result of one call.
pub type Done = Result<(), Failure>;
/// Why it could not be done.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

fn time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_719_880_245)
}

/// A page of ListParts as the service writes it.
fn page_of_parts() -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListPartsResult><EncodingType>url</EncodingType>\
         <Bucket>examplebucket</Bucket><Key>cat.jpg</Key><UploadId>0004B9895DBBB6EC98E36</UploadId>\
         <StorageClass>Standard</StorageClass><PartNumberMarker>0</PartNumberMarker>\
         <NextPartNumberMarker>1000</NextPartNumberMarker><MaxParts>1000</MaxParts><IsTruncated>false</IsTruncated>",
    );
    for number in 1..=ENTRIES {
        write!(
            page,
            "<Part><PartNumber>{number}</PartNumber><LastModified>2024-07-02T08:30:45.000Z</LastModified>\
             <ETag>\"3349DC700140D7F86A0784842780****\"</ETag><HashCrc64ecma>{}</HashCrc64ecma>\
             <Size>6291456</Size></Part>",
            0x9abc_def0_u64 + u64::from(number),
        )?;
    }
    page.push_str("</ListPartsResult>");
    Ok(page)
}

/// A page of ListObjectsV2 as the service writes it.
fn page_of_objects() -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult><Name>examplebucket</Name>\
         <Prefix>photos%2F</Prefix><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>\
         <IsTruncated>true</IsTruncated><NextContinuationToken>CgJiYw--</NextContinuationToken>",
    );
    for number in 1..=ENTRIES {
        write!(
            page,
            "<Contents><Key>photos%2F2024%2F07%2F02%2Fcat%20{number:04}.jpg</Key>\
             <LastModified>2024-07-02T08:30:45.000Z</LastModified><ETag>\"5B3C1A2E053D763E1B002CC607C5A0FE1****\"</ETag>\
             <Type>Normal</Type><Size>344606</Size><StorageClass>Standard</StorageClass></Contents>",
        )?;
    }
    page.push_str("<KeyCount>1000</KeyCount></ListBucketResult>");
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_can_be_taken_again_and_again() {
        for path in HotPath::ALL {
            let mut take = path.prepare().unwrap();
            for times in [1, 2] {
                take(times).unwrap_or_else(|error| panic!("{}: {error}", path.name()));
            }
        }
    }
}
