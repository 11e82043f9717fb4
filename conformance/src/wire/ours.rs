//! Our client's half of each scenario.

mod operations;
mod uploads;

use anyhow::Result;
use ossup::transport::Proxy;
use ossup::{Client, Config, Credentials, Metadata, PutObjectRequest, SignatureVersion, Tagging, Transport};

use super::scenario::{Act, Scene};

/// Does what `act` says.
///
/// # Errors
/// If our client does not come to the end.
pub(super) async fn play(act: Act, scene: &Scene) -> Result<()> {
    match act {
        Act::UploadFile => uploads::file(scene).await,
        Act::UploadStream => uploads::stream(scene).await,
        Act::UploadPipe => uploads::pipe(scene).await,
        Act::FailUpload => uploads::failing(scene).await,
        Act::ResumeUpload => uploads::resumed(scene).await,
        Act::Operations => operations::every(&client(scene)?).await,
        Act::OperationsV1 => operations::every(&client_v1(scene)?).await,
        Act::OperationsByDomain => operations::every(&client_by_domain(scene)?).await,
    }
}

/// `FIELDS` of `theirs.py`: what every upload carries, so that each field's way into the requests is seen.
fn with_fields(request: PutObjectRequest) -> PutObjectRequest {
    request
        .metadata(Metadata::from([("colour", "blue"), ("with-dash", "a b")]))
        .tagging(Tagging::new().tag("stage", "raw").tag("team", "a b"))
        .storage_class("IA")
        .acl("private")
        .cache_control("no-cache")
        .content_disposition("inline")
        .content_encoding("identity")
        .expires("Wed, 08 Jul 2037 16:57:01 GMT")
        .server_side_encryption("AES256")
        .forbid_overwrite(false)
        .traffic_limit(838_860_800)
        .request_payer("requester")
}

fn client(scene: &Scene) -> Result<Client> {
    Ok(Client::new(config(scene).endpoint(scene.recorder.url()))?)
}

fn client_v1(scene: &Scene) -> Result<Client> {
    let config = config(scene).endpoint(scene.recorder.url()).signature_version(SignatureVersion::V1);
    Ok(Client::new(config)?)
}

/// By the public domain, through an HTTP proxy.
fn client_by_domain(scene: &Scene) -> Result<Client> {
    let domain = format!("http://oss-{}.aliyuncs.com", scene.server.emulator.region());
    Ok(Client::new(config(scene).endpoint(domain).proxy(Proxy::parse(&scene.recorder.url())?))?)
}

/// One try for each request, so that a fault shows in one request.
fn config(scene: &Scene) -> Config {
    let (id, secret) = scene.server.emulator.credentials();
    Transport::builder()
        .region(scene.server.emulator.region())
        .credentials(Credentials::new(id, secret))
        .max_attempts(1)
}
