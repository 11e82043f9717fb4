use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt;
use oss_models::{CallError, CallErrorKind, Crc64, Request, Response, Sent, ServiceError, http_date};
use oss_transfer::AnyService;
use oss_uploader::Uploader;
use tower::service_fn;

use crate::fixture::time;

/// A server in memory that knows the operations of uploads.
#[derive(Clone, Default)]
pub(crate) struct Server(Arc<Mutex<State>>);

pub(crate) struct State {
    pub(crate) objects: BTreeMap<String, Bytes>,
    pub(crate) uploads: BTreeMap<String, OpenUpload>,
    /// Names of the operations that came in, in order.
    pub(crate) log: Vec<String>,
    /// Operations that are refused, with the code.
    pub(crate) refuse: Vec<(&'static str, StatusCode, &'static str)>,
    /// Most uploads in a page.
    pub(crate) page: usize,
    pub(crate) now: SystemTime,
    /// Whether lists tell when uploads were initiated.
    pub(crate) tells_age: bool,
    /// Requests in flight, and the most there ever were.
    /// How long each response takes.
    pub(crate) latency: Duration,
    pub(crate) active: usize,
    pub(crate) most_active: usize,
    /// Objects and the log are dropped.
    pub(crate) keep_nothing: bool,
    next_id: usize,
}

pub(crate) struct OpenUpload {
    pub(crate) key: String,
    pub(crate) initiated: SystemTime,
    pub(crate) parts: BTreeMap<u16, Bytes>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
            log: Vec::new(),
            refuse: Vec::new(),
            page: 1000,
            now: time(1_700_000_000),
            tells_age: true,
            latency: Duration::ZERO,
            active: 0,
            most_active: 0,
            keep_nothing: false,
            next_id: 0,
        }
    }
}

impl Server {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Begins an upload that long before now.
    pub(crate) fn begin(&self, key: &str, age: Duration) -> String {
        let mut state = self.state();
        let initiated = state.now - age;
        state.begin(key, initiated)
    }

    pub(crate) fn upload_ids(&self) -> Vec<String> {
        self.state().uploads.keys().cloned().collect()
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.state().log.iter().filter(|name| *name == operation).count()
    }

    /// An uploader to it.
    pub(crate) fn uploader(&self) -> Uploader {
        Uploader::new(self.service())
    }

    pub(crate) fn service(&self) -> AnyService {
        let server = self.clone();
        AnyService::new(service_fn(move |request| server.clone().handle(request)))
    }

    pub(crate) async fn handle(self, request: Request) -> Result<Response, CallError> {
        let failed = |kind: CallErrorKind| CallError::new(request.target(), kind);
        let body = request.body.open().map_err(|error| failed(CallErrorKind::Body(error)))?;
        {
            let mut state = self.state();
            state.active += 1;
            state.most_active = state.most_active.max(state.active);
        }
        let body = body.collect().await;
        let latency = self.state().latency;
        tokio::time::sleep(latency).await;
        let body = body.map_err(|error| failed(CallErrorKind::Body(error)))?.to_bytes();
        let mut state = self.state();
        state.active -= 1;
        assert!(request.method != Method::GET || body.is_empty());
        let mut response = state.respond(&request, &body).map_err(|error| failed(CallErrorKind::Service(error)))?;
        response.sent = Some(Sent::new(body.len() as u64, Crc64::of(&body)));
        Ok(response)
    }
}

impl State {
    fn begin(&mut self, key: &str, initiated: SystemTime) -> String {
        self.next_id += 1;
        let id = format!("UPLOAD{:05}", self.next_id);
        self.uploads.insert(id.clone(), OpenUpload { key: key.to_owned(), initiated, parts: BTreeMap::new() });
        id
    }

