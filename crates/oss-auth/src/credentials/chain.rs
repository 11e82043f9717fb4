//! Several sources, one after another.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use super::environment::Environment;
use super::error::{ChainReport, CredentialsError, SourceKind};
use super::exchange::{Event, Exchange, Step};
use super::profile::{self, Profile};
use super::source::{AssumeRoleWithOidc, CredentialsSource, CredentialsUri, EcsRamRole};

/// The first of several sources that has credentials.
///
/// The one that had them is asked again from then on, alone, also by clones of the chain: a program does not change its
/// identity half-way because a metadata service had a bad moment.
#[derive(Clone, Debug)]
pub struct Chain {
    links: Arc<[Link]>,
    chosen: Arc<OnceLock<usize>>,
    report: Arc<Mutex<Option<ChainReport>>>,
}

#[derive(Debug)]
struct Link {
    kind: SourceKind,
    /// What the configuration said when the chain was made.
    source: Result<CredentialsSource, Arc<CredentialsError>>,
}

impl Chain {
    /// These sources, in order.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = CredentialsSource>) -> Self {
        Self::of_configured(sources.into_iter().map(|source| (source.kind(), Ok(source))))
    }

    /// These sources, in order, under the names that errors give them; one that is not configured, or wrongly, with the
    /// reason, which becomes part of the error if no other has credentials.
    #[must_use]
    pub fn of_configured(
        links: impl IntoIterator<Item = (SourceKind, Result<CredentialsSource, CredentialsError>)>,
    ) -> Self {
        let links = links.into_iter().map(|(kind, source)| Link { kind, source: source.map_err(Arc::new) });
        Self { links: links.collect(), chosen: Arc::default(), report: Arc::default() }
    }

    /// The usual sources, as `environment` configures them:
    ///
    /// 1. `OSS_*` variables;
    /// 2. `ALIBABA_CLOUD_*` variables;
    /// 3. AssumeRoleWithOIDC, if its three variables are set;
    /// 4. the CLI profile `~/.aliyun/config.json`, unless `ALIBABA_CLOUD_CLI_PROFILE_DISABLED` is `true`;
    /// 5. the ini profile `~/.alibabacloud/credentials`;
    /// 6. `~/.ossutilconfig`;
    /// 7. the role of the ECS instance, unless `ALIBABA_CLOUD_ECS_METADATA_DISABLED` is `true`;
    /// 8. the credentials URI, if `ALIBABA_CLOUD_CREDENTIALS_URI` is set.
    ///
    /// Variables and files are read here and now; call again to read them again.
    #[must_use]
    pub fn standard(environment: &Environment) -> Self {
        let profile = Profile::from_environment(environment);
        let unless = |variable: &str, kind, source: Result<CredentialsSource, CredentialsError>| {
            if environment.is_true(variable) {
                Err(CredentialsError::NotConfigured { kind, missing: format!("{variable} is true") })
            } else {
                source
            }
        };
        Self::of_configured([
            (SourceKind::OssEnvironment, environment.oss_credentials().map(Into::into)),
            (SourceKind::AlibabaCloudEnvironment, environment.alibaba_cloud_credentials().map(Into::into)),
            (
                SourceKind::AssumeRoleWithOidc,
                AssumeRoleWithOidc::from_environment(environment).map(CredentialsSource::AssumeRoleWithOidc),
            ),
            (
                SourceKind::CliProfile,
                unless(
                    "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
                    SourceKind::CliProfile,
                    profile::cli::read(environment, &profile),
                ),
            ),
            (SourceKind::IniProfile, profile::ini::read(environment, &profile)),
            (SourceKind::OssutilConfig, profile::ossutil::read(environment, &profile)),
            (
                SourceKind::EcsRamRole,
                unless(
                    "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
                    SourceKind::EcsRamRole,
                    Ok(CredentialsSource::EcsRamRole(EcsRamRole::from_environment(environment))),
                ),
            ),
            (SourceKind::Uri, CredentialsUri::from_environment(environment).map(CredentialsSource::Uri)),
        ])
    }

    /// The source that had credentials, once one had.
    #[must_use]
    pub fn chosen(&self) -> Option<SourceKind> {
        self.chosen.get().and_then(|index| self.links.get(*index)).map(|link| link.kind)
    }

    /// What each source said when all were asked, up to the one that had credentials; those behind it were not asked.
    /// `None` before the first time.
    #[must_use]
    pub fn report(&self) -> Option<ChainReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep_report(&self, report: &ChainReport) {
        *self.report.lock().unwrap_or_else(PoisonError::into_inner) = Some(report.clone());
    }

    pub(super) fn exchange(&self) -> ChainExchange {
        ChainExchange {
            chain: self.clone(),
            index: self.chosen.get().copied().unwrap_or_default(),
            current: None,
            report: ChainReport::default(),
            found: false,
        }
    }
}

/// Asks one source after another.
pub(super) struct ChainExchange {
    chain: Chain,
    index: usize,
    current: Option<Exchange>,
    report: ChainReport,
    found: bool,
}

impl ChainExchange {
    pub(super) fn report(&self) -> &ChainReport {
        &self.report
    }

    pub(super) fn next(&mut self, now: SystemTime) -> Result<Step, CredentialsError> {
        loop {
            let Some(link) = self.chain.links.get(self.index) else {
                self.chain.keep_report(&self.report);
                return Err(CredentialsError::Chain(self.report.clone()));
            };
            let kind = link.kind;
            if self.current.is_none() {
                match &link.source {
                    Ok(source) => self.current = Some(source.exchange()),
                    Err(error) => {
                        self.report.push(kind, Some(Arc::clone(error)));
                        self.index += 1;
                    }
                }
            }
            let Some(current) = &mut self.current else { continue };
            match current.next(now) {
                Ok(Step::Done(credentials)) => {
                    if !self.found {
                        self.found = true;
                        self.report.push(kind, None);
                        // Another exchange may have been faster: then its choice stands.
                        if self.chain.chosen.set(self.index).is_ok() {
                            self.chain.keep_report(&self.report);
                        }
                    }
                    return Ok(Step::Done(credentials));
                }
                Ok(step) => return Ok(step),
                Err(error) => self.give_up(error)?,
            }
        }
    }

    pub(super) fn on_event(&mut self, event: Event<'_>) -> Result<(), CredentialsError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        match current.on_event(event) {
            Ok(()) => Ok(()),
            Err(error) => self.give_up(error),
        }
    }

    /// The current source failed: on to the next, unless this one was chosen before.
    fn give_up(&mut self, error: CredentialsError) -> Result<(), CredentialsError> {
        if self.chain.chosen.get() == Some(&self.index) {
            return Err(error);
        }
        if let Some(link) = self.chain.links.get(self.index) {
            self.report.push(link.kind, Some(Arc::new(error)));
        }
        self.current = None;
        self.index += 1;
        Ok(())
    }
}
