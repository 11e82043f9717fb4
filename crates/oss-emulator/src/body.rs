//! The body of a request as it arrives: bounded waits, bounded documents, and the faults that happen in the middle.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{sleep, timeout};

use crate::error::{OssError, Outcome, code};
use crate::fault::BodyFaults;
use crate::wire::Control;

/// At most this much of a refused body is read and dropped, so that a client that sends it all before it reads gets the response.
const DRAIN_LIMIT: u64 = 64 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// A body not yet read.
#[derive(Debug)]
pub(crate) struct RequestBody {
    incoming: Option<Incoming>,
    /// `None`: chunked.
    declared: Option<u64>,
    /// Neither a length nor chunks were announced.
    unannounced: bool,
    expects_continue: bool,
    received: u64,
    idle: Duration,
    control: Control,
    faults: BodyFaults,
}

impl RequestBody {
    pub(crate) fn new(
        incoming: Incoming,
        headers: &http::HeaderMap,
        idle: Duration,
        control: Control,
        faults: BodyFaults,
    ) -> Self {
        let chunked = headers.contains_key(header::TRANSFER_ENCODING);
        Self {
            declared: if chunked { None } else { incoming.size_hint().exact() },
            unannounced: !chunked && !headers.contains_key(header::CONTENT_LENGTH),
            expects_continue: headers.contains_key(header::EXPECT),
            incoming: Some(incoming),
            received: 0,
            idle,
            control,
            faults,
        }
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Checks the announced length; an operation that stores content does so first.
    ///
    /// # Errors
    /// `MissingContentLength`, `EntityTooLarge`.
    pub(crate) fn announce(&self, limit: u64) -> Outcome<()> {
        if self.unannounced {
            return Err(code::MISSING_CONTENT_LENGTH.into());
        }
        if self.declared.is_some_and(|len| len > limit) {
            return Err(code::ENTITY_TOO_LARGE.into());
        }
        Ok(())
    }

    /// The next piece, `None` at the end.
    ///
    /// # Errors
    /// `RequestTimeout` when nothing arrives for too long, `IncompleteBody` when the client left.
    pub(crate) async fn next(&mut self) -> Outcome<Option<Bytes>> {
        if self.faults.stall_after.is_some_and(|after| self.received >= after) {
            std::future::pending::<()>().await;
        }
        if self.faults.close_after.is_some_and(|after| self.received >= after) {
            return Err(self.cut());
        }
        let Some(incoming) = &mut self.incoming else { return Ok(None) };
        loop {
            let frame = timeout(self.idle, incoming.frame()).await;
            match frame {
                Err(_) => {
                    self.incoming = None;
                    return Err(OssError::from(code::REQUEST_TIMEOUT).closing());
                }
                Ok(None) => {
                    self.incoming = None;
                    return Ok(None);
                }
                Ok(Some(Err(error))) => {
                    tracing::debug!(%error, "the body ended early");
                    self.incoming = None;
                    return Err(OssError::from(code::INCOMPLETE_BODY).closing());
                }
                Ok(Some(Ok(frame))) => {
                    let Ok(data) = frame.into_data() else { continue };
                    if data.is_empty() {
                        continue;
                    }
                    self.received += data.len() as u64;
                    if self.faults.close_after.is_some_and(|after| self.received >= after) {
                        return Err(self.cut());
                    }
                    if let Some(rate) = self.faults.bytes_per_second {
                        sleep(Duration::from_secs_f64(data.len() as f64 / rate.max(1) as f64)).await;
                    }
                    return Ok(Some(data));
                }
            }
        }
    }

    fn cut(&mut self) -> OssError {
        self.control.kill();
        self.incoming = None;
        code::INCOMPLETE_BODY.into()
    }

    /// A whole document of at most `limit` bytes.
    ///
    /// # Errors
    /// `MalformedXML` when it is longer.
    pub(crate) async fn document(&mut self, limit: usize) -> Outcome<Bytes> {
        let mut all = BytesMut::new();
        while let Some(piece) = self.next().await? {
            if all.len() + piece.len() > limit {
                return Err(crate::xml_body::malformed("the document is too long"));
            }
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    /// Reads and drops the rest of a refused body while the response is sent, unless the client waits for `100 Continue`.
    pub(crate) fn drain(self) {
        let Some(mut incoming) = self.incoming else { return };
        if self.expects_continue && self.received == 0 || incoming.is_end_stream() {
            return;
        }
        tokio::spawn(async move {
            let rest = async {
                let mut drained = 0;
                while let Some(Ok(frame)) = incoming.frame().await {
                    drained += frame.data_ref().map_or(0, |data| data.len() as u64);
                    if drained > DRAIN_LIMIT {
                        break;
                    }
                }
            };
            let _ = timeout(DRAIN_TIME, rest).await;
        });
    }
}
