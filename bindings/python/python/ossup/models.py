"""Requests, results and the elements in them, with the names of the official package.

A request takes its fields by name, or by position in their order; a field that is not given is `None` and not sent. `headers`
and `parameters` hold headers and query parameters for which there is no field. A result has a field for each header or
element, and `status_code`, `status`, `request_id` and `headers`, whose names are compared without regard to case.
"""

from __future__ import annotations

import datetime
import sys
from enum import Enum
from typing import Any, ClassVar, NamedTuple

from ._tables import TABLES
from .exceptions import DeserializationError, SerializationError
from .types import CaseInsensitiveDict


class _Field(NamedTuple):
    name: str
    place: str
    wire: str
    type: str


class Model:
    """A value with named fields."""

    _fields: ClassVar[tuple[_Field, ...]] = ()
    _names: ClassVar[frozenset[str]] = frozenset()
    _element: ClassVar[str] = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if len(args) > len(self._fields):
            raise TypeError(f"{type(self).__name__} takes at most {len(self._fields)} arguments, got {len(args)}")
        for field, value in zip(self._fields, args):
            setattr(self, field.name, value)
        for name, value in kwargs.items():
            if name not in self._names:
                name = _ALIASES.get(name, name)
                if name not in self._names and name not in _EXTRA:
                    known = ", ".join(field.name for field in self._fields)
                    raise TypeError(f"{type(self).__name__} has no field {name!r}; there are {known}")
                if value is None:
                    continue
            setattr(self, name, value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = {name: value for name, value in vars(self).items() if name not in _SECRET}
        return f"<{type(self).__name__} {shown}>"


class RequestModel(Model):
    """What one operation is asked to do."""

    headers: Any = None
    parameters: Any = None
    payload: Any = None


class ResultModel(Model):
    """What one operation returned."""

    status: str = ""
    status_code: int = 0
    request_id: str = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.headers = CaseInsensitiveDict()
        super().__init__(*args, **kwargs)


class BucketACLType(str, Enum):
    """Who may read and write a bucket."""

    PRIVATE = "private"
    PUBLICREAD = "public-read"
    PUBLICREADWRITE = "public-read-write"


class ObjectACLType(str, Enum):
    """Who may read and write an object."""

    PRIVATE = "private"
    PUBLICREAD = "public-read"
    PUBLICREADWRITE = "public-read-write"
    DEFAULT = "default"


class StorageClassType(str, Enum):
    """How an object is stored."""

    STANDARD = "Standard"
    IA = "IA"
    ARCHIVE = "Archive"
    COLDARCHIVE = "ColdArchive"
    DEEPCOLDARCHIVE = "DeepColdArchive"


class DataRedundancyType(str, Enum):
    """Over how many zones copies of a bucket's objects are spread."""

    LRS = "LRS"
    ZRS = "ZRS"


# Names that the official package accepts besides those of the fields.
_ALIASES = {"object_acl": "acl", "symlink_target": "target"}
_EXTRA = frozenset({"headers", "parameters", "payload"})
_SECRET = frozenset({"body", "callback", "callback_var"})
_BASES = {"request": RequestModel, "result": ResultModel, "element": Model}
_KINDS = {"request": "request of", "result": "result of", "element": "element"}


def _define() -> None:
    module = sys.modules[__name__]
    name, kind, element, fields = "", "", "", []
    for line in (*TABLES.splitlines(), "end"):
        if line.startswith("  "):
            field, place, *rest = line.split()
            fields.append(_Field(field, place, rest[0] if rest else "", rest[1] if len(rest) > 1 else ""))
            continue
        if name:
            body: dict[str, Any] = {field.name: None for field in fields}
            operation = name.removesuffix("Request").removesuffix("Result")
            about = f"The {_KINDS[kind]} {operation}." if kind != "element" else f"The element {element or name}."
            body |= {
                "__doc__": about,
                "__module__": __name__,
                "__qualname__": name,
                "_fields": tuple(fields),
                "_names": frozenset(field.name for field in fields),
                "_element": element or name,
            }
            setattr(module, name, type(name, (_BASES[kind],), body))
        if line != "end":
            name, kind, *rest = line.split()
            element, fields = (rest[0] if rest else ""), []


_define()

__all__ = sorted(
    name
    for name, value in globals().items()
    if isinstance(value, type) and value.__module__ == __name__ and issubclass(value, (Model, Enum))
    if value not in (Model, RequestModel, ResultModel) and not name.startswith("_")
)


class Draft:
    """A request as the extension module takes it."""

    __slots__ = ("bucket", "key", "headers", "queries")

    def __init__(self, bucket: str | None, key: str | None) -> None:
        self.bucket = bucket
        self.key = key
        self.headers: list[tuple[str, str]] = []
        self.queries: list[tuple[str, str]] = []


def draft(request: Any, defaults: dict[str, str] | None = None) -> Draft:
    """Writes the fields of a request, also of one of the official package's, by their names on the wire."""
    fields = getattr(request, "_fields", None)
    if fields is None:
        fields = _fields_like(request)
    made = Draft(getattr(request, "bucket", None), getattr(request, "key", None))
    headers: dict[str, str] = {name.lower(): value for name, value in (defaults or {}).items()}
    queries: dict[str, str] = {}
    for name, place, wire, kind in fields:
        value = getattr(request, name, None)
        if value is None:
            continue
        if place == "header":
            if kind == "metadata":
                headers.update({f"{wire}{key}".lower(): str(text) for key, text in value.items()})
            elif wire != "Content-Length":
                headers[wire.lower()] = _text(value)
        elif place == "query":
            queries[wire] = _text(value)
    for name, value in (getattr(request, "headers", None) or {}).items():
        headers[name.lower()] = str(value)
    for name, value in (getattr(request, "parameters", None) or {}).items():
        queries[name] = "" if value is None else str(value)
    made.headers = list(headers.items())
    made.queries = list(queries.items())
    return made


def _fields_like(request: Any) -> tuple[_Field, ...]:
    """The fields of the class of the same name here."""
    ours = getattr(sys.modules[__name__], type(request).__name__, None)
    if ours is None or not issubclass(ours, RequestModel):
        raise TypeError(f"{type(request).__name__} is not a request")
    return ours._fields


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime.datetime):
        from email.utils import format_datetime

        return format_datetime(value.astimezone(datetime.timezone.utc), usegmt=True)
    if isinstance(value, (str, int, float)):
        return str(value)
    raise SerializationError(error=f"a {type(value).__name__} cannot be sent as text")


