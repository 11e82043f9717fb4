"""The download manager."""

from __future__ import annotations

import os
from typing import Any

from .exceptions import BaseError, DownloadError, OperationError, ParamInvalidError
from .types import CaseInsensitiveDict
from .uploader import check, given

__all__ = ["DownloadError", "DownloadResult", "Downloader"]

_OPTIONS = (
    "part_size",
    "parallel_num",
    "block_size",
    "use_temp_file",
    "enable_checkpoint",
    "checkpoint_dir",
    "verify_data",
    "require_verification",
    "part_attempts",
    "forbid_overwrite",
)


class DownloadResult:
    """An object, or a range of it, that was downloaded.

    written: Bytes downloaded.
    etag, hash_crc64, version_id, headers, request_id: Of the object.
    verified: `crc64` if the content was compared with the service's CRC64, else `no`: there is none of a range.
    resumed_bytes: Bytes that an earlier run had downloaded.
    """

    def __init__(self, written: int | None = None) -> None:
        self.written = written
        self.etag: str | None = None
        self.hash_crc64: str | None = None
        self.version_id: str | None = None
        self.headers: Any = {}
        self.request_id: str | None = None
        self.verified = "no"
        self.resumed_bytes = 0
        self.parts_fetched = 0

    def __repr__(self) -> str:
        return f"<DownloadResult {self.written} bytes, verified: {self.verified}>"


def fill(facts: dict[str, Any]) -> DownloadResult:
    """A result of a download."""
    result = DownloadResult()
    for name, value in facts.items():
        setattr(result, name, value)
    result.headers = CaseInsensitiveDict(facts["headers"])
    return result


class Downloader:
    """Downloads objects. Options hold for every download; those of one call win.

    part_size: Size of each part in bytes, 100 KiB to 5 GiB. Default 6 MiB.
    parallel_num: Parts of one download in flight at a time. Default 3.
    enable_checkpoint: Whether a record is kept, so that another run resumes where this one ended. Default no; only
        `download_file`.
    checkpoint_dir: Folder for the records. Default: a folder of this user for state.
    verify_data: Accepted as in the official package; content is always verified.
    use_temp_file: Accepted as in the official package; a file is always written beside its target first, so `False` is
        refused.
    block_size: Accepted as in the official package; without effect.
    """

    def __init__(self, client: Any, **kwargs: Any) -> None:
        self._client = client
        self._options = _engine(kwargs)

    def download_file(self, request: Any, filepath: str | os.PathLike[str], **kwargs: Any) -> DownloadResult:
        """Downloads an object to a file, which has its old content until all of the new one is there and verified."""
        return self._download_file(request, filepath, kwargs, None)

    def download_to(self, request: Any, writer: Any, **kwargs: Any) -> DownloadResult:
        """Downloads an object to anything that has `write`.

        It has bytes before all of them are verified; an error says that they are not those of the object.
        """
        return self._download_to(request, writer, kwargs, None)

    def _download_file(self, request: Any, filepath: Any, options: dict[str, Any], cancel: Any) -> DownloadResult:
        check(request)
        path = os.fspath(filepath)
        if not path:
            raise ParamInvalidError(field="filepath")
        path = os.path.abspath(path)
        progress = getattr(request, "progress_fn", None)
        core, draft = self._client._core(), self._client._draft(request)
        try:
            return fill(core.download(draft, path, self._options | _engine(options), progress, cancel))
        except DownloadError as error:
            error.path = path
            error.kwargs["path"] = path
            failure = _as_official(error)
        raise failure

    def _download_to(self, request: Any, writer: Any, options: dict[str, Any], cancel: Any) -> DownloadResult:
        check(request)
        merged = self._options | _engine(options)
        for name in ("enable_checkpoint", "checkpoint_dir", "forbid_overwrite"):
            merged.pop(name, None)
        progress = getattr(request, "progress_fn", None)
        failure: BaseError | None = None
        core, draft = self._client._core(), self._client._draft(request)
        try:
            facts, stream = core.open(draft, merged, cancel)
        except DownloadError as error:
            failure = _as_official(error)
        if failure is not None:
            raise failure
        result = fill(facts)
        total, written = result.written, 0
        try:
            while (piece := stream.next(cancel)) is not None:
                writer.write(piece)
                written += len(piece)
                if progress is not None:
                    progress(len(piece), written, total if total is not None else -1)
        finally:
            stream.close()
        result.written = written
        result.verified = stream.verified or "no"
        return result

    def __repr__(self) -> str:
        return "<Downloader>"


def _as_official(error: DownloadError) -> BaseError:
    """The official package asks for the object first, and its refusal is the failure of that operation alone."""
    cause = error.unwrap()
    return cause if error.stage == "opening the object" and isinstance(cause, OperationError) else error


def _engine(options: dict[str, Any]) -> dict[str, Any]:
    """The options that the engine has."""
    options = given(options, _OPTIONS)
    if options.pop("use_temp_file", None) is False:
        raise ParamInvalidError(
            field="use_temp_file",
            text="invalid field, use_temp_file: False is not supported: a download that fails must leave the file as it was",
        )
    options.pop("block_size", None)
    options.pop("verify_data", None)
    return options
