//! `ossup config check`: says what is used and why, and tries it.

use std::time::{Duration, SystemTime};

use ossup::{ListBucketsRequest, ListObjectsV2Request, http, models};

use super::Fact;
use crate::address::Address;
use crate::credentials::Outcome;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::Output;

/// More than this, and a signature is refused.
const SKEW_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Lists one key of the bucket, or one bucket, and reports each thing that the request depended on.
pub(super) async fn run(bucket: Option<&Address>, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let bucket = bucket.map(Address::bucket_alone).transpose()?;
    let settings = global.settings()?;
    let place = global.place(&settings, bucket);
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    let rows = [("region", place.region), ("endpoint", place.endpoint)];
    let lines: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| Fact::new(name, value.clone(), format!("{name:<12} {}", or_none(&value))))
        .collect();
    let _ = output.lines(&lines);
    let (client, sources) = global.client_and_sources(bucket, output)?;
    let (what, tried) = match bucket {
        Some(name) => {
            let request = ListObjectsV2Request::new(name.as_str()).max_keys(1_u16);
            let tried = client.list_objects_v2(request).await.map(|result| result.headers);
            (format!("oss:ListObjects of oss://{name}"), tried)
        }
        None => {
            let tried = client.list_buckets(ListBucketsRequest::new().max_keys(1_u16)).await;
            ("oss:ListBuckets".to_owned(), tried.map(|result| result.headers))
        }
    };
    let _ = output.lines(&sources.outcomes().into_iter().map(source).collect::<Vec<_>>());
    let server = match &tried {
        Ok(headers) => date(headers),
        Err(error) => error.service().and_then(|refusal| refusal.server_time),
    };
    if let Some(server) = server {
        let text = clock(SystemTime::now(), server);
        let _ = output.line(&Fact::new("clock", Some(text.clone()), format!("{:<12} {text}", "clock")));
    }
    match tried {
        Ok(_) => {
            let text = format!("{:<12} OK: {what} is allowed", "request");
            let _ = output.line(&Fact::new("request", Some("OK".to_owned()), text));
            Ok(Exit::Done)
        }
        Err(error) => {
            let mut failure = Failure::from(&error);
            let meaning = error.code().and_then(meaning).map(|text| format!("; {text}")).unwrap_or_default();
            failure.message = format!("{what}: {}{meaning}", failure.message);
            Err(failure)
        }
    }
}

fn source((name, outcome): (&str, Outcome)) -> Fact {
    let (key, value) = match outcome {
        Outcome::Used => ("credentials", name.to_owned()),
        Outcome::None(why) => ("no source", format!("{name}: {why}")),
        Outcome::NotAsked => ("not asked", name.to_owned()),
    };
    Fact::new(key, Some(value.clone()), format!("{key:<12} {value}"))
}

fn date(headers: &http::HeaderMap) -> Option<SystemTime> {
    models::http_date::parse(headers.get(http::header::DATE)?.to_str().ok()?)
}

/// How the clock of this machine stands to the one of the service.
fn clock(ours: SystemTime, theirs: SystemTime) -> String {
    let (apart, side) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    match apart {
        // The date has whole seconds, and the response took a while.
        apart if apart < Duration::from_secs(5) => "as that of the service".to_owned(),
        apart if apart < SKEW_LIMIT => {
            format!("{} s {side} that of the service, which is close enough", apart.as_secs())
        }
        apart => format!(
            "{} s {side} that of the service, which refuses more than {} s: set the clock of this machine",
            apart.as_secs(),
            SKEW_LIMIT.as_secs()
        ),
    }
}

/// What a refusal says about the configuration.
fn meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessDenied" => {
            "this 403 means that the access key and the signature are right, and that a policy of the user, the role or the \
             bucket does not allow it"
        }
        "InvalidAccessKeyId" => {
            "this 403 means that the service does not know the access key id, or that the key is disabled"
        }
        "SignatureDoesNotMatch" => "this 403 means that the access key id is known, but the secret does not match",
        "InvalidSecurityToken" | "SecurityTokenExpired" => {
            "this 403 means that the token is not, or no longer, the one of this temporary access key"
        }
        "RequestTimeTooSkewed" => "this 403 means that the clocks are more than 15 minutes apart",
        "PublicEndpointForbidden" => {
            "this 403 means that the access key is right, and that the account may not use this endpoint for data"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared_both_ways() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        for (ours, theirs, says) in [
            (1000, 1001, "as that of the service"),
            (1100, 1000, "100 s ahead of that of the service, which is close enough"),
            (1000, 1100, "100 s behind that of the service, which is close enough"),
            (1000, 5000, "4000 s behind that of the service, which refuses more than 900 s: set the clock"),
        ] {
            assert!(clock(at(ours), at(theirs)).starts_with(says), "{}", clock(at(ours), at(theirs)));
        }
    }

    #[test]
    fn a_403_means_something_by_its_code() {
        for (code, says) in [
            ("AccessDenied", "the signature are right"),
            ("InvalidAccessKeyId", "does not know the access key id"),
            ("SignatureDoesNotMatch", "the secret does not match"),
            ("SecurityTokenExpired", "no longer"),
            ("RequestTimeTooSkewed", "15 minutes"),
            ("PublicEndpointForbidden", "may not use this endpoint"),
        ] {
            assert!(meaning(code).unwrap().contains(says), "{code}");
        }
        assert_eq!(meaning("InternalError"), None);
    }
}
