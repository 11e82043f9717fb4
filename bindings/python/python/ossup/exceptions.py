"""What can go wrong.

Every class is an `OssError`, can be pickled, and has the names and fields of the official package's: a failed operation is an
`OperationError` whose `unwrap()` gives its cause, often a `ServiceError` with what the service said.
"""

from __future__ import annotations

from typing import Any


def _unpickle(cls: type[BaseError], kwargs: dict[str, Any]) -> BaseError:
    return cls(**kwargs)


class OssError(Exception):
    """The base of all exceptions of this package."""


class BaseError(OssError):
    """An error with facts, which are in `kwargs` and, where they have a meaning of their own, in attributes."""

    fmt = "An unspecified error occurred"

    def __init__(self, **kwargs: Any) -> None:
        text = kwargs.get("text")
        super().__init__(text if text is not None else self.fmt.format_map(_Facts(kwargs)))
        self.kwargs = kwargs

    def __reduce__(self) -> Any:
        return _unpickle, (type(self), self.kwargs)


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> None:
        return None


class _Wrapping(BaseError):
    """An error with a cause."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._error: BaseException | None = kwargs.get("error")
        if isinstance(self._error, BaseException):
            self.__cause__ = self._error

    def unwrap(self) -> Any:
        """Returns the cause."""
        return self._error


class ConfigError(BaseError, ValueError):
    """The configuration cannot be used: options are missing, out of range or contradict each other."""

    fmt = "{text}"


class CredentialsBaseError(BaseError):
    """Credentials could not be obtained."""


class CredentialsEmptyError(CredentialsBaseError):
    """The access key id or the secret is missing."""

    fmt = "Credentials is null or empty"


class CredentialsFetchError(CredentialsBaseError):
    """The provider gave no credentials."""

    fmt = "Fetch Credentials raised an exception: {error}"


class StreamConsumedError(BaseError):
    """The stream was read already."""

    fmt = "the stream was read already and cannot be read again"


class StreamClosedError(BaseError):
    """The stream is closed."""

    fmt = "the stream is closed"


class ResponseNotReadError(BaseError):
    """The content of the response was not read."""

    fmt = "the content of the response was not read; call read() first"


class RequestError(_Wrapping):
    """No response came: no connection could be made, it broke, or a limit of time was reached."""

    fmt = "request error: {error}."


class ResponseError(_Wrapping):
    """The response broke off or could not be understood."""

    fmt = "response error: {error}."


class ServiceError(BaseError):
    """The service refused: status, code, message, request id and fine-grained code (`ec`) as it stated them."""

    fmt = (
        "Error returned by Service. Http Status Code: {status_code}. Error Code: {code}. Request Id: {request_id}. "
        "Message: {message}. EC: {ec}. Timestamp: {timestamp}. Request Endpoint: {request_target}."
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.status_code: int = kwargs.get("status_code", 0)
        self.code: str | None = kwargs.get("code")
        self.message: str | None = kwargs.get("message")
        self.request_id: str | None = kwargs.get("request_id")
        self.ec: str | None = kwargs.get("ec")
        self.timestamp: Any = kwargs.get("timestamp")
        self.request_target: str | None = kwargs.get("request_target")
        self.snapshot: Any = kwargs.get("snapshot")
        self.headers: Any = kwargs.get("headers")
        # The official package spells it so.
        self.error_fileds: Any = kwargs.get("error_fileds")


class ParamInvalidError(BaseError, ValueError):
    """A field or an option breaks a rule; nothing was sent."""

    fmt = "invalid field, {field}."


class ParamNullError(BaseError, ValueError):
    """A required value is `None`."""

    fmt = "null field, {field}."


class ParamNullOrEmptyError(BaseError, ValueError):
    """A required value is `None` or empty."""

    fmt = "null or empty field, {field}."


class ParamRequiredError(BaseError, ValueError):
    """A required field is not set."""

    fmt = "missing required field, {field}."


class OperationError(_Wrapping):
    """An operation failed; `unwrap()` gives the cause."""

    fmt = "operation error {name}: {error}."

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name: str | None = kwargs.get("name")


class UploadError(_Wrapping):
    """An upload failed.

    `stored` tells whether the object is in place all the same (`None`: no one could be asked), `resumable` whether running
    it again continues, `leftover_upload_id` which multipart upload was kept or could not be aborted.
    """

    fmt = "upload failed, {upload_id}, {path}, {error}."

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.upload_id: str | None = kwargs.get("upload_id")
        self.path: str | None = kwargs.get("path")
        self.stage: str | None = kwargs.get("stage")
        self.stored: bool | None = kwargs.get("stored")
        self.resumable: bool = bool(kwargs.get("resumable"))
        self.part_number: int | None = kwargs.get("part_number")
        self.leftover_upload_id: str | None = kwargs.get("leftover_upload_id")


class CopyError(UploadError):
    """A copy failed; the fields are those of `UploadError`."""

    fmt = "copy failed, {upload_id}, {path}, {error}."


class DownloadError(_Wrapping):
    """A download failed; a file that was in place is as it was."""

    fmt = "download failed, {path}, {error}."

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.path: str | None = kwargs.get("path")
        self.stage: str | None = kwargs.get("stage")
        self.resumable: bool = bool(kwargs.get("resumable"))


class TransferCancelled(BaseError):
    """A call was cancelled from another thread or task."""

    fmt = "cancelled"


class MD5UnavailableError(BaseError):
    """The system has no MD5."""

    fmt = "This system does not support MD5 generation."


class SerializationError(BaseError):
    """A request could not be written."""

    fmt = "Serialization raised an exception: {error}"


class DeserializationError(BaseError):
    """A response could not be read."""

    fmt = "Deserialization raised an exception: {error}"


class BucketNameInvalidError(BaseError, ValueError):
    """The name of the bucket breaks a rule."""

    fmt = "Bucket name is invalid, got {name}."


class ObjectNameInvalidError(BaseError, ValueError):
    """The key of the object breaks a rule."""

    fmt = "Object name is invalid."


class InconsistentError(BaseError):
    """The CRC64 of the bytes here and of those at the service differ."""

    fmt = "crc is inconsistent, client {client_crc}, server {server_crc}"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.client_crc: str | None = kwargs.get("client_crc")
        self.server_crc: str | None = kwargs.get("server_crc")


class PresignExpirationError(BaseError, ValueError):
    """A signed URL is to be valid for longer than 7 days."""

    fmt = "expires should be not greater than 604800(seven days)"


class FileNotExist(BaseError, FileNotFoundError):
    """There is no such file."""

    fmt = "File not exists, {filepath}"


class FileNotReadable(BaseError, PermissionError):
    """The file may not be read."""

    fmt = "File is not readable, {filepath}"
