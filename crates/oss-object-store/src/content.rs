//! The bytes of an object, resumed where a connection breaks.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body::Body as _;
use ossup::http::StatusCode;
use ossup::transport::CorruptContent;
use ossup::{BoxError, Crc64, Crc64Digest, Etag, GetObjectRequest, ResponseBody, RetryClass};

use crate::bucket::Bucket;
use crate::error::OssError;
use crate::get::{Bodies, Described};

/// Content that is being read.
pub(crate) struct Content {
    bucket: Arc<Bucket>,
    /// Asks for the same object again.
    request: GetObjectRequest,
    /// Whether it can be pinned to the object that was described.
    is_pinned: bool,
    body: Option<ResponseBody>,
    /// What is still to come.
    rest: Range<u64>,
    /// Sum of what came, and the server's sum of the whole, if the whole was asked for.
    whole: Option<(Crc64Digest, Crc64)>,
    /// Attempts in a row that brought no byte.
    fruitless: u32,
    done: bool,
}

impl Content {
    pub(crate) fn new(
        bucket: Arc<Bucket>,
        key: &str,
        described: &Described,
        body: ResponseBody,
        whole: Option<Crc64>,
    ) -> Self {
        let mut request = GetObjectRequest::new(bucket.name(), key).range_behavior("standard");
        request.version_id.clone_from(&described.version);
        request.if_match = described.e_tag.as_deref().and_then(|tag| Etag::new(tag).ok());
        Self {
            is_pinned: request.if_match.is_some(),
            bucket,
            request,
            body: Some(body),
            rest: described.range.clone(),
            whole: whole.map(|whole| (Crc64Digest::new(), whole)),
            fruitless: 0,
            done: false,
        }
    }

    pub(crate) fn stream(self) -> Bodies {
        stream::unfold(self, |mut content| async move {
            let item = content.next().await?;
            Some((item, content))
        })
        // Readers ask once more behind the end.
        .fuse()
        .boxed()
    }

    /// The next bytes; an error is the last item.
    async fn next(&mut self) -> Option<Result<Bytes, OssError>> {
        if self.done {
            return None;
        }
        let next = self.read().await.transpose();
        self.done = !matches!(next, Some(Ok(_)));
        next
    }

    async fn read(&mut self) -> Result<Option<Bytes>, OssError> {
        loop {
            let Some(body) = &mut self.body else {
                self.reopen().await?;
                continue;
            };
            let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await;
            match frame {
                Some(Ok(frame)) => {
                    let Ok(bytes) = frame.into_data() else { continue };
                    if !bytes.is_empty() {
                        return self.take(bytes).map(Some);
                    }
                }
                None if self.rest.is_empty() => return self.verify().map(|()| None),
                None => self.broken("the response ended early".into()).await?,
                Some(Err(error)) => self.broken(error).await?,
            }
        }
    }

    /// Counts bytes that came.
    fn take(&mut self, bytes: Bytes) -> Result<Bytes, OssError> {
        let len = bytes.len() as u64;
        if len > self.rest.end.saturating_sub(self.rest.start) {
            return Err(OssError::generic("the response has more bytes than it announced"));
        }
        if let Some((digest, _)) = &mut self.whole {
            digest.update(&bytes);
        }
        self.rest.start += len;
        self.fruitless = 0;
        Ok(bytes)
    }

    fn verify(&self) -> Result<(), OssError> {
        match &self.whole {
            Some((digest, stored)) if digest.value() != *stored => {
                Err(OssError::corrupt("received", digest.value(), *stored))
            }
            _ => Ok(()),
        }
    }

    /// Waits before the next attempt, unless none can help.
    async fn broken(&mut self, error: BoxError) -> Result<(), OssError> {
        self.body = None;
        self.fruitless += 1;
        let is_over = self.rest.is_empty() || error.is::<CorruptContent>() || !self.is_pinned;
        if is_over || self.fruitless > MOST_FRUITLESS {
            return Err(OssError::content(error));
        }
        let longest = FIRST_WAIT.saturating_mul(1 << self.fruitless.min(6));
        let wait = longest.mul_f64(fastrand::f64());
        tracing::debug!(%error, position = self.rest.start, ?wait, "reading is resumed");
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Asks for the rest of the same object.
    async fn reopen(&mut self) -> Result<(), OssError> {
        let request = self.request.clone().range(self.rest.clone());
        match self.bucket.client.get_object(request).await {
            Ok(got) if got.status == StatusCode::PARTIAL_CONTENT => {
                self.body = Some(got.body);
                Ok(())
            }
            Ok(_) => Err(OssError::generic("the server ignored the range that was to be resumed")),
            Err(error) if error.retry_class() == RetryClass::Never => Err(error.into()),
            Err(error) => self.broken(error.into()).await,
        }
    }
}

/// Attempts in a row without a byte, each of which the client repeats by itself.
const MOST_FRUITLESS: u32 = 5;
/// The waits between them are drawn below this, twice this, and so on.
const FIRST_WAIT: Duration = Duration::from_millis(100);
