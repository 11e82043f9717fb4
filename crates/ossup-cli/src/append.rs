//! `ossup append`.

use std::cell::Cell;
use std::path::PathBuf;

use clap::Args;
use ossup::{AppendObjectRequest, CallError, Client, Crc64, HeadObjectRequest, PutObjectRequest, RequestPayer};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::address::Address;
use crate::changed::Changed;
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::hash;
use crate::output::Output;
use crate::properties::Properties;
use crate::signals::Signals;
use crate::size::counted;

/// What one request carries. A request that fails is not repeated by itself, since it may have taken effect, so pieces are
/// small enough to lose little.
const PIECE: usize = 8 << 20;
/// What is said where no one could tell.
const UNKNOWN: &str = "; whether this piece was appended too is unknown";

#[derive(Args)]
pub(crate) struct Append {
    /// The file, or - for standard input.
    source: PathBuf,
    /// The object, which is created if it is missing, and has to be appendable otherwise.
    destination: Address,
    /// Length that the object must have before. Default: its current length.
    #[arg(long, value_name = "BYTES")]
    position: Option<u64>,
    #[command(flatten)]
    properties: Properties,
}

/// The end of the object so far.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct End {
    position: u64,
    crc64: Option<Crc64>,
}

/// What follows a piece.
enum Next {
    /// The source may have more, which goes here.
    More(End),
    /// The source is at its end, and the object ends here.
    Last(End),
}

impl End {
    /// The end once this piece is appended.
    fn after(self, piece: &[u8]) -> Self {
        let len = piece.len() as u64;
        let crc64 = self.crc64.map(|crc64| crc64.combine(Crc64::of(piece), len));
        Self { position: self.position.saturating_add(len), crc64 }
    }
}

