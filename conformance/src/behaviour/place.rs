//! Where behaviours are tried: an OSS, how it is reached, and what part of it is ours.

use anyhow::{Context, Result, ensure};
use oss_emulator::Fault;
use ossup::{
    AbortMultipartUploadRequest, Client, Config, Credentials, GetBucketVersioningRequest, ListMultipartUploadsRequest,
    ListObjectsV2Request, items,
};
use sim::Simulated;
use tokio::runtime::Runtime;

use crate::server::Server;

/// An OSS, and a prefix of one of its buckets that is ours alone.
pub(super) struct Place {
    name: &'static str,
    service: Service,
    /// How it is reached; the credentials are missing.
    config: Config,
    credentials: Credentials,
    bucket: String,
    prefix: String,
}

/// What runs it, or at least the client.
enum Service {
    Simulated(Simulated),
    Emulated(Server),
    Real(Runtime),
}

const BUCKET: &str = "demo";

impl Place {
    /// The simulation, in simulated time.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(super) fn simulation() -> Result<Self> {
        let simulated = Simulated::new()?;
        Ok(Self {
            name: "simulation",
            config: simulated.config(),
            credentials: Simulated::credentials(),
            bucket: Simulated::BUCKET.to_owned(),
            prefix: prefix(),
            service: Service::Simulated(simulated),
        })
    }

    /// The emulator over TCP, with these faults.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(super) fn emulator(faults: &[Fault]) -> Result<Self> {
        let server = Server::with(|builder| {
            faults.iter().fold(builder.bucket(BUCKET), |builder, fault| builder.fault(fault.clone()))
        })?;
        let (id, secret) = Server::key();
        Ok(Self {
            name: "emulator",
            config: Config::default().endpoint(server.emulator.endpoint()).region(server.emulator.region()),
            credentials: Credentials::new(id, secret),
            bucket: BUCKET.to_owned(),
            prefix: prefix(),
            service: Service::Emulated(server),
        })
    }

    /// The real service, as these variables say; the names of those that are missing.
    ///
    /// # Errors
    /// If the runtime does not start.
    pub(super) fn real(variable: impl Fn(&str) -> Option<String>) -> Result<Result<Self, String>> {
        const REQUIRED: [&str; 4] = ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_REGION", "OSS_BUCKET"];
        let [Some(id), Some(secret), Some(region), Some(bucket)] = REQUIRED.map(&variable) else {
            let missing: Vec<_> = REQUIRED.into_iter().filter(|name| variable(name).is_none()).collect();
            return Ok(Err(missing.join(", ")));
        };
        let mut config = Config::default().region(region);
        if let Some(endpoint) = variable("OSS_ENDPOINT") {
            config = config.endpoint(endpoint);
        }
        let mut credentials = Credentials::new(id, secret);
        if let Some(token) = variable("OSS_SESSION_TOKEN") {
            credentials = credentials.with_security_token(token);
        }
        let service = Service::Real(Runtime::new()?);
        Ok(Ok(Self { name: "real OSS", service, config, credentials, bucket, prefix: prefix() }))
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn is_simulated(&self) -> bool {
        matches!(self.service, Service::Simulated(_))
    }

    pub(super) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What all of our keys begin with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The key that the service knows.
    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// A client with these credentials.
    ///
    /// # Errors
    /// If the configuration cannot be used.
    pub(super) fn client(&self, credentials: Credentials) -> Result<Client> {
        Ok(Client::new(self.config.clone().credentials(credentials))?)
    }

    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.service {
            Service::Simulated(simulated) => simulated.block_on(future),
            Service::Emulated(server) => server.runtime.block_on(future),
            Service::Real(runtime) => runtime.block_on(future),
        }
    }

    /// Whether the bucket has versions: what is removed would stay as one.
    ///
    /// # Errors
    /// If it does not say.
    pub(super) fn has_versions(&self) -> Result<bool> {
        let client = self.client(self.credentials.clone())?;
        let request = GetBucketVersioningRequest::new(&self.bucket);
        let said = self.block_on(async { client.get_bucket_versioning(request).await })?;
        Ok(said.versioning.is_some())
    }

    /// Removes what is below the prefix, and nothing else.
    ///
    /// # Errors
    /// If something cannot be removed.
    pub(super) fn clean(&self) -> Result<()> {
        let client = self.client(self.credentials.clone())?;
        self.block_on(self.clean_with(&client)).with_context(|| {
            format!("{}: what is below oss://{}/{} was not all removed", self.name, self.bucket, self.prefix)
        })
    }

    async fn clean_with(&self, client: &Client) -> Result<()> {
        let listed = ListObjectsV2Request::new(&self.bucket).prefix(&self.prefix);
        let mut objects = items(client.transport().clone(), listed);
        let mut keys = Vec::new();
        while let Some(object) = objects.next().await {
            keys.push(object?.key);
        }
        let listed = ListMultipartUploadsRequest::new(&self.bucket).prefix(&self.prefix);
        let mut uploads = items(client.transport().clone(), listed);
        let mut open = Vec::new();
        while let Some(upload) = uploads.next().await {
            open.push(upload?);
        }
        let is_ours = |key: &String| key.starts_with(&self.prefix);
        ensure!(keys.iter().chain(open.iter().map(|upload| &upload.key)).all(is_ours), "a list has keys of others");
        for upload in open {
            let request = AbortMultipartUploadRequest::new(&self.bucket, upload.key, upload.upload_id);
            client.abort_multipart_upload(request).await?;
        }
        let mut deletions = client.delete_objects(self.bucket.clone(), keys);
        while let Some(outcome) = deletions.next().await {
            outcome.result?;
        }
        Ok(())
    }
}

/// One of its own for each run, so that runs at the same time do not meet.
fn prefix() -> String {
    format!("ossup-behaviour/{:016x}/", fastrand::u64(..))
}
