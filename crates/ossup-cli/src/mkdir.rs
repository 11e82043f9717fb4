//! `ossup mkdir`.

use clap::Args;
use ossup::PutObjectRequest;

use crate::address::Address;
use crate::changed::{self, Changed};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::Output;

#[derive(Args)]
pub(crate) struct Mkdir {
    /// The folders, as oss://BUCKET/FOLDER or oss://BUCKET/FOLDER/.
    #[arg(required = true)]
    folders: Vec<Address>,
}

impl Mkdir {
    /// Puts an empty object whose key ends in a slash, as consoles and other tools mark an empty folder. One that is there
    /// stays as it is.
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let markers = self.folders.iter().map(|folder| {
            folder.object()?;
            let slash = if folder.rest.ends_with('/') { "" } else { "/" };
            let marker = Address { rest: format!("{}{slash}", folder.rest), ..folder.clone() };
            marker.object().map(|_| marker.clone())
        });
        let markers = markers.collect::<Result<Vec<_>, _>>()?;
        let clients = global.clients(output);
        for marker in markers {
            let mut request = PutObjectRequest::new(marker.bucket.as_str(), marker.rest.as_str());
            request.forbid_overwrite = Some(true);
            request.request_payer = global.payer();
            match clients.of(&marker.bucket)?.put_object(request).await {
                Ok(_) => {
                    let _ = output.line(&Changed::done("mkdir", &marker, "created"));
                }
                Err(error) if error.code() == Some("FileAlreadyExists") => {
                    let _ = output.line(&Changed::skipped("mkdir", &marker, "there is already"));
                }
                Err(error) => changed::failed("mkdir", &marker, error.into(), output),
            }
        }
        Ok(changed::exit(output))
    }
}
