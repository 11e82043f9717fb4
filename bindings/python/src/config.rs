//! The configuration of a client, from the options that the Python `Config` has set.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ossup::transport::Proxy;
use ossup::{Config, SignatureVersion};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::credentials::{PythonProvider, credentials};

/// A configuration of these options; those that are `None` keep their defaults. `provider` is a function, a tuple of keys, or
/// nothing for anonymous requests.
pub(crate) fn config(options: &Bound<'_, PyDict>, provider: &Bound<'_, PyAny>) -> PyResult<Config> {
    let mut config = Config::default();
    config = if provider.is_none() {
        config.anonymous()
    } else if provider.is_callable() {
        config.credentials_provider(PythonProvider(Arc::new(provider.clone().unbind())))
    } else {
        config.credentials(credentials(provider.extract()?))
    };
    for (name, value) in options {
        if value.is_none() {
            continue;
        }
        let name: String = name.extract()?;
        config = set(config, &name, &value)
            .map_err(|error| PyValueError::new_err(format!("`{name}` cannot be used: {}", error.value(value.py()))))?;
    }
    Ok(config)
}

fn set(config: Config, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Config> {
    let seconds = || value.extract::<f64>().map(Duration::from_secs_f64);
    Ok(match name {
        "region" => config.region(value.extract::<String>()?),
        "endpoint" => config.endpoint(value.extract::<String>()?),
        "signature_version" => config.signature_version(match value.extract::<String>()?.as_str() {
            "v4" => SignatureVersion::V4,
            "v1" => SignatureVersion::V1,
            other => return Err(PyValueError::new_err(format!("must be v4 or v1, got {other:?}"))),
        }),
        "retry_max_attempts" => config.max_attempts(value.extract()?),
        "connect_timeout" => config.connect_timeout(seconds()?),
        "readwrite_timeout" => config.read_write_timeout(seconds()?),
        "use_dualstack_endpoint" => config.use_dualstack_endpoint(value.extract()?),
        "use_accelerate_endpoint" => config.use_accelerate_endpoint(value.extract()?),
        "use_internal_endpoint" => config.use_internal_endpoint(value.extract()?),
        "disable_ssl" => config.disable_ssl(value.extract()?),
        "use_cname" => config.use_cname(value.extract()?),
        "use_path_style" => config.use_path_style(value.extract()?),
        "proxy_host" => config.proxy(
            Proxy::parse(&value.extract::<String>()?).map_err(|error| PyValueError::new_err(error.to_string()))?,
        ),
        "proxy_from_environment" => config.proxy_from_environment(value.extract()?),
        "disable_upload_crc64_check" => config.disable_upload_crc64_check(value.extract()?),
        "disable_download_crc64_check" => config.disable_download_crc64_check(value.extract()?),
        "additional_headers" => config.additional_headers(value.extract::<Vec<String>>()?),
        "user_agent" => config.user_agent(value.extract::<String>()?),
        "cloud_box_id" => config.cloud_box_id(value.extract::<String>()?),
        "enable_auto_detect_cloud_box_id" => config.enable_auto_detect_cloud_box_id(value.extract()?),
        "ca_file" => config.ca_file(value.extract::<PathBuf>()?),
        _ => return Err(PyValueError::new_err("there is no such option")),
    })
}