    fn respond(&mut self, request: &Request, body: &Bytes) -> Result<Response, Box<ServiceError>> {
        let operation = request.operation.name;
        if self.keep_nothing {
            return Ok(stored(body));
        }
        self.log.push(operation.to_owned());
        if let Some((_, status, code)) = self.refuse.iter().find(|(name, ..)| *name == operation) {
            return Err(refusal(*status, code));
        }
        let key = request.key.as_ref().map(ToString::to_string).unwrap_or_default();
        let upload_id = request.query_value("uploadId").unwrap_or_default().to_owned();
        let gone = || refusal(StatusCode::NOT_FOUND, "NoSuchUpload");
        match operation {
            "PutObject" => {
                self.objects.insert(key, body.clone());
                Ok(stored(body))
            }
            "InitiateMultipartUpload" => {
                let id = self.begin(&key, self.now);
                Ok(xml(format!(
                    "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
                )))
            }
            "UploadPart" => {
                let number = request.query_value("partNumber").unwrap().parse().unwrap();
                self.uploads.get_mut(&upload_id).ok_or_else(gone)?.parts.insert(number, body.clone());
                Ok(stored(body))
            }
            "ListParts" => {
                let upload = self.uploads.get(&upload_id).ok_or_else(gone)?;
                let part = |(number, bytes): (&u16, &Bytes)| {
                    let crc = Crc64::of(bytes);
                    let size = bytes.len();
                    format!(
                        "<Part><PartNumber>{number}</PartNumber><ETag>{}</ETag><Size>{size}</Size>\
                         <HashCrc64ecma>{crc}</HashCrc64ecma></Part>",
                        etag(bytes)
                    )
                };
                let parts: String = upload.parts.iter().map(part).collect();
                Ok(xml(format!("<ListPartsResult><IsTruncated>false</IsTruncated>{parts}</ListPartsResult>")))
            }
            "CompleteMultipartUpload" => {
                let upload = self.uploads.remove(&upload_id).ok_or_else(gone)?;
                let whole = Bytes::from(upload.parts.into_values().collect::<Vec<_>>().concat());
                let response = xml(format!(
                    "<CompleteMultipartUploadResult><ETag>{}</ETag></CompleteMultipartUploadResult>",
                    etag(&whole)
                ));
                let response = response.with_header(CRC, number(Crc64::of(&whole).to_u64()));
                self.objects.insert(upload.key, whole);
                Ok(response)
            }
            "AbortMultipartUpload" => {
                self.uploads.remove(&upload_id).ok_or_else(gone)?;
                Ok(Response::new(StatusCode::NO_CONTENT))
            }
            "HeadObject" => {
                let bytes = self.objects.get(&key).ok_or_else(|| refusal(StatusCode::NOT_FOUND, "NoSuchKey"))?;
                let response = stored(bytes)
                    .with_header(header::CONTENT_LENGTH, number(bytes.len() as u64))
                    .with_header(header::LAST_MODIFIED, self.date())
                    .with_header(HeaderName::from_static("x-oss-object-type"), HeaderValue::from_static("Multipart"));
                Ok(response)
            }
            "ListMultipartUploads" => Ok(self.list_uploads(request)),
            other => panic!("{other} is not expected"),
        }
        .map(|response| response.with_header(header::DATE, self.date()))
    }

    fn list_uploads(&self, request: &Request) -> Response {
        let value = |name: &str| request.query_value(name).unwrap_or_default().to_owned();
        let (prefix, marker) = (value("prefix"), (value("key-marker"), value("upload-id-marker")));
        let mut uploads: Vec<_> = self.uploads.iter().filter(|(_, upload)| upload.key.starts_with(&prefix)).collect();
        uploads.sort_by_key(|(id, upload)| (upload.key.clone(), (*id).clone()));
        uploads.retain(|(id, upload)| (&upload.key, *id) > (&marker.0, &marker.1));
        let truncated = uploads.len() > self.page;
        uploads.truncate(self.page);
        let element = |(id, upload): &(&String, &OpenUpload)| {
            let seconds = upload.initiated.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
            let initiated = jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap();
            let initiated = if self.tells_age { format!("<Initiated>{initiated}</Initiated>") } else { String::new() };
            let key = &upload.key;
            format!("<Upload><Key>{key}</Key><UploadId>{id}</UploadId>{initiated}</Upload>")
        };
        let next = uploads.last().map(|(id, upload)| {
            let key = &upload.key;
            format!("<NextKeyMarker>{key}</NextKeyMarker><NextUploadIdMarker>{id}</NextUploadIdMarker>")
        });
        let next = next.filter(|_| truncated).unwrap_or_default();
        let uploads: String = uploads.iter().map(element).collect();
        xml(format!(
            "<ListMultipartUploadsResult><IsTruncated>{truncated}</IsTruncated>{next}{uploads}</ListMultipartUploadsResult>"
        ))
    }

    fn date(&self) -> HeaderValue {
        HeaderValue::try_from(http_date::format(self.now)).unwrap()
    }
}

const CRC: HeaderName = HeaderName::from_static("x-oss-hash-crc64ecma");

fn refusal(status: StatusCode, code: &str) -> Box<ServiceError> {
    Box::new(ServiceError::new(status, code))
}

fn etag(bytes: &[u8]) -> String {
    format!("{:016X}", Crc64::of(bytes).to_u64())
}

fn number(value: u64) -> HeaderValue {
    HeaderValue::from(value)
}

fn stored(bytes: &[u8]) -> Response {
    Response::new(StatusCode::OK)
        .with_header(header::ETAG, HeaderValue::try_from(etag(bytes)).unwrap())
        .with_header(CRC, number(Crc64::of(bytes).to_u64()))
}

fn xml(document: String) -> Response {
    Response::new(StatusCode::OK)
        .with_header(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"))
        .with_body(document)
}
