//! OSS ignores `--if-none-match` in a bucket whose versioning is enabled or suspended, so there it would replace an object.

use ossup::{BucketName, Client, GetBucketVersioningRequest};

use crate::failure::Failure;
use crate::output::Output;

/// Refuses to go on if the bucket has, or had, versioning. A right that only this question takes is not required: without it,
/// a warning says what is not known.
pub(crate) async fn refuse_if_versioned(client: &Client, bucket: &BucketName, output: &Output) -> Result<(), Failure> {
    match client.get_bucket_versioning(GetBucketVersioningRequest::new(bucket.as_str())).await {
        Ok(result) => match result.versioning {
            None => Ok(()),
            Some(status) => Err(Failure::refused(format!(
                "the versioning of oss://{bucket} is {status}, where OSS ignores --if-none-match: nothing was copied; leave it \
                 out, and a new version hides the old one, or use --ignore-existing, which looks first"
            ))),
        },
        // What the bucket says to this it says to the upload too.
        Err(error) if error.code() == Some("NoSuchBucket") => Ok(()),
        Err(error) => {
            output.warn(format!(
                "it could not be found out whether oss://{bucket} has versioning, with which OSS ignores --if-none-match: {error}"
            ));
            Ok(())
        }
    }
}
