//! `ossup cat`.

mod gunzip;

use std::time::Instant;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use ossup::{ByteRange, Client, DownloadError, DownloadErrorKind, DownloadResult, GetObjectRequest, RequestPayer};

use crate::address::Address;
use crate::cp::is_reader_gone;
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::found::Jobs;
use crate::global::Global;
use crate::output::{Downloaded, NotDownloaded, Output};
use crate::size::Size;
use crate::streams::standard_output;
use gunzip::Gunzip;

#[derive(Args)]
pub(crate) struct Cat {
    /// The objects, as oss://BUCKET/KEY, one after the other.
    #[arg(required = true)]
    objects: Vec<Address>,
    /// Begin at this byte, counted from 0.
    #[arg(long, value_name = "SIZE")]
    offset: Option<Size>,
    /// The most bytes.
    #[arg(long, value_name = "SIZE")]
    count: Option<Size>,
    /// The first bytes alone.
    #[arg(long, value_name = "SIZE", conflicts_with_all = ["offset", "count", "tail"])]
    head: Option<Size>,
    /// The last bytes alone.
    #[arg(long, value_name = "SIZE", conflicts_with_all = ["offset", "count"])]
    tail: Option<Size>,
    /// Version of the object, if only one is named.
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    version_id: Option<String>,
    /// Unpack what gzip packed.
    #[arg(short = 'z', long, conflicts_with_all = ["offset", "count", "head", "tail"])]
    gunzip: bool,
    /// A reader that goes away before the end is a failure, and not quiet.
    #[arg(long)]
    strict: bool,
    /// Ranges of an object that are asked for at once, 1 to 256, or auto. Default: 3.
    #[arg(long, visible_aliases = ["job", "parallel-num"], value_name = "N|auto")]
    jobs: Option<Jobs>,
}

/// Whether the range begins behind the last byte, as the downloader or the service says it.
fn is_out_of_range(error: &DownloadError) -> bool {
    error.code() == Some("InvalidRange") || matches!(error.kind(), DownloadErrorKind::OutOfRange { .. })
}

impl Cat {
    /// Writes the objects in order. One that fails does not stop the others.
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let range = self.range()?;
        let begins_at_an_end = self.offset.is_none_or(|offset| offset == Size(0));
        if self.version_id.is_some() && self.objects.len() > 1 {
            return Err(Failure::usage("--version-id is for one object: name only one"));
        }
        for object in &self.objects {
            object.object()?;
        }
        let clients = global.clients(output);
        for object in &self.objects {
            let client = clients.of(&object.bucket)?;
            let began = Instant::now();
            match self.write(&client, object, range, global.payer()).await? {
                Ok(result) => {
                    let _ = output.line(&Downloaded::new(object, "-".to_owned(), &result, 1, began.elapsed()));
                }
                // Only an object of no bytes has not even a first one.
                Err(error) if begins_at_an_end && is_out_of_range(&error) => {}
                // As behind `head`.
                Err(error) if is_reader_gone(&error) && !self.strict => break,
                Err(error) => {
                    let failure = Failure::from(&error);
                    output.note(&failure);
                    let _ = output.line(&NotDownloaded::new(object, "-".to_owned(), failure, false));
                }
            }
        }
        let totals = output.totals();
        Ok(match (totals.failed, totals.done) {
            (0, _) => Exit::Done,
            (_, 0) => Exit::Failed,
            _ => Exit::SomeFailed,
        })
    }

    async fn write(
        &self,
        client: &Client,
        object: &Address,
        range: Option<ByteRange>,
        payer: Option<RequestPayer>,
    ) -> Result<Result<DownloadResult, DownloadError>, Failure> {
        let stdout = standard_output().map_err(|error| Failure::new(Kind::Target, error.to_string()))?;
        let mut request = GetObjectRequest::new(object.bucket.as_str(), object.rest.as_str());
        request.range = range;
        request.version_id.clone_from(&self.version_id);
        request.request_payer = payer;
        let mut downloader = client.downloader();
        if let Some(Jobs(jobs)) = self.jobs {
            downloader = downloader.parallel_num(jobs);
        }
        if self.gunzip {
            return Ok(downloader.download_to(request, Gunzip::new(stdout)).await);
        }
        Ok(downloader.download_to(request, tokio::fs::File::from_std(stdout)).await)
    }

    /// The bytes that are asked for; `None` for all.
    fn range(&self) -> Result<Option<ByteRange>, Failure> {
        let flags = [("--count", self.count), ("--head", self.head), ("--tail", self.tail)];
        if let Some((flag, _)) = flags.iter().find(|(_, size)| *size == Some(Size(0))) {
            return Err(Failure::usage(format!("{flag} must be at least 1 byte")));
        }
        let offset = self.offset.map(|Size(offset)| offset);
        Ok(match (offset, self.count, self.head, self.tail) {
            (_, _, Some(Size(count)), _) => Some((0..count).into()),
            (_, _, _, Some(Size(count))) => Some(ByteRange::Last(count)),
            (offset, Some(Size(count)), ..) => {
                let offset = offset.unwrap_or_default();
                let end = offset.checked_add(count);
                Some(end.map_or_else(|| ByteRange::from(offset..), |end| ByteRange::from(offset..end)))
            }
            (Some(offset), ..) if offset > 0 => Some(ByteRange::from(offset..)),
            _ => None,
        })
    }
}
