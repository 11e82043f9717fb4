"""The copy manager."""

from __future__ import annotations

from typing import Any

from .exceptions import CopyError, OperationError, ParamInvalidError
from .uploader import UploadResult, check, fill, given

__all__ = ["Copier", "CopyError", "CopyResult"]

_OPTIONS = (
    "part_size",
    "parallel_num",
    "multipart_copy_threshold",
    "leave_parts_on_error",
    "disable_shallow_copy",
    "enable_checkpoint",
    "checkpoint_dir",
    "require_verification",
    "part_attempts",
)


class CopyResult(UploadResult):
    """A copy that was made; the fields are those of an upload."""


class Copier:
    """Copies objects within the service: the server moves the bytes. Options hold for every copy; those of one call win.

    part_size: Size of each part in bytes. Default 64 MiB.
    parallel_num: Parts of one copy in flight at a time. Default: found out while copying, beginning with 8.
    multipart_copy_threshold: Larger objects are copied in parts, in bytes. Default 200 MiB.
    leave_parts_on_error: Whether parts are kept on the server when a copy fails. Default no.
    disable_shallow_copy: Whether a large object is copied in parts also where one request may do. Default no.
    """

    def __init__(self, client: Any, **kwargs: Any) -> None:
        self._client = client
        self._options = given(kwargs, _OPTIONS)

    def copy(self, request: Any, **kwargs: Any) -> CopyResult:
        """Copies an object of the same region. Raises `CopyError`."""
        return self._copy(request, kwargs, None)

    def _copy(self, request: Any, options: dict[str, Any], cancel: Any) -> CopyResult:
        check(request)
        if not request.source_key:
            raise ParamInvalidError(field="request.source_key")
        source = (request.source_bucket or request.bucket, request.source_key, request.source_version_id)
        progress = getattr(request, "progress_fn", None)
        core, draft = self._client._core(), self._client._draft(request)
        try:
            facts = core.copy(draft, source, self._options | given(options, _OPTIONS), progress, cancel)
            return fill(CopyResult(), facts)
        except CopyError as error:
            # As in the official package, the refusal to describe the source is the failure of that operation alone.
            cause = error.unwrap()
            of_source = error.stage == "reading the source" and isinstance(cause, OperationError)
            failure = cause if of_source else error
        raise failure

    def __repr__(self) -> str:
        return "<Copier>"
