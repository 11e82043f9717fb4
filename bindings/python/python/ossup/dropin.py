"""Runs a program that was written for the official package, unchanged, on this one.

`python -m ossup.dropin PROGRAM ARGUMENTS...` or `-m MODULE ARGUMENTS...`; inside a program, `install()` before its imports.
The name `alibabacloud_oss_v2` then leads here. A name that is not here is taken from the official package if that is
installed; otherwise it is an `AttributeError` that says so.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Sequence
from typing import Any

OFFICIAL = "alibabacloud_oss_v2"
# The official package beside ours, under a name that no program uses.
_ASIDE = "_ossup_official"


class _Stand(types.ModuleType):
    """A module of the official package, with our names and, behind them, the official ones."""

    def __getattr__(self, name: str) -> Any:
        ours = self.__dict__.get("_ours")
        if ours is not None and hasattr(ours, name):
            return getattr(ours, name)
        if name.startswith("__"):
            raise AttributeError(name)
        official = _official(self.__name__.removeprefix(OFFICIAL))
        if official is not None and hasattr(official, name):
            return getattr(official, name)
        missing = "the official package is not installed" if official is None else "neither has the official package"
        raise AttributeError(f"ossup has no {self.__name__}.{name}, and {missing}")

    def __dir__(self) -> list[str]:
        return dir(self.__dict__.get("_ours"))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the official package's modules here."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != OFFICIAL and not fullname.startswith(OFFICIAL + "."):
            return None
        if _ours(fullname) is None and _official(fullname.removeprefix(OFFICIAL)) is None:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Stand(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        ours = _ours(module.__name__)
        module.__dict__["_ours"] = ours if ours is not None else _official(module.__name__.removeprefix(OFFICIAL))
        # For `from ... import *`.
        module.__dict__["__all__"] = [name for name in dir(module.__dict__["_ours"]) if not name.startswith("_")]


def _ours(fullname: str) -> types.ModuleType | None:
    name = "ossup" + fullname.removeprefix(OFFICIAL)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and name.startswith(error.name):
            return None
        raise


def _official(submodule: str) -> types.ModuleType | None:
    """The official package, or a module in it, under a name of its own; `None` if it is not installed."""
    name = _ASIDE + submodule
    if name in sys.modules:
        return sys.modules[name]
    if _ASIDE not in sys.modules:
        spec = importlib.machinery.PathFinder.find_spec(OFFICIAL)
        if spec is None or spec.origin is None:
            return None
        aside = importlib.util.spec_from_file_location(
            _ASIDE, spec.origin, submodule_search_locations=list(spec.submodule_search_locations or [])
        )
        if aside is None or aside.loader is None:
            return None
        package = importlib.util.module_from_spec(aside)
        sys.modules[_ASIDE] = package
        try:
            aside.loader.exec_module(package)
        except BaseException:
            del sys.modules[_ASIDE]
            raise
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and name.startswith(error.name):
            return None
        raise


def install() -> None:
    """Lets `import alibabacloud_oss_v2` lead here, for imports from now on. Without effect the second time."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def main(arguments: list[str]) -> None:
    """Runs a program."""
    import os
    import runpy

    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: python -m ossup.dropin PROGRAM ARGUMENTS... | -m MODULE ARGUMENTS...")
        raise SystemExit(0 if arguments else 64)
    install()
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
