//! What the simulated OSS has: objects and open uploads.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use ossup::Crc64;

/// An object as the server has it.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) bytes: Bytes,
    pub(crate) etag: String,
    pub(crate) content_type: String,
    /// Headers `x-oss-meta-*`.
    pub(crate) metadata: BTreeMap<String, String>,
    /// Time since the run began.
    pub(crate) modified: Duration,
    pub(crate) multipart: bool,
    /// Whether the client under test made it. No header shows it.
    pub(crate) ours: bool,
}

impl Object {
    pub(crate) fn crc64(&self) -> u64 {
        Crc64::of(&self.bytes).to_u64()
    }

    /// Whether it is the one that a request names by its entity tag.
    pub(crate) fn check(&self, if_match: Option<&str>) -> Result<(), Refusal> {
        match if_match {
            Some(etag) if etag.trim_matches('"') != self.etag => Err((412, "PreconditionFailed")),
            _ => Ok(()),
        }
    }

    /// Whether it is another one than a request names by its entity tag.
    pub(crate) fn check_none(&self, if_none_match: Option<&str>) -> Result<(), Refusal> {
        match if_none_match {
            Some(etag) if etag.trim_matches('"') == self.etag => Err((304, "NotModified")),
            _ => Ok(()),
        }
    }
}

/// An entity tag of these bytes. That of OSS is their MD5, which no client may rely on and which costs more than the rest of a
/// run.
pub(crate) fn etag_of(bytes: &[u8]) -> String {
    format!("{:016X}{:016X}", bytes.len(), Crc64::of(bytes).to_u64())
}

#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) bytes: Bytes,
    pub(crate) etag: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Upload {
    pub(crate) key: String,
    pub(crate) content_type: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) parts: BTreeMap<u16, Part>,
}

/// Everything that is stored in the one bucket of a run.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) objects: BTreeMap<String, Object>,
    /// All contents that keys ever had.
    pub(crate) versions: Vec<(String, Bytes)>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    pub(crate) ids: u32,
}

/// A refusal: status, code.
pub(crate) type Refusal = (u16, &'static str);

impl Store {
    pub(crate) fn initiate(&mut self, upload: Upload) -> String {
        self.ids += 1;
        let id = format!("UPLOAD{:04}", self.ids);
        self.uploads.insert(id.clone(), upload);
        id
    }

    /// Bytes of all contents that keys ever had, and of parts.
    pub(crate) fn bytes(&self) -> u64 {
        let versions = self.versions.iter().map(|(_, bytes)| bytes.len());
        let parts = self.uploads.values().flat_map(|upload| upload.parts.values()).map(|part| part.bytes.len());
        versions.chain(parts).map(|bytes| bytes as u64).sum()
    }

    pub(crate) fn object(&self, key: &str) -> Result<&Object, Refusal> {
        self.objects.get(key).ok_or((404, "NoSuchKey"))
    }

    /// The object that a copy reads, if it is still the one that the copy names.
    pub(crate) fn source(&self, key: &str, if_match: Option<&str>) -> Result<&Object, Refusal> {
        let object = self.object(key)?;
        object.check(if_match)?;
        Ok(object)
    }

    pub(crate) fn upload(&mut self, id: &str) -> Result<&mut Upload, Refusal> {
        self.uploads.get_mut(id).ok_or((404, "NoSuchUpload"))
    }

    pub(crate) fn put(&mut self, key: &str, object: Object, forbid_overwrite: bool) -> Result<(), Refusal> {
        if forbid_overwrite && self.objects.contains_key(key) {
            return Err((409, "FileAlreadyExists"));
        }
        self.versions.push((key.to_owned(), object.bytes.clone()));
        self.objects.insert(key.to_owned(), object);
        Ok(())
    }

    /// Makes the object of the listed parts.
    pub(crate) fn complete(
        &mut self,
        id: &str,
        listed: &[(u16, String)],
        now: Duration,
        forbid_overwrite: bool,
    ) -> Result<(), Refusal> {
        let upload = self.uploads.get(id).ok_or((404, "NoSuchUpload"))?;
        if listed.is_empty() {
            return Err((400, "MalformedXML"));
        }
        if !listed.windows(2).all(|pair| matches!(pair, [(a, _), (b, _)] if a < b)) {
            return Err((400, "InvalidPartOrder"));
        }
        let mut bytes = Vec::new();
        let mut digests = Vec::new();
        for (number, etag) in listed {
            let part = upload.parts.get(number).filter(|part| part.etag == *etag).ok_or((400, "InvalidPart"))?;
            bytes.extend_from_slice(&part.bytes);
            digests.extend_from_slice(part.etag.as_bytes());
        }
        let object = Object {
            bytes: bytes.into(),
            etag: format!("{:X}-{}", md5::compute(&digests), listed.len()),
            content_type: upload.content_type.clone(),
            metadata: upload.metadata.clone(),
            modified: now,
            multipart: true,
            ours: true,
        };
        let key = upload.key.clone();
        self.put(&key, object, forbid_overwrite)?;
        self.uploads.remove(id);
        Ok(())
    }
}
