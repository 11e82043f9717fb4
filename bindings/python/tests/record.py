"""Runs a program and writes every result of the upload manager: `record.py MODULE PROGRAM ARGUMENTS...`.

With MODULE `dropin`, the program runs through `ossup.dropin`.
"""

import importlib
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


module, program, *arguments = sys.argv[1:]
if module == "dropin":
    from ossup import dropin

    dropin.install()
    module = "alibabacloud_oss_v2"
uploader = importlib.import_module(module).Uploader
for name in ("upload_file", "upload_from"):
    setattr(uploader, name, recorded(getattr(uploader, name)))
sys.argv = [program, *arguments]
runpy.run_path(program, run_name="__main__")
