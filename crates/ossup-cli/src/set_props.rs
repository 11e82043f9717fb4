//! `ossup set-props`.

use std::cell::Cell;
use std::time::SystemTime;

use clap::Args;
use ossup::{
    Client, CopyObjectRequest, CopySource, GetObjectAclRequest, HeadObjectRequest, HeadObjectResult, Metadata,
    MetadataDirective, ObjectAcl, PutObjectAclRequest, PutObjectRequest, PutObjectTaggingRequest, RequestPayer,
};

use crate::address::{Address, Pattern};
use crate::changed::{self, Changed};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::failure::Kind::Other;
use crate::filters::FilterArguments;
use crate::found::{Found, Kind, Query};
use crate::global::Global;
use crate::output::Output;
use crate::program::until_signal_unless;
use crate::properties::Properties;
use crate::signals::{Signal, Signals};

#[derive(Args)]
pub(crate) struct SetProps {
    /// The objects, as oss://BUCKET/KEY; with -r also oss://BUCKET/FOLDER/ and oss://BUCKET/TEXT*.
    #[arg(required = true)]
    what: Vec<Address>,
    /// Change every object in a folder.
    #[arg(short, long)]
    recursive: bool,
    /// Say what would be changed, and change nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    properties: Properties,
    #[command(flatten)]
    filters: FilterArguments,
}

impl SetProps {
    /// Changes what is named and keeps the rest. ACL and tags have requests of their own; for anything else the object is
    /// copied onto itself, within the service and verified as any copy.
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let copying = Copying::default();
        until_signal_unless(&copying.is_under_way, self.set_all(&copying, global, output)).await
    }

    async fn set_all(&self, copying: &Copying, global: &Global, output: &Output) -> Result<Exit, Failure> {
        if self.properties == Properties::default() {
            return Err(Failure::usage(
                "nothing to set: name properties, such as --storage-class IA or --metadata a=b",
            ));
        }
        if self.filters.are_given() && !self.recursive {
            return Err(Failure::usage("filters choose among the objects of a folder: add -r"));
        }
        let filters = self.filters.read(SystemTime::now())?;
        for address in &self.what {
            match address.pattern() {
                Pattern::Object(_) => address.object().map(|_| ())?,
                _ if self.recursive => {}
                _ => {
                    return Err(Failure::usage(format!(
                        "{address} is not a single object: add -r to change everything in it"
                    )));
                }
            }
            let wanted = self.properties.of(PutObjectRequest::new(address.bucket.as_str(), "k"), None)?;
            if wanted.forbid_overwrite.is_some() {
                return Err(Failure::usage(
                    "--if-none-match refuses to replace what exists, and set-props changes nothing else: leave it out",
                ));
            }
        }
        let clients = global.clients(output);
        for address in &self.what {
            let client = clients.of(&address.bucket)?;
            if !self.recursive {
                self.change(&client, address, copying, global, output).await;
                if let Some(signal) = copying.ended_by.get() {
                    return Ok(Exit::Signal(signal));
                }
                continue;
            }
            let prefix = match address.pattern() {
                Pattern::Bucket => String::new(),
                Pattern::Folder(prefix) | Pattern::Prefix(prefix) => prefix.to_owned(),
                Pattern::Object(key) => format!("{key}/"),
            };
            let folder = prefix.rfind('/').and_then(|slash| prefix.get(..=slash)).unwrap_or_default().to_owned();
            let query = Query { prefix, ..Query::new(&address.bucket, Kind::Objects, global.payer()) };
            let mut pages = query.pages(&client);
            while let Some(page) = pages.next().await {
                let is_kept = |found: &Found| {
                    let path = found.name().strip_prefix(&folder).unwrap_or(found.name());
                    filters.keeps(path, found.size(), found.time())
                };
                for found in page?.into_iter().filter(is_kept) {
                    let object = Address { rest: found.name().to_owned(), ..address.clone() };
                    self.change(&client, &object, copying, global, output).await;
                    if let Some(signal) = copying.ended_by.get() {
                        return Ok(Exit::Signal(signal));
                    }
                }
            }
        }
        Ok(changed::exit(output))
    }

    async fn change(&self, client: &Client, address: &Address, copying: &Copying, global: &Global, output: &Output) {
        if self.dry_run {
            let _ = output.line(&Changed::planned("set_props", address, "would change"));
            return;
        }
        match self.set(client, address, copying, global.payer(), output).await {
            Ok(()) => {
                let _ = output.line(&Changed::done("set_props", address, "changed"));
            }
            Err(error) => changed::failed("set_props", address, error, output),
        }
    }

    async fn set(
        &self,
        client: &Client,
        address: &Address,
        copying: &Copying,
        payer: Option<RequestPayer>,
        output: &Output,
    ) -> Result<(), Failure> {
        let (bucket, key) = (address.bucket.as_str(), address.rest.as_str());
        let wanted = self.properties.of(PutObjectRequest::new(bucket, key), payer.clone())?;
        if takes_a_copy(&wanted) {
            copying.onto_itself(client, address, &wanted, payer.clone(), output).await?;
        } else if let Some(acl) = wanted.acl {
            let mut request = PutObjectAclRequest::new(bucket, key, acl);
            request.request_payer.clone_from(&payer);
            client.put_object_acl(request).await?;
        }
        if let Some(tagging) = wanted.tagging {
            let mut request = PutObjectTaggingRequest::new(bucket, key, tagging);
            request.request_payer = payer;
            client.put_object_tagging(request).await?;
        }
        Ok(())
    }
}

