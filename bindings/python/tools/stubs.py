"""Writes `python/ossup/models.pyi` from the table of fields: `python tools/stubs.py`, `--check` to compare only."""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "python" / "ossup"
HEAD = '''"""Written by tools/stubs.py from the table in _tables.py."""

import datetime
from collections.abc import Callable, Mapping, MutableMapping
from enum import Enum
from typing import Any, ClassVar, NamedTuple, TypeVar

from .types import BodyType, CaseInsensitiveDict, StreamBody

_R = TypeVar("_R")

class _Field(NamedTuple):
    name: str
    place: str
    wire: str
    type: str

class Model:
    _fields: ClassVar[tuple[_Field, ...]]
    _names: ClassVar[frozenset[str]]
    _element: ClassVar[str]
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def __eq__(self, other: object) -> bool: ...

class RequestModel(Model):
    headers: Mapping[str, str] | None
    parameters: Mapping[str, str | None] | None
    payload: Any

class ResultModel(Model):
    status: str
    status_code: int
    request_id: str
    headers: CaseInsensitiveDict

'''
TAIL = '''
class Draft:
    bucket: str | None
    key: str | None
    headers: list[tuple[str, str]]
    queries: list[tuple[str, str]]
    def __init__(self, bucket: str | None, key: str | None) -> None: ...

def draft(request: Any, defaults: dict[str, str] | None = None) -> Draft: ...
def read(result: _R, status_code: int, headers: list[tuple[str, str]], body: Any = None) -> _R: ...
def read_xml(result: Any, body: bytes) -> None: ...
def write_xml(value: Any, root: str | None = None) -> bytes: ...
def _fields_like(request: Any) -> tuple[_Field, ...]: ...

_REASONS: dict[int, str]
'''


def kind_of(owner, name, place, wire, kind):
    """The type of a field."""
    if name == "body":
        return "BodyType" if owner == "request" else "StreamBody"
    if name == "progress_fn":
        return "Callable[[int, int, int], object]"
    if kind == "metadata":
        return "Mapping[str, str]" if owner == "request" else "CaseInsensitiveDict"
    if kind == "xml":
        return wire
    if kind.startswith("["):
        return f"list[{kind[1:-1]}]"
    if place == "nop" and name in ("objects", "delete"):
        return "list[DeleteObject]" if name == "objects" else "Delete"
    if name == "delete":
        return "Delete"
    if name == "quiet":
        return "bool"
    if name == "position" or name == "part_number":
        return "int"
    simple = {"int": "int", "bool": "bool", "datetime": "datetime.datetime", "json": "Any", "": "str", "-": "str"}
    return simple.get(kind, kind)


def classes(tables):
    """Name, base and fields of each class."""
    found = []
    for line in tables.splitlines():
        if line.startswith("  "):
            name, place, *rest = line.split()
            wire, kind = (*rest, "", "")[:2]
            found[-1][2].append((name, place, wire, kind))
        elif line:
            name, kind, *_ = line.split()
            found.append((name, kind, []))
    return found


def stub():
    """The text of the stub."""
    sys.path.insert(0, str(FOLDER))
    from _tables import TABLES

    bases = {"request": "RequestModel", "result": "ResultModel", "element": "Model"}
    enums = {
        "BucketACLType": ["PRIVATE", "PUBLICREAD", "PUBLICREADWRITE"],
        "ObjectACLType": ["PRIVATE", "PUBLICREAD", "PUBLICREADWRITE", "DEFAULT"],
        "StorageClassType": ["STANDARD", "IA", "ARCHIVE", "COLDARCHIVE", "DEEPCOLDARCHIVE"],
        "DataRedundancyType": ["LRS", "ZRS"],
    }
    values = {
        "PRIVATE": "private", "PUBLICREAD": "public-read", "PUBLICREADWRITE": "public-read-write", "DEFAULT": "default",
        "STANDARD": "Standard", "IA": "IA", "ARCHIVE": "Archive", "COLDARCHIVE": "ColdArchive",
        "DEEPCOLDARCHIVE": "DeepColdArchive", "LRS": "LRS", "ZRS": "ZRS",
    }  # fmt: skip
    text = HEAD
    for name, words in enums.items():
        text += f"class {name}(str, Enum):\n" + "".join(f'    {word} = "{values[word]}"\n' for word in words) + "\n"
    names = [*enums]
    for name, kind, fields in classes(TABLES):
        names.append(name)
        typed = [(field[0], kind_of(kind, *field)) for field in fields]
        body = "".join(f"    {field}: {of} | None\n" for field, of in typed)
        if kind != "result":
            arguments = "".join(f"        {field}: {of} | None = None,\n" for field, of in typed)
            more = "        headers: Mapping[str, str] | None = None,\n" if kind == "request" else ""
            more += "        parameters: Mapping[str, str | None] | None = None,\n" if kind == "request" else ""
            body += f"    def __init__(\n        self,\n{arguments}{more}    ) -> None: ...\n"
        text += f"class {name}({bases[kind]}):\n{body or '    ...' + chr(10)}\n"
    everything = "".join(f'    "{name}",\n' for name in sorted(names))
    return text.rstrip("\n").replace("| None | None", "| None") + "\n" + TAIL + f"\n__all__ = [\n{everything}]\n"


def main():
    path = FOLDER / "models.pyi"
    if "--check" in sys.argv:
        if path.read_text() != stub():
            sys.exit("models.pyi is not what tools/stubs.py writes: run it")
    else:
        path.write_text(stub())


if __name__ == "__main__":
    main()
