"""Makes an exception of the facts that the extension module has of a failure."""

from __future__ import annotations

from typing import Any

from . import exceptions as e


def exception(kind: str, facts: dict[str, Any]) -> BaseException:
    """Returns the exception of the class that the official package raises for such a failure."""
    text = facts.get("text")
    if kind == "operation":
        return _operation(facts)
    if kind == "param":
        return e.ParamInvalidError(field=facts["field"], text=f"invalid field, {facts['text']}")
    if kind == "config":
        return e.ConfigError(text=text)
    if kind == "cancelled":
        return e.TransferCancelled()
    if kind == "content":
        return e.ResponseError(error=text)
    cls = {"upload": e.UploadError, "copy": e.CopyError, "download": e.DownloadError}[kind]
    if "field" in facts:
        return e.ParamInvalidError(field=facts["field"], text=f"invalid field, {facts['cause']}")
    if facts.get("cancelled"):
        return e.TransferCancelled(text=text)
    error: BaseException
    if "call" in facts:
        error = _operation(facts["call"])
    elif "crcs" in facts:
        error = e.InconsistentError(client_crc=facts["crcs"][0], server_crc=facts["crcs"][1])
    elif "out_of_range" in facts:
        error = e.ParamInvalidError(field="range_header", text=text)
    else:
        error = e.BaseError(text=facts.get("cause"))
    kept = ("text", "upload_id", "stage", "stored", "resumable", "part_number", "leftover_upload_id")
    return cls(error=error, **{name: facts[name] for name in kept if name in facts})


def _operation(facts: dict[str, Any]) -> e.OperationError:
    """The failure of one call, as the official package states it, and what that does not say."""
    return e.OperationError(name=facts["name"], error=_cause(facts), text=f"operation error {facts['text']}")


def _cause(facts: dict[str, Any]) -> BaseException:
    kind, text = facts["kind"], facts["text"]
    if kind == "service":
        return _service(facts)
    if kind == "param":
        return e.ParamInvalidError(field=facts["field"], text=text)
    if kind == "inconsistent":
        return e.InconsistentError(client_crc=facts["crcs"][0], server_crc=facts["crcs"][1])
    if kind == "credentials":
        return e.CredentialsFetchError(error=text)
    if kind == "response":
        return e.ResponseError(error=text)
    return e.RequestError(error=text)


def _service(facts: dict[str, Any]) -> e.ServiceError:
    from .types import CaseInsensitiveDict

    headers = CaseInsensitiveDict(facts["headers"])
    details = dict(facts["details"])
    details.update({"Code": facts["code"], "Message": facts["message"], "RequestId": facts["request_id"]})
    if facts["ec"]:
        details["EC"] = facts["ec"]
    target = f"oss://{facts['bucket']}" if facts["bucket"] else "oss://"
    if facts["key"]:
        target += f"/{facts['key']}"
    return e.ServiceError(
        status_code=facts["status_code"],
        code=facts["code"],
        message=facts["message"],
        request_id=facts["request_id"],
        ec=facts["ec"],
        timestamp=headers.get("Date"),
        request_target=target,
        headers=headers,
        error_fileds=details,
    )
