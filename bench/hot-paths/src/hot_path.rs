use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, Method, StatusCode};
use oss_auth::{Credentials, Product, SigningRequest, V4Signer};
use oss_models::{Crc64, Crc64Digest, ListPartsRequest, Operation, Response};

/// Bytes of the block that [`HotPath::Crc64`] takes.
pub const BLOCK: usize = 64 * 1024;
/// Parts of the page that [`HotPath::ListParts`] reads.
pub const PARTS: u16 = 1000;

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
}

impl HotPath {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Crc64, Self::Sign, Self::ListParts, Self::Combine];

    /// Its name on the command line and in the table of counts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc64 => "crc64",
            Self::Sign => "sign",
            Self::ListParts => "list-parts",
            Self::Combine => "combine",
        }
    }

    /// Everything it needs, made ahead; each call of the result does it once.
    ///
    /// # Errors
    /// If it fails on the way, which would make its time or count worthless.
    pub fn prepare(self) -> Result<Box<dyn FnMut() -> Done>, Failure> {
        Ok(match self {
            Self::Crc64 => {
                let block: Vec<u8> = (0..BLOCK).map(|n| n.to_le_bytes()[0]).collect();
                Box::new(move || {
                    let mut digest = Crc64Digest::new();
                    digest.update(black_box(&block));
                    black_box(digest.value());
                    Ok(())
                })
            }
            Self::Sign => {
                let signer = V4Signer::new("cn-hangzhou", Product::OSS)?;
                let credentials = Credentials::new("access-key-id", "access-key-secret");
                Box::new(move || {
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
                let page = page()?;
                Box::new(move || {
                    let response = Response::new(StatusCode::OK).with_body(page.clone());
                    black_box(ListPartsRequest::read(response)?);
                    Ok(())
                })
            }
            Self::Combine => Box::new(|| {
                let part = Crc64::from_u64(black_box(0x1234_5678_9abc_def0));
                black_box(part.combine(part, 6 << 20));
                Ok(())
            }),
        })
    }
}

/// Result of one call.
pub type Done = Result<(), Failure>;
/// Why it could not be done.
pub type Failure = Box<dyn std::error::Error>;

fn time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_719_880_245)
}

/// A page of ListParts as the service writes it.
fn page() -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListPartsResult><EncodingType>url</EncodingType>\
         <Bucket>examplebucket</Bucket><Key>cat.jpg</Key><UploadId>0004B9895DBBB6EC98E36</UploadId>\
         <StorageClass>Standard</StorageClass><PartNumberMarker>0</PartNumberMarker>\
         <NextPartNumberMarker>1000</NextPartNumberMarker><MaxParts>1000</MaxParts><IsTruncated>false</IsTruncated>",
    );
    for number in 1..=PARTS {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_can_be_taken_again_and_again() {
        for path in HotPath::ALL {
            let mut once = path.prepare().unwrap();
            for _ in 0..2 {
                once().unwrap_or_else(|error| panic!("{}: {error}", path.name()));
            }
        }
    }
}
