//! The snippets of `docs/guide/client.md`.

use std::time::Duration;

use http_body_util::BodyExt as _;
use ossup::auth::credentials::{AssumeRole, CredentialsSource, EcsRamRole, RoleSession};
use ossup::credentials::RefreshingProvider;
use ossup::{
    BandwidthLimit, Client, Config, Credentials, GetObjectRequest, HeadObjectRequest, ListObjectsV2Request,
    PutObjectRequest, ResponseBody, credentials,
};

use super::client;
use crate::support::plain_http;

#[expect(dead_code, reason = "needs an account")]
fn clients() -> anyhow::Result<[Client; 3]> {
    let client = Client::new(Config::load_default().region("cn-hangzhou"))?;
    let inside = Client::new(Config::load_default().region("cn-hangzhou").use_internal_endpoint(true))?;
    let domain = Config::load_default().region("cn-hangzhou").endpoint("https://files.example.com").use_cname(true);
    let own = Client::new(domain)?;
    Ok([client, inside, own])
}

#[test]
fn sources_of_credentials_are_configured_without_being_asked() {
    let config = Config::default();
    assert!(Client::new(config.region("cn-hangzhou")).is_err(), "there are no credentials by default");
    for config in providers() {
        Client::new(config).unwrap();
    }
}

fn providers() -> [Config; 3] {
    // Variables, profiles, ~/.ossutilconfig, OIDC, the role of the ECS instance, a credentials URI: the first that has some.
    let usual = Config::default().region("cn-hangzhou").credentials_provider(credentials::default_chain());

    // A role, assumed with the credentials of the instance, and assumed again before they expire.
    let role = RoleSession::new("acs:ram::123456789012:role/uploader").duration(Duration::from_secs(3600));
    let source = AssumeRole::new(CredentialsSource::EcsRamRole(EcsRamRole::new()), role);
    let provider = RefreshingProvider::of_source(CredentialsSource::AssumeRole(Box::new(source)));
    let assumed = Config::default().region("cn-hangzhou").credentials_provider(provider);

    // Whatever a function gives.
    let provider = RefreshingProvider::new("vault", || async { Ok(ask_the_vault().await?) });
    let own = Config::default().region("cn-hangzhou").credentials_provider(provider);
    [usual, assumed, own]
}

#[test]
fn temporary_credentials_have_a_token() {
    let credentials = Credentials::new("my-access-key-id", "my-access-key-secret").with_security_token("my-token");
    let temporary = Config::default().region("cn-hangzhou").credentials(credentials);
    Client::new(temporary).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_breaks_a_rule_is_not_signed() {
    let (emulator, client) = client().await;
    for (request, expires, says) in [
        (GetObjectRequest::new("my-bucket", ""), 600, "`key`"),
        (GetObjectRequest::new("my-bucket", "a.txt"), 8 * 24 * 3600, "credentials"),
    ] {
        let error = client.presign(request, Duration::from_secs(expires)).await.unwrap_err();
        assert!(error.to_string().starts_with("GetObject") && error.to_string().contains(says), "{error}");
    }
    assert!(emulator.history().is_empty());
}

#[expect(clippy::unused_async, reason = "a real one asks the network")]
async fn ask_the_vault() -> anyhow::Result<Credentials> {
    Ok(Credentials::new("id", "secret"))
}

fn limited(config: Config) -> anyhow::Result<Client> {
    let limit = BandwidthLimit::new(5 << 20);
    let config = config.upload_bandwidth_limit(limit.clone()).max_concurrency(16);
    let client = Client::new(config)?;
    limit.set(20 << 20); // from now on, also for uploads under way
    Ok(client)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_client_works_like_any_other() {
    let (emulator, _client) = client().await;
    let client = limited(super::config_for(&emulator)).unwrap();
    other_operations(&client).await.unwrap();
    listed(&client).await.unwrap();
}

#[cfg(feature = "metrics")]
mod metrics {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use ossup::Config;
    use ossup::transport::metrics::{AttemptFacts, CallFacts, Recorder};

    struct Counter(AtomicU64);

    impl Recorder for Counter {
        fn call(&self, facts: &CallFacts) {
            println!("{} took {:?}, {} attempts: {:?}", facts.operation, facts.elapsed, facts.attempts, facts.outcome);
        }

        fn attempt(&self, facts: &AttemptFacts) {
            self.0.fetch_add(facts.sent, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_recorder_is_part_of_the_configuration() {
        let config = Config::default().region("cn-hangzhou").anonymous();
        let config = config.recorder(Arc::new(Counter(AtomicU64::new(0))));
        ossup::Client::new(config).unwrap();
    }
}

async fn other_operations(client: &Client) -> anyhow::Result<()> {
    let stored = client.put_object(PutObjectRequest::new("my-bucket", "a.txt").body("all is well")).await?;
    let head = client.head_object(HeadObjectRequest::new("my-bucket", "a.txt")).await?;
    assert_eq!((head.content_length, head.hash_crc64), (Some(11), stored.hash_crc64));

    // The content of an object comes as a stream, whose CRC64 is compared at its end.
    if let ResponseBody::Stream(content) = client.get_object(GetObjectRequest::new("my-bucket", "a.txt")).await?.body {
        let content = content.collect().await.map_err(anyhow::Error::from_boxed)?.to_bytes();
        assert_eq!(content, "all is well");
    }
    Ok(())
}

async fn listed(client: &Client) -> anyhow::Result<()> {
    let photos = ListObjectsV2Request::new("my-bucket").prefix("photos/");
    let mut objects = ossup::items(client.transport().clone(), photos);
    while let Some(object) = objects.next().await {
        println!("{}", object?.key);
    }
    Ok(())
}

async fn signed(client: &Client) -> anyhow::Result<String> {
    let request = GetObjectRequest::new("my-bucket", "a.txt");
    let signed = client.presign(request, Duration::from_secs(600)).await?;
    println!("{} {}", signed.method(), signed.url());
    Ok(signed.url().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_url_works_without_credentials() {
    let (_emulator, client) = client().await;
    other_operations(&client).await.unwrap();
    let url = signed(&client).await.unwrap();
    assert_eq!(plain_http("GET", &url, "", "").await, (200, "all is well".to_owned()));
}

#[cfg(feature = "blocking")]
#[expect(dead_code, reason = "needs an account")]
fn waited(config: Config, request: PutObjectRequest, path: &std::path::Path) -> anyhow::Result<()> {
    let client = ossup::blocking::Client::new(config)?;
    let upload = client.uploader().upload_file(request, path);
    let result = client.wait(upload)?;
    let head = client.call(HeadObjectRequest::new("my-bucket", "films/film.mkv"))?;
    assert_eq!(result.etag, head.etag);
    Ok(())
}
