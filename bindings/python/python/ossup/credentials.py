"""Where credentials come from."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .exceptions import CredentialsEmptyError
from .types import Credentials, CredentialsProvider


class AnonymousCredentialsProvider(CredentialsProvider):
    """No credentials: requests are not signed. For buckets that everyone may read or write."""

    def __init__(self) -> None:
        self._credentials = Credentials("", "")

    def get_credentials(self) -> Credentials:
        """Returns credentials without keys."""
        return self._credentials


class StaticCredentialsProvider(CredentialsProvider):
    """Credentials that are known from the start."""

    def __init__(self, access_key_id: str, access_key_secret: str, security_token: str | None = None) -> None:
        self._credentials = Credentials(access_key_id, access_key_secret, security_token)

    def get_credentials(self) -> Credentials:
        """Returns the credentials."""
        return self._credentials


class EnvironmentVariableCredentialsProvider(CredentialsProvider):
    """Credentials from `OSS_ACCESS_KEY_ID`, `OSS_ACCESS_KEY_SECRET` and, if it is set, `OSS_SESSION_TOKEN`; read once, now.

    Raises `CredentialsEmptyError` if one of the first two is missing.
    """

    def __init__(self) -> None:
        key_id = os.getenv("OSS_ACCESS_KEY_ID", "")
        secret = os.getenv("OSS_ACCESS_KEY_SECRET", "")
        if not key_id or not secret:
            raise CredentialsEmptyError()
        self._credentials = Credentials(key_id, secret, os.getenv("OSS_SESSION_TOKEN"))

    def get_credentials(self) -> Credentials:
        """Returns the credentials."""
        return self._credentials


class CredentialsProviderFunc(CredentialsProvider):
    """Credentials that a function gives, which is called for each attempt of a request."""

    def __init__(self, func: Callable[[], Credentials]) -> None:
        self._func = func

    def get_credentials(self) -> Credentials:
        """Returns what the function gives."""
        return self._func()


def _keys(credentials: Any) -> tuple[str, str, str | None, float | None] | None:
    """The keys as the extension module takes them; of any class with the attributes of `Credentials`."""
    if not credentials.access_key_id and not credentials.access_key_secret:
        return None
    if not credentials.access_key_id or not credentials.access_key_secret:
        raise CredentialsEmptyError()
    expiration = getattr(credentials, "expiration", None)
    seconds = expiration.timestamp() if expiration is not None else None
    return credentials.access_key_id, credentials.access_key_secret, credentials.security_token or None, seconds


_FIXED = (AnonymousCredentialsProvider, StaticCredentialsProvider, EnvironmentVariableCredentialsProvider)


def _provider(provider: Any) -> Any:
    """The keys of a provider that never gives others, or a function that asks it."""
    if provider is None:
        return _keys(EnvironmentVariableCredentialsProvider().get_credentials())
    if type(provider).__name__ in {cls.__name__ for cls in _FIXED}:
        return _keys(provider.get_credentials())
    return _Ask(provider)


class _Ask:
    def __init__(self, provider: Any) -> None:
        self._provider = provider

    def __call__(self) -> tuple[str, str, str | None, float | None] | None:
        return _keys(self._provider.get_credentials())