def write_xml(value: Any, root: str | None = None) -> bytes:
    """Writes a request document."""
    from xml.etree import ElementTree

    return ElementTree.tostring(_element(value, root), encoding="utf-8", xml_declaration=True)


def _element(value: Any, root: str | None) -> Any:
    from xml.etree import ElementTree

    ours = value if isinstance(value, Model) else getattr(sys.modules[__name__], type(value).__name__)
    element = ElementTree.Element(root or ours._element)
    for name, place, wire, kind in ours._fields:
        content = getattr(value, name, None)
        if place != "xml" or content is None:
            continue
        for item in content if isinstance(content, list) else [content]:
            if kind.strip("[]")[:1].isupper():
                element.append(_element(item, wire))
            else:
                ElementTree.SubElement(element, wire).text = _text(item)
    return element


def read(result: Any, status_code: int, headers: list[tuple[str, str]], body: Any = None) -> Any:
    """Fills a result from a response."""
    result.status_code = status_code
    result.status = _REASONS.get(status_code, "")
    result.headers = CaseInsensitiveDict(headers)
    result.request_id = result.headers.get("x-oss-request-id", "")
    wants_xml = False
    for name, place, wire, kind in result._fields:
        if place == "header":
            if kind == "metadata":
                start = len(wire)
                metadata = {key[start:]: text for key, text in headers if key.lower().startswith(wire)}
                setattr(result, name, CaseInsensitiveDict(metadata) if metadata else None)
            elif (text := result.headers.get(wire)) is not None:
                setattr(result, name, _value(text, kind))
        elif place == "xml":
            wants_xml = True
    if wants_xml and body:
        read_xml(result, body)
    return result


def read_xml(result: Any, body: bytes) -> None:
    """Fills the fields that are elements of a document."""
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise DeserializationError(error=str(error)) from None
    for part in root.iter():
        # OSS writes some documents in a namespace.
        if "}" in part.tag:
            part.tag = part.tag.rpartition("}")[2]
    decode = root.findtext("EncodingType") == "url"
    _fill(result, root, decode)


def _fill(value: Any, root: Any, decode: bool) -> None:
    for name, place, wire, kind in value._fields:
        if place != "xml":
            continue
        if kind.startswith("["):
            found = root.findall(wire)
            if found:
                setattr(value, name, [_child(kind[1:-1], item, decode) for item in found])
            continue
        item = root if wire == "." else root.find(wire)
        if item is None:
            continue
        if kind[:1].isupper():
            setattr(value, name, _child(kind, item, decode))
        elif item.text is not None or not kind:
            text = item.text
            if decode and text and name in _ENCODED:
                from urllib.parse import unquote

                text = unquote(text)
            setattr(value, name, _value(text, kind))


def _child(kind: str, item: Any, decode: bool) -> Any:
    child = getattr(sys.modules[__name__], kind)()
    _fill(child, item, decode)
    return child


def _value(text: str | None, kind: str) -> Any:
    if text is None or kind == "":
        return text
    if kind == "int":
        return int(text)
    if kind == "bool":
        return text.lower() == "true"
    if kind == "datetime":
        return _time(text)
    return text


def _time(text: str) -> datetime.datetime:
    if text[:1].isdigit():
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(text)


# Fields that come percent-encoded if the response says so.
_ENCODED = frozenset(
    {
        "continuation_token",
        "delimiter",
        "key",
        "key_marker",
        "marker",
        "next_continuation_token",
        "next_key_marker",
        "next_marker",
        "prefix",
        "start_after",
    }
)

_REASONS = {200: "OK", 203: "Non Authoritative Information", 204: "No Content", 206: "Partial Content"}
