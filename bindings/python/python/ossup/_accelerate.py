"""The official package's upload, download and copy managers, carried out by our engine."""

from __future__ import annotations

from typing import Any

from . import _log, _ossup, models
from .config import _options
from .copier import Copier
from .credentials import _provider
from .downloader import Downloader
from .exceptions import BaseError
from .uploader import Uploader

_MANAGERS = ("uploader", "downloader", "copier")
_originals: dict[str, Any] = {}


def accelerate(target: Any = True) -> Any:
    """Lets the official package's managers run on our engine, with its results, errors and configuration.

    Without an argument, for all of its clients; with a client, for that one alone, which is returned. `accelerate(False)`
    undoes the former. Every other method of a client stays as it is.
    """
    if target is True or target is False:
        _patch(target)
        return None
    for name in _MANAGERS:
        setattr(target, name, _Manager(target, name))
    return target


def _patch(on: bool) -> None:
    import alibabacloud_oss_v2 as official

    if on and not _originals:
        for name in _MANAGERS:
            _originals[name] = getattr(official.Client, name)
            setattr(official.Client, name, _method(name))
    elif not on:
        for name, method in _originals.items():
            setattr(official.Client, name, method)
        _originals.clear()


def _method(name: str) -> Any:
    def manager(self: Any, **kwargs: Any) -> Any:
        return _make(self, name, kwargs)

    manager.__name__ = name
    manager.__doc__ = f"Creates the official package's {name}, carried out by ossup."
    return manager


class _Manager:
    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def __call__(self, **kwargs: Any) -> Any:
        return _make(self._client, self._name, kwargs)


class _Engine:
    """What our managers need of a client, over the configuration of an official one."""

    def __init__(self, client: Any) -> None:
        self._config = client._client._config
        self._headers = dict(getattr(self._config, "default_request_headers", None) or {})
        self._connected = _ossup.Client(_options(self._config), _provider(self._config.credentials_provider))

    def _core(self) -> _ossup.Client:
        _log.follow()
        return self._connected

    def _draft(self, request: Any) -> models.Draft:
        return models.draft(request, self._headers)


def _make(client: Any, name: str, options: dict[str, Any]) -> Any:
    engine = client.__dict__.get("_ossup_engine")
    if engine is None:
        engine = client.__dict__["_ossup_engine"] = _Engine(client)
    return {"uploader": _Uploads, "downloader": _Downloads, "copier": _Copies}[name](engine, options)


class _Uploads:
    """The official uploader's methods."""

    def __init__(self, engine: Any, options: dict[str, Any]) -> None:
        self._manager = Uploader(engine, **options)

    def upload_file(self, request: Any, filepath: Any, **kwargs: Any) -> Any:
        return _official("UploadResult", self._manager.upload_file, request, filepath, **kwargs)

    def upload_from(self, request: Any, reader: Any, **kwargs: Any) -> Any:
        return _official("UploadResult", self._manager.upload_from, request, reader, **kwargs)


class _Downloads:
    """The official downloader's methods."""

    def __init__(self, engine: Any, options: dict[str, Any]) -> None:
        # The official default, which is a file beside the target in our engine in any case.
        self._manager = Downloader(engine, **{k: v for k, v in options.items() if k != "use_temp_file"})

    def download_file(self, request: Any, filepath: Any, **kwargs: Any) -> Any:
        kwargs.pop("use_temp_file", None)
        return _official("DownloadResult", self._manager.download_file, request, filepath, **kwargs)

    def download_to(self, request: Any, writer: Any, **kwargs: Any) -> Any:
        kwargs.pop("use_temp_file", None)
        return _official("DownloadResult", self._manager.download_to, request, writer, **kwargs)


class _Copies:
    """The official copier's method."""

    def __init__(self, engine: Any, options: dict[str, Any]) -> None:
        self._manager = Copier(engine, **options)

    def copy(self, request: Any, **kwargs: Any) -> Any:
        return _official("CopyResult", self._manager.copy, request, **kwargs)


def _official(result: str, call: Any, *args: Any, **kwargs: Any) -> Any:
    """Makes a call with our manager; its result and its errors are of the official classes."""
    import alibabacloud_oss_v2 as official
    from alibabacloud_oss_v2.types import CaseInsensitiveDict

    try:
        ours = call(*args, **kwargs)
    except BaseError as error:
        raise _error(error) from error
    theirs = official.DownloadResult(None) if result == "DownloadResult" else getattr(official, result)()
    for name, value in vars(ours).items():
        setattr(theirs, name, CaseInsensitiveDict(value.items()) if name == "headers" else value)
    return theirs


def _error(error: Any) -> Any:
    import alibabacloud_oss_v2 as official

    cls = type(error)
    name = cls.__name__
    theirs = getattr(official.exceptions, name, None) or getattr(official, name, None)
    if theirs is None:
        return error
    kwargs = {key: _error(value) if isinstance(value, BaseError) else value for key, value in error.kwargs.items()}
    kwargs.setdefault("upload_id", "")
    made = theirs(**_Defaults(kwargs))
    made.args = error.args
    return made


class _Defaults(dict[str, Any]):
    """Facts for a message of the official package; those that we do not have are empty."""

    def __init__(self, facts: dict[str, Any]) -> None:
        names = ("path", "error", "field", "filepath", "client_crc", "server_crc", "name", "code", "message", "ec")
        more = ("status_code", "request_id", "timestamp", "request_target")
        super().__init__({**dict.fromkeys((*names, *more), ""), **facts})
