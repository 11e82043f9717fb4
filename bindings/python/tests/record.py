"""Runs programs one after the other and writes every result of the upload manager: `record.py MODULE PROGRAM ARGUMENTS...`.

An argument `+` ends a program's arguments, and the line `NEXT` its output. With MODULE `dropin`, the programs run through
`ossup.dropin`.
"""

import importlib
import itertools
import json
import runpy
import sys


def plain(value):
    if value is None or isinstance(value, (str, int, float)):
        return value
    return {str(name).lower(): text for name, text in value.items()}


def recorded(method):
    def call(self, *args, **kwargs):
        result = method(self, *args, **kwargs)
        facts = {name: plain(value) for name, value in vars(result).items()}
        facts["found"] = result.headers.get("X-OSS-REQUEST-ID")
        print("RESULT " + json.dumps(facts), flush=True)
        return result

    return call


module, *rest = sys.argv[1:]
if module == "dropin":
    from ossup import dropin

    dropin.install()
    module = "alibabacloud_oss_v2"
uploader = importlib.import_module(module).Uploader
for name in ("upload_file", "upload_from"):
    setattr(uploader, name, recorded(getattr(uploader, name)))
for is_end, program in itertools.groupby(rest, lambda argument: argument == "+"):
    if not is_end:
        sys.argv = list(program)
        runpy.run_path(sys.argv[0], run_name="__main__")
        print("NEXT", flush=True)