/// Whether anything is to be set that only a copy can.
fn takes_a_copy(wanted: &PutObjectRequest) -> bool {
    wanted.storage_class.is_some()
        || wanted.server_side_encryption.is_some()
        || wanted.server_side_encryption_key_id.is_some()
        || changes_headers(wanted)
}

fn changes_headers(wanted: &PutObjectRequest) -> bool {
    wanted.metadata.is_some()
        || wanted.content_type.is_some()
        || wanted.cache_control.is_some()
        || wanted.content_disposition.is_some()
        || wanted.content_encoding.is_some()
        || wanted.expires.is_some()
        || !wanted.headers.is_empty()
}

/// Copies of objects onto themselves. One in parts leaves them on the server unless it is ended in order.
#[derive(Default)]
struct Copying {
    is_under_way: Cell<bool>,
    ended_by: Cell<Option<Signal>>,
}

impl Copying {
    async fn onto_itself(
        &self,
        client: &Client,
        address: &Address,
        wanted: &PutObjectRequest,
        payer: Option<RequestPayer>,
        output: &Output,
    ) -> Result<(), Failure> {
        let (bucket, key) = (address.bucket.as_str(), address.rest.as_str());
        let mut head = HeadObjectRequest::new(bucket, key);
        head.request_payer.clone_from(&payer);
        let head = client.head_object(head).await?;
        // A copy has the ACL of its bucket unless it is told.
        let mut acl = GetObjectAclRequest::new(bucket, key);
        acl.request_payer.clone_from(&payer);
        let acl = client.get_object_acl(acl).await?.acl;
        let request = copy_of(address, wanted, &head, acl, payer);
        let mut signals = Signals::listen().map_err(|error| Failure::new(Other, error.to_string()))?;
        self.is_under_way.set(true);
        let mut handle = client.copier().copy(request).start();
        let signal = tokio::select! {
            biased;
            done = &mut handle => {
                self.is_under_way.set(false);
                return done.map(|_| ()).map_err(|error| Failure::of_change(&error));
            }
            signal = signals.next() => signal,
        };
        self.ended_by.set(Some(signal));
        output.note(format_args!("{signal}: stopping; a second one stops at once"));
        let done = tokio::select! {
            biased;
            done = handle.cancel() => done,
            signal = signals.next() => output.end_at_once(signal),
        };
        done.map(|_| ()).map_err(|error| Failure::of_change(&error))
    }
}

/// The copy with what is wanted, and for the rest what the object has.
fn copy_of(
    address: &Address,
    wanted: &PutObjectRequest,
    head: &HeadObjectResult,
    acl: ObjectAcl,
    payer: Option<RequestPayer>,
) -> CopyObjectRequest {
    let (bucket, key) = (address.bucket.as_str(), address.rest.as_str());
    let mut copy = CopyObjectRequest::new(bucket, key, CopySource::new(bucket, key));
    // Another client may replace the object meanwhile; its properties are not to be put on other content.
    copy.copy_source_if_match.clone_from(&head.etag);
    copy.acl = Some(wanted.acl.clone().unwrap_or(acl));
    copy.storage_class = wanted.storage_class.clone().or_else(|| head.storage_class.clone());
    copy.server_side_encryption = wanted.server_side_encryption.clone().or_else(|| head.server_side_encryption.clone());
    copy.server_side_encryption_key_id =
        wanted.server_side_encryption_key_id.clone().or_else(|| head.server_side_encryption_key_id.clone());
    copy.request_payer = payer;
    if !changes_headers(wanted) {
        return copy;
    }
    copy.metadata_directive = Some(MetadataDirective::Replace);
    copy.content_type = wanted.content_type.clone().or_else(|| head.content_type.clone());
    copy.cache_control = wanted.cache_control.clone().or_else(|| head.cache_control.clone());
    copy.content_disposition = wanted.content_disposition.clone().or_else(|| head.content_disposition.clone());
    copy.content_encoding = wanted.content_encoding.clone().or_else(|| head.content_encoding.clone());
    copy.expires = wanted.expires.clone().or_else(|| head.expires.clone());
    copy.headers.clone_from(&wanted.headers);
    let mut metadata = head.metadata.clone();
    for (name, value) in wanted.metadata.iter().flat_map(Metadata::iter) {
        metadata.insert(name, value);
    }
    copy.metadata = Some(metadata);
    copy
}
