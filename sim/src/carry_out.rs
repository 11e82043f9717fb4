//! What the simulated OSS does with a request that no fault kept from it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use ossup::Crc64;

use crate::history::{Call, Event, History};
use crate::operation::Op;
use crate::requests::{
    byte_range, content_type, copy_source, damaged, forbids_overwrite, header, listed_keys, listed_parts, metadata,
    query,
};
use crate::response::{ServerResponse, listed_time, object, ok, range, status, with, with_crc, with_etag, xml};
use crate::store::{Object, Part, Refusal, Store, Upload, etag_of};

/// A request as it arrived whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    /// Time since the run began.
    pub(crate) now: Duration,
    /// Most keys of a page of a list.
    pub(crate) page: usize,
    /// Whether what is copied or put together gets other bytes.
    pub(crate) damage: bool,
}

impl Asked<'_> {
    /// What becomes of bytes that the server moves.
    fn copied(&self, bytes: Bytes) -> Bytes {
        if self.damage { damaged(&bytes) } else { bytes }
    }
}

/// Does what a request asks for.
pub(crate) fn carry_out(
    store: &mut Store,
    call: &mut Call,
    asked: Asked<'_>,
    history: &History,
) -> Result<ServerResponse, Refusal> {
    let Asked { uri, headers, body, now, .. } = asked;
    let key = call.key.clone();
    let id = query(uri, "uploadId").unwrap_or_default();
    match call.op {
        Op::PutObject => {
            let object = Object {
                etag: etag_of(body),
                bytes: body.clone(),
                content_type: content_type(headers),
                metadata: metadata(headers),
                modified: now,
                multipart: false,
                ours: true,
            };
            let (etag, crc64) = (object.etag.clone(), object.crc64());
            store.put(&key, object, forbids_overwrite(headers))?;
            stored(store, &key, history);
            Ok(with_crc(with_etag(ok(), &etag), crc64))
        }
        Op::CopyObject => {
            let source = store.source(&copy_source(headers), header(headers, "x-oss-copy-source-if-match"))?;
            let bytes = asked.copied(source.bytes.clone());
            let object = Object { bytes, modified: now, multipart: false, ours: true, ..source.clone() };
            let (etag, crc64) = (object.etag.clone(), object.crc64());
            store.put(&key, object, forbids_overwrite(headers))?;
            stored(store, &key, history);
            let document = format!(
                "<CopyObjectResult><ETag>\"{etag}\"</ETag><LastModified>{}</LastModified></CopyObjectResult>",
                listed_time(now)
            );
            Ok(with_crc(with_etag(xml(document), &etag), crc64))
        }
        Op::InitiateMultipartUpload => {
            let (content_type, metadata) = (content_type(headers), metadata(headers));
            let id = store.initiate(Upload { key: key.clone(), content_type, metadata, ..Upload::default() });
            call.upload = Some(id.clone());
            Ok(xml(format!(
                "<InitiateMultipartUploadResult><Bucket>demo</Bucket><Key>{key}</Key><UploadId>{id}</UploadId>\
                 </InitiateMultipartUploadResult>"
            )))
        }
        Op::UploadPart => {
            let number = number_of(uri)?;
            let (etag, crc64) = (etag_of(body), Crc64::of(body).to_u64());
            let part = Part { bytes: body.clone(), etag: etag.clone() };
            store.upload(&id)?.parts.insert(number, part);
            Ok(with_crc(with_etag(ok(), &etag), crc64))
        }
        Op::UploadPartCopy => {
            let number = number_of(uri)?;
            store.upload(&id)?;
            let source = store.source(&copy_source(headers), header(headers, "x-oss-copy-source-if-match"))?;
            let (bytes, size) = (source.bytes.clone(), source.bytes.len());
            let (first, end) = byte_range(headers, "x-oss-copy-source-range").unwrap_or((0, size as u64));
            let (first, end) = (clamp(first, size), clamp(end, size));
            if first >= end {
                return Err((416, "InvalidRange"));
            }
            let bytes = asked.copied(bytes.slice(first..end));
            let etag = etag_of(&bytes);
            store.upload(&id)?.parts.insert(number, Part { bytes, etag: etag.clone() });
            let document = format!(
                "<CopyPartResult><LastModified>{}</LastModified><ETag>\"{etag}\"</ETag></CopyPartResult>",
                listed_time(now)
            );
            let range = format!("bytes {first}-{}/{size}", end - 1);
            Ok(with(with_etag(xml(document), &etag), "content-range", &range))
        }
        Op::CompleteMultipartUpload => {
            store.complete(&id, &listed_parts(body), now, forbids_overwrite(headers))?;
            if let Some(object) = store.objects.get_mut(&key) {
                object.bytes = asked.copied(object.bytes.clone());
            }
            stored(store, &key, history);
            let object = store.object(&key)?;
            let document = format!(
                "<CompleteMultipartUploadResult><Bucket>demo</Bucket><Key>{key}</Key><ETag>\"{}\"</ETag>\
                 </CompleteMultipartUploadResult>",
                object.etag
            );
            Ok(with_crc(xml(document), object.crc64()))
        }
        Op::AbortMultipartUpload => {
            store.upload(&id)?;
            store.uploads.remove(&id);
            Ok(status(StatusCode::NO_CONTENT))
        }
        Op::ListParts => list_parts(store, &id, asked),
        Op::ListMultipartUploads => Ok(list_uploads(store, asked)),
        Op::HeadObject => {
            let found = store.object(&key)?;
            found.check(header(headers, "if-match"))?;
            found.check_none(header(headers, "if-none-match"))?;
            Ok(object(found))
        }
        Op::GetObject => {
            let found = store.object(&key)?;
            found.check(header(headers, "if-match"))?;
            found.check_none(header(headers, "if-none-match"))?;
            match call.range {
                Some((first, end)) => range(found, clamp(first, usize::MAX), clamp(end, usize::MAX)),
                None => Ok(object(found)),
            }
        }
        Op::DeleteObject => {
            store.objects.remove(&key);
            history.add(Event::Removed(key));
            Ok(status(StatusCode::NO_CONTENT))
        }
        Op::ListObjectsV2 => Ok(list_objects(store, call.number, asked, history)),
        Op::DeleteMultipleObjects => {
            let mut document = "<DeleteResult>".to_owned();
            for key in listed_keys(body) {
                document += &format!("<Deleted><Key>{key}</Key></Deleted>");
                // What is not there counts as deleted.
                store.objects.remove(&key);
                history.add(Event::Removed(key));
            }
            Ok(xml(document + "</DeleteResult>"))
        }
    }
}

