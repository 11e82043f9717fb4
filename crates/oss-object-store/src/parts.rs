//! A multipart upload whose steps are calls of their own, with nothing in common but the upload id.

use std::collections::HashMap;
use std::sync::PoisonError;

use bytes::Bytes;
use ossup::session::{MultipartSession, PartReceipt};
use ossup::{Crc64, Etag, ListPartsRequest, ObjectKey, PartNumber, PartSummary, UploadId, pages};

use crate::attributes::Attributes;
use crate::bucket::Bucket;
use crate::error::OssError;
use crate::pieces::Pieces;
use crate::put::{Mode, Written};

/// What a caller keeps of a part: its entity tag, and what it takes to verify the whole. The tag alone, as a client with a
/// signed URL has it, will do too: then the server is asked for the rest.
#[derive(Clone, Debug, Eq, PartialEq)]
struct PartText {
    etag: String,
    /// CRC64 and length, if they are known.
    content: Option<(Crc64, u64)>,
}

impl PartText {
    fn write(receipt: &PartReceipt) -> String {
        format!("{};crc64={};len={}", receipt.etag.quoted(), receipt.crc64, receipt.len)
    }

    fn read(text: &str) -> Self {
        let whole = || {
            let (rest, len) = text.rsplit_once(";len=")?;
            let (etag, crc64) = rest.rsplit_once(";crc64=")?;
            Some(Self { etag: etag.to_owned(), content: Some((crc64.parse().ok()?, len.parse().ok()?)) })
        };
        whole().unwrap_or_else(|| Self { etag: text.to_owned(), content: None })
    }
}

impl Bucket {
    /// Begins an upload; gives its id.
    pub(crate) async fn create_upload(&self, key: &str, attributes: Attributes) -> Result<String, OssError> {
        let session = self.initiate(key, &attributes).await?;
        let id = session.upload_id.to_string();
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner).remember(session, attributes);
        Ok(id)
    }

    /// Sends the part with this index, counted from 0; gives what completing needs of it.
    pub(crate) async fn put_upload_part(
        &self,
        key: &str,
        upload_id: &str,
        index: usize,
        content: impl IntoIterator<Item = Bytes>,
    ) -> Result<String, OssError> {
        let (session, _) = self.session(key, upload_id)?;
        let receipt = self.send_part(&session, part_number(index)?, 0, &Pieces::new(content)).await?;
        Ok(PartText::write(&receipt))
    }

    /// Makes the object of these parts; without any, an object of no bytes.
    pub(crate) async fn complete_upload(
        &self,
        key: &str,
        upload_id: &str,
        parts: impl IntoIterator<Item = String>,
    ) -> Result<Written, OssError> {
        let (session, attributes) = self.session(key, upload_id)?;
        let parts: Vec<_> = parts.into_iter().map(|text| PartText::read(&text)).collect();
        let written = if parts.is_empty() {
            session.abort(&self.client.uploader()).await?;
            self.put(key, &Pieces::new([]), &attributes, Mode::Overwrite).await?
        } else {
            let receipts = self.receipts(&session, parts).await?;
            self.complete(&session, receipts).await?
        };
        self.forget(upload_id);
        Ok(written)
    }

    /// Removes the parts.
    pub(crate) async fn abort_upload(&self, key: &str, upload_id: &str) -> Result<(), OssError> {
        let (session, _) = self.session(key, upload_id)?;
        session.abort(&self.client.uploader()).await?;
        self.forget(upload_id);
        Ok(())
    }

    fn session(&self, key: &str, upload_id: &str) -> Result<(MultipartSession, Attributes), OssError> {
        let uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = uploads.find(key, upload_id) {
            return Ok(found);
        }
        let (key, id) = (ObjectKey::new(key)?, UploadId::new(upload_id)?);
        Ok((MultipartSession::of_upload(self.name.clone(), key, id), Attributes::default()))
    }

    fn forget(&self, upload_id: &str) {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner).forget(upload_id);
    }

    /// The receipts of parts, one after the other. What a part does not say of itself the server is asked for.
    async fn receipts(&self, session: &MultipartSession, parts: Vec<PartText>) -> Result<Vec<PartReceipt>, OssError> {
        let stored = match parts.iter().any(|part| part.content.is_none()) {
            true => self.stored_parts(session).await?,
            false => HashMap::new(),
        };
        let mut receipts = Vec::with_capacity(parts.len());
        let mut offset = 0_u64;
        for (index, part) in parts.into_iter().enumerate() {
            let (number, etag) = (part_number(index)?, Etag::new(&part.etag)?);
            let of_server = || {
                let stored = stored.get(&number).filter(|stored| stored.etag == etag)?;
                Some((stored.hash_crc64?, stored.size))
            };
            let (crc64, len) = part.content.or_else(of_server).ok_or_else(|| {
                OssError::generic(format!("the server has no part {number} with the entity tag {}", etag.quoted()))
            })?;
            let mut receipt = PartReceipt::new(session.upload_id.clone(), number, offset, len, etag, crc64);
            receipt.compared = true;
            receipts.push(receipt);
            offset = offset.saturating_add(len);
        }
        Ok(receipts)
    }

    async fn stored_parts(&self, session: &MultipartSession) -> Result<HashMap<PartNumber, PartSummary>, OssError> {
        let request = ListPartsRequest::new(self.name(), session.key.as_str(), session.upload_id.clone());
        let mut pages = pages(self.client.transport().clone(), request);
        let mut parts = HashMap::new();
        while let Some(page) = pages.next().await {
            parts.extend(page?.parts.into_iter().map(|part| (part.part_number, part)));
        }
        Ok(parts)
    }
}

fn part_number(index: usize) -> Result<PartNumber, OssError> {
    let number = u16::try_from(index).ok().and_then(|index| index.checked_add(1));
    let number = number.and_then(|number| PartNumber::new(number).ok());
    number.ok_or_else(|| OssError::generic(format!("parts have the indices 0 to 9999, got {index}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_what_verifies_it_and_a_tag_alone_is_one_too() {
        let (id, number) = (UploadId::new("ID").unwrap(), PartNumber::new(1).unwrap());
        let etag = Etag::new("5B3C;len=1").unwrap();
        let receipt = PartReceipt::new(id, number, 0, 9, etag, Crc64::from_u64(u64::MAX));
        let text = PartText::write(&receipt);
        assert_eq!(text, "\"5B3C;len=1\";crc64=18446744073709551615;len=9");
        let content = Some((Crc64::from_u64(u64::MAX), 9));
        assert_eq!(PartText::read(&text), PartText { etag: "\"5B3C;len=1\"".to_owned(), content });
        assert_eq!(PartText::read("\"5B3C\""), PartText { etag: "\"5B3C\"".to_owned(), content: None });
    }

    #[test]
    fn indices_begin_with_0_and_numbers_with_1() {
        assert_eq!(part_number(0).unwrap(), PartNumber::new(1).unwrap());
        assert_eq!(part_number(9_999).unwrap(), PartNumber::new(10_000).unwrap());
        for index in [10_000, 65_535, usize::MAX] {
            assert!(part_number(index).is_err(), "{index}");
        }
    }
}
