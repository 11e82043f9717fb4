"""The upload manager."""

from __future__ import annotations

import os
from typing import Any, TypeVar

from . import models
from ._content import Content, content_of
from .exceptions import FileNotExist, FileNotReadable, ParamInvalidError, ParamNullError, UploadError
from .types import CaseInsensitiveDict

__all__ = ["UploadError", "UploadResult", "Uploader"]

_OPTIONS = (
    "part_size",
    "parallel_num",
    "leave_parts_on_error",
    "enable_checkpoint",
    "checkpoint_dir",
    "verify_resumed_parts",
    "send_content_md5",
    "require_verification",
    "part_attempts",
)


class UploadResult:
    """An object that was uploaded.

    status_code, status, request_id, headers: Of the response that confirmed the object; 203 if its callback failed.
    etag: Entity tag of the object, in quotes.
    hash_crc64: CRC64 of the whole object, in decimal.
    version_id: Version, in a bucket with versioning.
    upload_id: The multipart upload; `None` if the object was sent by one request.
    verified: `crc64` if the service's CRC64 of the object is that of the bytes sent, `parts_only` if only those of parts were
        compared, `no` if it gave none.
    size, part_size: In bytes.
    parts_sent, parts_reused: Parts that this run sent, and that an earlier one had sent.
    """

    def __init__(
        self,
        upload_id: str | None = None,
        etag: str | None = None,
        version_id: str | None = None,
        hash_crc64: str | None = None,
    ) -> None:
        self.upload_id = upload_id
        self.etag = etag
        self.version_id = version_id
        self.hash_crc64 = hash_crc64
        self.status = ""
        self.status_code = 0
        self.request_id = ""
        self.headers: Any = {}
        self.verified = "no"
        self.size = 0
        self.part_size = 0
        self.parts_sent = 0
        self.parts_reused = 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status_code} {self.etag} {self.size} bytes, verified: {self.verified}>"


_Result = TypeVar("_Result", bound=UploadResult)


def fill(result: _Result, facts: dict[str, Any]) -> _Result:
    """Fills a result of an upload or a copy."""
    for name, value in facts.items():
        setattr(result, name, value)
    result.headers = CaseInsensitiveDict(facts["headers"])
    result.request_id = facts["request_id"] or ""
    result.status = models._REASONS.get(facts["status_code"], "")
    return result


def given(options: dict[str, Any], allowed: tuple[str, ...]) -> dict[str, Any]:
    """The options that are set. As in the official package, a number that is not positive means the default."""
    for name in options:
        if name not in allowed:
            raise TypeError(f"there is no option {name!r}; there are {', '.join(allowed)}")
    kept = {name: value for name, value in options.items() if value is not None}
    for name in ("part_size", "parallel_num"):
        if kept.get(name, 1) <= 0:
            del kept[name]
    return kept


def check(request: Any) -> Any:
    """Refuses what no request can be made of."""
    if request is None:
        raise ParamNullError(field="request")
    for name in ("bucket", "key"):
        if not getattr(request, name, None):
            raise ParamInvalidError(field=f"request.{name}")
    return request


class Uploader:
    """Uploads files and streams. Options hold for every upload; those of one call win.

    part_size: Size of each part in bytes, 100 KiB to 5 GiB. Default 6 MiB. Smaller objects are sent by one request.
    parallel_num: Parts of one upload in flight at a time. Default 3.
    leave_parts_on_error: Whether parts are kept on the server when an upload fails. Default no.
    enable_checkpoint: Whether a record is kept, so that another run resumes where this one ended. Default no; only
        `upload_file`.
    checkpoint_dir: Folder for the records. Default: a folder of this user for state.
    """

    def __init__(self, client: Any, **kwargs: Any) -> None:
        self._client = client
        self._options = given(kwargs, _OPTIONS)

    def upload_file(self, request: Any, filepath: str | os.PathLike[str], **kwargs: Any) -> UploadResult:
        """Uploads a file; what the request says holds for the object.

        Raises `FileNotExist`, `FileNotReadable`, `ParamInvalidError` before anything is sent; `UploadError` afterwards.
        """
        return self._upload_file(request, filepath, kwargs, None)

    def upload_from(self, request: Any, reader: Any, **kwargs: Any) -> UploadResult:
        """Uploads what a reader gives: bytes, an open file from where it is, anything with `read`, an iterable of bytes.

        Memory does not grow with the length. What the reader raises ends the upload and is raised here.
        """
        return self._upload_from(request, reader, kwargs, None)

    def _upload_file(self, request: Any, filepath: Any, options: dict[str, Any], cancel: Any) -> UploadResult:
        check(request)
        path = os.fspath(filepath)
        if not path:
            raise ParamInvalidError(field="filepath")
        path = os.path.abspath(path)
        if not os.path.isfile(path):
            raise FileNotExist(filepath=filepath)
        if not os.access(path, os.R_OK):
            raise FileNotReadable(filepath=filepath)
        try:
            return self._run(request, Content("path", path), options, cancel)
        except UploadError as error:
            error.path = path
            error.kwargs["path"] = path
            raise

    def _upload_from(self, request: Any, reader: Any, options: dict[str, Any], cancel: Any) -> UploadResult:
        check(request)
        content = content_of(reader)
        size = 0
        try:
            # A stream cannot be resumed, and the official package ignores the option here.
            result = self._run(request, content, {**options, "enable_checkpoint": None}, cancel)
            size = result.size
        finally:
            content.finish(size)
        return result

    def _run(self, request: Any, content: Content, options: dict[str, Any], cancel: Any) -> UploadResult:
        merged = self._options | given(options, _OPTIONS)
        if "enable_checkpoint" in options and options["enable_checkpoint"] is None:
            merged.pop("enable_checkpoint", None)
        progress = getattr(request, "progress_fn", None)
        draft = self._client._draft(request)
        core = self._client._core()
        facts = core.upload(draft, content.kind, content.value, merged, content.length, progress, cancel)
        return fill(UploadResult(), facts)

    def __repr__(self) -> str:
        return "<Uploader>"
