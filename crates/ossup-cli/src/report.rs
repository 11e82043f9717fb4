//! `--report`: a line for each item, in a file, or at the end in an object.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use ossup::{Client, PutObjectRequest};

use crate::address::Address;
use crate::cp::End;
use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::output::Output;

/// An object that the report goes to once it is complete.
#[derive(Debug)]
pub(crate) struct Destination {
    client: Client,
    address: Address,
}

/// Begins to write the report.
pub(crate) fn begin(to: &End, dry_run: bool, global: &Global, output: &Output) -> Result<(), Failure> {
    match to {
        End::Local(path) if path.as_os_str() == "-" => {
            Err(Failure::usage("--report is a file or an object: --json prints the same lines to standard output"))
        }
        End::Local(path) => output.report_to(path, OpenOptions::new().write(true).create(true).truncate(true), None),
        End::Object(_) if dry_run => {
            Err(Failure::usage("a dry run writes nothing to OSS: name a file with --report, or leave it out"))
        }
        End::Object(address) => {
            address.object()?;
            let client = global.client_of(&address.bucket, output)?;
            let destination = Destination { client, address: address.clone() };
            output.report_to(&beside(), OpenOptions::new().write(true).create_new(true), Some(destination))
        }
    }
}

/// Where the report grows until it is complete.
fn beside() -> PathBuf {
    std::env::temp_dir().join(format!("ossup-report-{}.jsonl", std::process::id()))
}

impl Destination {
    /// Uploads the report, and removes the file.
    pub(crate) async fn upload(self, path: &Path, output: &Output) {
        let Self { client, address } = self;
        let request = PutObjectRequest::new(address.bucket.as_str(), address.rest.as_str());
        let request = request.content_type("application/x-ndjson");
        match client.uploader().upload_file(request, path).await {
            Ok(_) => drop(std::fs::remove_file(path)),
            Err(error) => {
                let failure = Failure::from(&error);
                let at = path.display();
                output.note(Failure::new(
                    Kind::Target,
                    format!("the report is in {at}, and not in {address}: {failure}"),
                ));
            }
        }
    }
}