fn list_parts(store: &mut Store, id: &str, asked: Asked<'_>) -> Result<ServerResponse, Refusal> {
    let after: u16 = query(asked.uri, "part-number-marker").and_then(|marker| marker.parse().ok()).unwrap_or_default();
    let upload = store.upload(id)?;
    let listed = upload.parts.iter().filter(|(number, _)| **number > after);
    let parts: String = listed
        .map(|(number, part)| {
            format!(
                "<Part><PartNumber>{number}</PartNumber><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
                 <ETag>\"{}\"</ETag><HashCrc64ecma>{}</HashCrc64ecma><Size>{}</Size></Part>",
                part.etag,
                Crc64::of(&part.bytes).to_u64(),
                part.bytes.len()
            )
        })
        .collect();
    let last = upload.parts.keys().last().copied().unwrap_or_default();
    Ok(xml(format!(
        "<ListPartsResult><Bucket>demo</Bucket><Key>{}</Key><UploadId>{id}</UploadId>\
         <NextPartNumberMarker>{last}</NextPartNumberMarker><MaxParts>1000</MaxParts>\
         <IsTruncated>false</IsTruncated>{parts}</ListPartsResult>",
        upload.key
    )))
}

/// All uploads of a prefix, on one page.
fn list_uploads(store: &Store, asked: Asked<'_>) -> ServerResponse {
    let prefix = query(asked.uri, "prefix").unwrap_or_default();
    let uploads: String = store
        .uploads
        .iter()
        .filter(|(_, upload)| upload.key.starts_with(&prefix))
        .map(|(id, upload)| {
            format!(
                "<Upload><Key>{}</Key><UploadId>{id}</UploadId><Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>",
                upload.key
            )
        })
        .collect();
    xml(format!(
        "<ListMultipartUploadsResult><Bucket>demo</Bucket><Prefix>{prefix}</Prefix><MaxUploads>1000</MaxUploads>\
         <IsTruncated>false</IsTruncated>{uploads}</ListMultipartUploadsResult>"
    ))
}

/// A page that ends after so many keys; its token is the last of them.
fn list_objects(store: &Store, number: u32, asked: Asked<'_>, history: &History) -> ServerResponse {
    let prefix = query(asked.uri, "prefix").unwrap_or_default();
    let after = query(asked.uri, "continuation-token").filter(|token| !token.is_empty());
    let after = after.map(|token| token.replace('~', "/")).or_else(|| query(asked.uri, "start-after"));
    let most = query(asked.uri, "max-keys").and_then(|most| most.parse().ok()).unwrap_or(asked.page).min(asked.page);
    let below = store.objects.iter().filter(|(key, _)| key.starts_with(&prefix));
    let rest: Vec<_> = below.filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after)).collect();
    let (page, more) = rest.split_at(most.min(rest.len()));
    if more.is_empty() {
        history.add(Event::LastPage(number, page.len()));
    }
    let contents: String = page
        .iter()
        .map(|(key, object)| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>{}</LastModified><ETag>\"{}\"</ETag><Type>{}</Type>\
                 <Size>{}</Size><StorageClass>Standard</StorageClass></Contents>",
                listed_time(object.modified),
                object.etag,
                if object.multipart { "Multipart" } else { "Normal" },
                object.bytes.len()
            )
        })
        .collect();
    let next = page
        .last()
        .filter(|_| !more.is_empty())
        .map(|(key, _)| format!("<NextContinuationToken>{}</NextContinuationToken>", key.replace('/', "~")));
    xml(format!(
        "<ListBucketResult><Name>demo</Name><Prefix>{prefix}</Prefix><MaxKeys>{most}</MaxKeys>\
         <IsTruncated>{}</IsTruncated>{}{contents}<KeyCount>{}</KeyCount></ListBucketResult>",
        !more.is_empty(),
        next.unwrap_or_default(),
        page.len()
    ))
}

fn number_of(uri: &Uri) -> Result<u16, Refusal> {
    let number = query(uri, "partNumber").and_then(|number| number.parse().ok()).unwrap_or_default();
    if (1..=10_000).contains(&number) { Ok(number) } else { Err((400, "InvalidArgument")) }
}

fn clamp(number: u64, most: usize) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX).min(most)
}

fn stored(store: &Store, key: &str, history: &History) {
    if let Some(object) = store.objects.get(key) {
        history.add(Event::Stored { key: key.to_owned(), ours: object.ours, crc64: object.crc64() });
    }
}
