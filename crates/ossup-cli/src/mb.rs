//! `ossup mb`.

use clap::Args;
use ossup::{BucketAcl, CreateBucketConfiguration, DataRedundancyType, PutBucketRequest, StorageClass};
use serde::Serialize;

use crate::address::Address;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::{Line, Output, Totals};

#[derive(Args)]
pub(crate) struct Mb {
    /// The bucket, as oss://BUCKET.
    bucket: Address,
    /// Who may read and write it: private, public-read or public-read-write. Default: private.
    #[arg(long)]
    acl: Option<String>,
    /// Storage class of objects that name none, such as Standard, IA or Archive. Default: Standard.
    #[arg(long, value_name = "CLASS")]
    storage_class: Option<String>,
    /// Over how many zones its objects are spread: LRS (one) or ZRS (several). Default: LRS.
    #[arg(long, value_name = "TYPE")]
    redundancy_type: Option<String>,
}

/// A bucket that was created.
#[derive(Serialize)]
struct Created {
    op: &'static str,
    status: &'static str,
    bucket: String,
}

impl Line for Created {
    fn text(&self) -> Option<String> {
        Some(format!("created oss://{}", self.bucket))
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
    }
}

impl Mb {
    /// Creates the bucket.
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let bucket = self.bucket.bucket_alone()?;
        let mut request = PutBucketRequest::new(bucket.as_str());
        request.acl = self.acl.as_deref().map(BucketAcl::from);
        if self.storage_class.is_some() || self.redundancy_type.is_some() {
            let mut configuration = CreateBucketConfiguration::new();
            configuration.storage_class = self.storage_class.as_deref().map(StorageClass::from);
            configuration.data_redundancy_type = self.redundancy_type.as_deref().map(DataRedundancyType::from);
            request.configuration = Some(configuration);
        }
        global.client_of(bucket, output)?.put_bucket(request).await?;
        let _ = output.line(&Created { op: "create_bucket", status: "done", bucket: bucket.to_string() });
        Ok(Exit::Done)
    }
}