impl Append {
    /// Appends piece by piece, each verified by the CRC64 of the whole object so far. Whatever ends it early, what was appended
    /// before is told.
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let address = &self.destination;
        let key = address.object()?;
        let properties = self.properties.of(PutObjectRequest::new(address.bucket.as_str(), key), global.payer())?;
        let mut source = hash::open(&self.source).await.map_err(|error| Failure::unreadable(&self.source, &error))?;
        let client = global.client_of(&address.bucket, output)?;
        let mut signals = Signals::listen().map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
        let begin = tokio::select! {
            biased;
            begin = self.end(&client, global.payer()) => begin?,
            signal = signals.next() => return Ok(Exit::Signal(signal)),
        };
        if begin.position > 0 && self.properties != Properties::default() {
            return Err(Failure::usage(
                "properties are those of a new object, and this one exists: leave them out, or change them with set-props",
            ));
        }
        let mut end = begin;
        let is_sending = Cell::new(false);
        let ended = loop {
            is_sending.set(false);
            let next = tokio::select! {
                biased;
                next = self.piece(&mut source, end, &properties, &client, global.payer(), &is_sending) => next,
                signal = signals.next() => {
                    let message = if is_sending.get() { format!("interrupted{UNKNOWN}") } else { "interrupted".to_owned() };
                    break Err((Failure::new(Kind::Interrupted, message), Some(signal)));
                }
            };
            match next {
                Ok(Next::More(at)) => end = at,
                Ok(Next::Last(at)) => {
                    end = at;
                    break Ok(());
                }
                Err(failure) => break Err((failure, None)),
            }
        };
        let added = end.position - begin.position;
        let Err((mut failure, signal)) = ended else {
            let done = Changed::done("append", address, format!("appended {} to", counted(added, "byte")));
            let _ = output.line(&done.with_content(added, end.crc64.map(|crc| crc.to_string())));
            return Ok(Exit::Done);
        };
        let were = if added == 1 { "was" } else { "were" };
        let (counted, at) = (counted(added, "byte"), end.position);
        failure.message = format!("{}; {counted} {were} appended before, up to position {at}", failure.message);
        // The same command would append them once more.
        failure.retryable &= added == 0;
        let exit = signal.map_or(failure.exit(), Exit::Signal);
        output.note(&failure);
        let _ = output.line(&Changed::failed("append", address, failure).with_content(added, None));
        Ok(exit)
    }

    /// Appends the next piece of the source at the end of the object so far; `is_sending` once it may have been appended.
    async fn piece(
        &self,
        source: &mut (impl AsyncRead + Unpin),
        end: End,
        properties: &PutObjectRequest,
        client: &Client,
        payer: Option<RequestPayer>,
        is_sending: &Cell<bool>,
    ) -> Result<Next, Failure> {
        let piece = read(source).await.map_err(|error| Failure::unreadable(&self.source, &error))?;
        // Nothing to append still makes an object.
        if piece.is_empty() && end.position > 0 {
            return Ok(Next::Last(end));
        }
        let is_last = piece.len() < PIECE;
        let after = end.after(&piece);
        is_sending.set(true);
        let appended = match client.append_object(request(properties, end, piece)).await {
            Ok(appended) => End { position: appended.next_append_position, crc64: appended.hash_crc64 },
            Err(error) => self.in_spite_of(&error, after, client, payer).await?,
        };
        Ok(if is_last { Next::Last(appended) } else { Next::More(appended) })
    }

    /// Where the object is said to end, or ends; one that is missing ends at 0.
    async fn end(&self, client: &Client, payer: Option<RequestPayer>) -> Result<End, Failure> {
        match self.position {
            Some(position) => Ok(End { position, crc64: (position == 0).then_some(Crc64::EMPTY) }),
            None => self.stored_end(client, payer).await,
        }
    }

    /// Where the object ends, if it ends where it does `after` the piece whose request failed: only its response was lost.
    async fn in_spite_of(
        &self,
        error: &CallError,
        after: End,
        client: &Client,
        payer: Option<RequestPayer>,
    ) -> Result<End, Failure> {
        let mut failure = Failure::from(error);
        if !error.outcome_unknown() {
            return Err(failure);
        }
        match self.stored_end(client, payer).await {
            // Without a CRC64, as many bytes of another client would look the same.
            Ok(end) if end == after && end.crc64.is_some() => Ok(end),
            _ => {
                failure.message += UNKNOWN;
                failure.retryable = false;
                Err(failure)
            }
        }
    }

    /// Where the object ends on the server.
    async fn stored_end(&self, client: &Client, payer: Option<RequestPayer>) -> Result<End, Failure> {
        let mut request = HeadObjectRequest::new(self.destination.bucket.as_str(), self.destination.rest.as_str());
        request.request_payer = payer;
        let head = match client.head_object(request).await {
            Ok(head) => head,
            Err(error)
                if error.status().is_some_and(|status| status == 404) && error.code() != Some("NoSuchBucket") =>
            {
                return Ok(End { position: 0, crc64: Some(Crc64::EMPTY) });
            }
            Err(error) => return Err(error.into()),
        };
        let not_appendable =
            || Failure::new(Kind::Target, format!("{} exists and is not appendable", self.destination));
        Ok(End { position: head.next_append_position.ok_or_else(not_appendable)?, crc64: head.hash_crc64 })
    }
}

fn request(properties: &PutObjectRequest, end: End, piece: Vec<u8>) -> AppendObjectRequest {
    let PutObjectRequest { bucket, key, .. } = properties;
    let mut request = AppendObjectRequest::new(bucket.as_str(), key.as_str(), end.position, piece);
    request.request_payer.clone_from(&properties.request_payer);
    request.init_hash_crc64 = end.crc64;
    if end.position == 0 {
        request.acl.clone_from(&properties.acl);
        request.storage_class.clone_from(&properties.storage_class);
        request.tagging.clone_from(&properties.tagging);
        request.metadata.clone_from(&properties.metadata);
        request.content_type.clone_from(&properties.content_type);
        request.cache_control.clone_from(&properties.cache_control);
        request.content_disposition.clone_from(&properties.content_disposition);
        request.content_encoding.clone_from(&properties.content_encoding);
        request.expires.clone_from(&properties.expires);
        request.server_side_encryption.clone_from(&properties.server_side_encryption);
        request.server_side_encryption_key_id.clone_from(&properties.server_side_encryption_key_id);
        request.forbid_overwrite = properties.forbid_overwrite;
        request.headers.clone_from(&properties.headers);
    }
    request
}

/// As much as a piece holds; less only at the end.
async fn read(source: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    source.take(PIECE as u64).read_to_end(&mut piece).await?;
    Ok(piece)
}
