use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use ossup::transport::WireBody;
use ossup::{BoxError, Client, Config, ConfigError, Crc64, Crc64Digest, Credentials};
use tower::service_fn;

use crate::Failure;

/// Parts that an object has at most.
pub(crate) const PARTS_AT_MOST: u16 = 512;

/// A service in place of the HTTP client, for uploads of nothing but zeros. It throws bodies away and knows the CRC64 of
/// each beforehand, so that almost no counted instruction is its own.
pub(crate) struct ZerosOnly {
    /// Responses to PutObject and UploadPart.
    piece: HeaderMap,
    /// Response to CompleteMultipartUpload of an object of so many parts, less one.
    objects: Vec<HeaderMap>,
    /// Response to ListObjectsV2.
    page: Bytes,
}

const INITIATED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<InitiateMultipartUploadResult>\
    <Bucket>examplebucket</Bucket><Key>cat.jpg</Key><UploadId>0004B9895DBBB6EC98E36</UploadId>\
    </InitiateMultipartUploadResult>";
const COMPLETED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CompleteMultipartUploadResult>\
    <Location>http://examplebucket.oss-cn-hangzhou.aliyuncs.com/cat.jpg</Location><Bucket>examplebucket</Bucket>\
    <Key>cat.jpg</Key><ETag>\"B864DB6A936D376F9F8D3ED3BBE540****-3\"</ETag></CompleteMultipartUploadResult>";

impl ZerosOnly {
    /// A service for objects and parts of this many bytes, and a page of a listing.
    pub(crate) fn new(piece: u64, page: impl Into<Bytes>) -> Result<Self, Failure> {
        let zeros = vec![0; usize::try_from(piece)?];
        let mut digest = Crc64Digest::new();
        let objects = (0..PARTS_AT_MOST).map(|_| {
            digest.update(&zeros);
            headers(digest.value())
        });
        let objects = objects.collect::<Result<_, _>>()?;
        Ok(Self { piece: headers(Crc64::of(&zeros))?, objects, page: page.into() })
    }

    /// A client whose requests come here and go no further.
    pub(crate) fn client(self) -> Result<Client, ConfigError> {
        let this = Arc::new(self);
        let http = service_fn(move |request: Request<WireBody>| {
            let this = Arc::clone(&this);
            async move {
                let (head, mut body) = request.into_parts();
                let mut parts = 0;
                if head.method == Method::POST {
                    let document = body.collect().await?.to_bytes();
                    parts = str::from_utf8(&document)?.matches("<Part>").count();
                } else {
                    while let Some(frame) = body.frame().await {
                        drop(frame?);
                    }
                }
                Ok::<_, BoxError>(this.respond(&head.method, parts))
            }
        });
        let credentials = Credentials::new("access-key-id", "access-key-secret");
        Client::new(Config::default().region("cn-hangzhou").credentials(credentials).http_service(http))
    }

    /// The response to a request with so many parts in its document.
    fn respond(&self, method: &Method, parts: usize) -> Response<Full<Bytes>> {
        let (body, headers) = match (method, parts.checked_sub(1).and_then(|index| self.objects.get(index))) {
            (&Method::PUT, _) => (Bytes::new(), self.piece.clone()),
            (&Method::POST, Some(object)) => (Bytes::from_static(COMPLETED.as_bytes()), object.clone()),
            (&Method::POST, None) => (Bytes::from_static(INITIATED.as_bytes()), HeaderMap::new()),
            _ => (self.page.clone(), HeaderMap::new()),
        };
        let mut response = Response::new(Full::new(body));
        *response.headers_mut() = headers;
        response
    }
}

/// What the service says of an object or a part.
fn headers(crc64: Crc64) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, HeaderValue::from_static("\"B864DB6A936D376F9F8D3ED3BBE540****\""));
    headers.insert("x-oss-hash-crc64ecma", crc64.to_string().parse()?);
    headers.insert("x-oss-request-id", HeaderValue::from_static("5C06A3B67B8B5A3DA422299D"));
    Ok(headers)
}
