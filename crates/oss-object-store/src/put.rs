use ossup::http::HeaderMap;
use ossup::http::header::ETAG;
use ossup::{CallError, Etag, HeadObjectRequest, HeadObjectResult};

use crate::attributes::{Attributes, TOKEN, with_token};
use crate::bucket::Bucket;
use crate::create::{Verdict, verdict};
use crate::error::{ErrorKind, OssError};
use crate::pieces::Pieces;

/// An object that was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Written {
    /// With quotes, as OSS gives it.
    pub(crate) e_tag: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) request_id: Option<String>,
}

impl Written {
    /// What the headers of a response say.
    pub(crate) fn of(headers: &HeaderMap, etag: Option<&Etag>) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
        Self {
            e_tag: text(ETAG.as_str()).or_else(|| etag.map(Etag::quoted)),
            version: text("x-oss-version-id"),
            request_id: text("x-oss-request-id"),
        }
    }
}

/// Whether an object that exists is replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    Overwrite,
    /// It is an error.
    Create,
}

impl Bucket {
    /// Stores an object by one PutObject.
    pub(crate) async fn put(
        &self,
        key: &str,
        content: &Pieces,
        attributes: &Attributes,
        mode: Mode,
    ) -> Result<Written, OssError> {
        refuse_our_name(attributes)?;
        let request = attributes.put(self.name(), key).body(content.body());
        if mode == Mode::Overwrite {
            // A response that is lost is followed by another attempt, which stores the same object.
            let stored = self.client.put_object(request).await?;
            return Ok(Written::of(&stored.headers, Some(&stored.etag)));
        }
        self.refuse_versions().await?;
        let token = self.token();
        let request = with_token(request, &token).forbid_overwrite(true);
        match self.client.put_object(request).await {
            Ok(stored) => Ok(Written::of(&stored.headers, Some(&stored.etag))),
            // Also if the last attempt found an object there: it may be that of an attempt whose response was lost.
            Err(error) if error.outcome_unknown() => self.prove(key, &token, content, error).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Finds out whether a creation whose response was lost took effect.
    async fn prove(&self, key: &str, token: &str, content: &Pieces, error: CallError) -> Result<Written, OssError> {
        let head = self.head_own(key).await;
        let (kind, finding) = match (verdict(token, Some(content.crc64()), &head), head) {
            (Verdict::Ours, Ok(head)) => return Ok(Written::of(&head.headers, head.etag.as_ref())),
            (Verdict::Damaged(stored), _) => return Err(OssError::corrupt("sent", content.crc64(), stored)),
            (Verdict::Theirs, _) => (ErrorKind::AlreadyExists, "the response was lost, and another object is in place"),
            (Verdict::Missing, _) => {
                (ErrorKind::Generic, "the response was lost, and there is no object, though one may follow")
            }
            _ => (ErrorKind::Generic, "the response was lost, and whether the object is in place could not be asked"),
        };
        Err(OssError::lost(kind, finding, error))
    }

    /// The object that is in place, with the token of its writer.
    pub(crate) async fn head_own(&self, key: &str) -> Result<HeadObjectResult, CallError> {
        self.client.head_object(HeadObjectRequest::new(self.name(), key)).await
    }
}

/// Refuses metadata with the name of our token, which would be hidden and could prove something that is not so.
pub(crate) fn refuse_our_name(attributes: &Attributes) -> Result<(), OssError> {
    match attributes.metadata.iter().any(|(name, _)| name.eq_ignore_ascii_case(TOKEN)) {
        true => Err(OssError::generic(format!("the name {TOKEN:?} of metadata is reserved for the store itself"))),
        false => Ok(()),
    }
}
