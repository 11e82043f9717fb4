"""The configuration of a client."""

from __future__ import annotations

from typing import Any

from .exceptions import ConfigError, ParamInvalidError
from .types import CredentialsProvider

# Options of the official package that have no meaning here, with the reason.
_REFUSED = {
    "retryer": "attempts are the engine's; set `retry_max_attempts`",
    "http_client": "connections are the engine's",
    "insecure_skip_verify": "certificates are always checked; trust the server's authority with `ca_file`",
    "enabled_redirect": "redirects are never followed: the request is signed for one host",
    "use_virtual_hosted_alias": "there is no such address style here",
}

# Options that the extension module does not take: handled here, or of no meaning for objects.
_NOT_PASSED = {"credentials_provider", "default_request_headers", "account_id", *_REFUSED}


class Config:
    """Every option of a client; `None` is the default.

    region: Region of the buckets, such as `cn-hangzhou`.
    endpoint: Where requests go, `[http://|https://]host[:port]`. Default: the public endpoint of the region.
    signature_version: `v4` or `v1`. Default `v4`.
    credentials_provider: Gives the credentials. Default: the environment variables.
    retry_max_attempts: Attempts of a request in all. Default 3.
    connect_timeout: Limit for a connection with its TLS handshake, in seconds. Default 5; `load_default` sets 10.
    readwrite_timeout: Longest time without a byte moved, in seconds. Default 20.
    use_internal_endpoint, use_accelerate_endpoint, use_dualstack_endpoint: Which endpoint of the region is used.
    use_cname, use_path_style: How the bucket is addressed. Default: as a name in front of the host.
    disable_ssl: Whether to use plain HTTP where the endpoint names no scheme. Default no.
    proxy_host: Proxy for all requests, such as `http://10.10.1.10:3128`.
    disable_upload_crc64_check, disable_download_crc64_check: Whether to transfer without comparing CRC64. Default no.
    additional_headers: Headers to sign besides those that are signed anyway.
    user_agent: Text that is appended to `User-Agent`.
    default_request_headers: Headers for every request; those of a request win.
    ca_file: PEM file with certificate authorities to trust besides the system's. Not in the official package.
    """

    def __init__(
        self,
        region: str | None = None,
        endpoint: str | None = None,
        signature_version: str | None = None,
        credentials_provider: CredentialsProvider | None = None,
        retry_max_attempts: int | None = None,
        retryer: Any = None,
        http_client: Any = None,
        connect_timeout: float | None = None,
        readwrite_timeout: float | None = None,
        use_dualstack_endpoint: bool | None = None,
        use_accelerate_endpoint: bool | None = None,
        use_internal_endpoint: bool | None = None,
        disable_ssl: bool | None = None,
        insecure_skip_verify: bool | None = None,
        enabled_redirect: bool | None = None,
        use_cname: bool | None = None,
        use_path_style: bool | None = None,
        proxy_host: str | dict[str, str] | None = None,
        disable_upload_crc64_check: bool | None = None,
        disable_download_crc64_check: bool | None = None,
        additional_headers: list[str] | None = None,
        user_agent: str | None = None,
        cloud_box_id: str | None = None,
        enable_auto_detect_cloud_box_id: bool | None = None,
        account_id: str | None = None,
        use_virtual_hosted_alias: bool | None = None,
        default_request_headers: dict[str, str] | None = None,
        ca_file: str | None = None,
    ) -> None:
        self.region = region
        self.endpoint = endpoint
        self.signature_version = signature_version
        self.credentials_provider = credentials_provider
        self.retry_max_attempts = retry_max_attempts
        self.retryer = retryer
        self.http_client = http_client
        self.connect_timeout = connect_timeout
        self.readwrite_timeout = readwrite_timeout
        self.use_dualstack_endpoint = use_dualstack_endpoint
        self.use_accelerate_endpoint = use_accelerate_endpoint
        self.use_internal_endpoint = use_internal_endpoint
        self.disable_ssl = disable_ssl
        self.insecure_skip_verify = insecure_skip_verify
        self.enabled_redirect = enabled_redirect
        self.use_cname = use_cname
        self.use_path_style = use_path_style
        self.proxy_host = proxy_host
        self.disable_upload_crc64_check = disable_upload_crc64_check
        self.disable_download_crc64_check = disable_download_crc64_check
        self.additional_headers = additional_headers
        self.user_agent = user_agent
        self.cloud_box_id = cloud_box_id
        self.enable_auto_detect_cloud_box_id = enable_auto_detect_cloud_box_id
        self.account_id = account_id
        self.use_virtual_hosted_alias = use_virtual_hosted_alias
        self.default_request_headers = default_request_headers
        self.ca_file = ca_file

    def __repr__(self) -> str:
        known = {name: value for name, value in vars(self).items() if value is not None}
        shown = {name: value for name, value in known.items() if name != "credentials_provider"}
        return f"<Config {shown}>"


def load_default() -> Config:
    """Returns the configuration that the official package begins with: V4 signatures, limits of 10 s and 20 s."""
    return Config(signature_version="v4", connect_timeout=10, readwrite_timeout=20)


def _options(config: Any) -> dict[str, Any]:
    """The options that are set, as the extension module takes them; of any class with the attributes of `Config`."""
    for name, reason in _REFUSED.items():
        if getattr(config, name, None):
            raise ConfigError(text=f"`{name}` is not supported: {reason}")
    options = {name: getattr(config, name, None) for name in vars(Config()) if name not in _NOT_PASSED}
    proxy = options.get("proxy_host")
    if isinstance(proxy, dict):
        hosts = {host for host in proxy.values() if host}
        if len(hosts) > 1:
            raise ParamInvalidError(field="proxy_host", text="`proxy_host` must name one proxy for both schemes")
        options["proxy_host"] = hosts.pop() if hosts else None
    if options["proxy_host"] is None:
        options["proxy_from_environment"] = True
    return options
