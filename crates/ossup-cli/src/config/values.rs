//! Which values of the configuration no command could use.

use std::str::FromStr as _;

use ossup::auth::{Product, V4Signer};
use ossup::transport::Endpoint;

use crate::cp::{parse_jobs, parse_parallel};
use crate::credentials::Mode;
use crate::global::{AddressingStyle, LogLevel, parse_attempts, word};
use crate::size::Size;
use crate::time::Time;

/// Why the value of this key is none. The formats of output are more for ossutil, which reads the same file.
pub(super) fn check(key: &str, value: &str) -> Result<(), String> {
    match key {
        "endpoint" => Endpoint::parse(value).map(drop).map_err(|error| error.to_string()),
        "region" => V4Signer::new(value, Product::OSS).map(drop).map_err(|error| error.to_string()),
        "mode" => word::<Mode>(value).map(drop),
        "addressing-style" => word::<AddressingStyle>(value).map(drop),
        "loglevel" => word::<LogLevel>(value).map(drop),
        "sign-version" if !["v1", "v4"].contains(&value.to_ascii_lowercase().as_str()) => {
            Err(format!("{value:?} is neither v1 nor v4"))
        }
        "connect-timeout" | "read-timeout" => Time::from_str(value).map(drop),
        "retry-times" => parse_attempts(value).map(drop),
        "job" => parse_jobs(value).map(drop),
        "parallel" => parse_parallel(value).map(drop),
        "part-size" | "bigfile-threshold" => Size::from_str(value).map(drop),
        _ => Ok(()),
    }
}
