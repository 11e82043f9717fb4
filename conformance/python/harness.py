"""A tiny runner: a case is a sentence and a function, and one line is printed for each."""

import contextlib
import traceback

import alibabacloud_oss_v2 as oss

from stage import Stage

_cases = []


def case(sentence):
    """Registers a function of a `Stage` as the proof of `sentence`."""

    def register(function):
        _cases.append((sentence, function))
        return function

    return register


def run(text):
    """Runs every case whose sentence or module has `text`; gives the exit code."""
    passed = failed = 0
    module = None
    for sentence, function in _cases:
        name = function.__module__.removeprefix("cases.")
        if text not in sentence and text != name:
            continue
        if name != module:
            module = name
            print(f"{module}:")
        failure = _failure(function)
        if failure is None:
            passed += 1
            print(f"  ok    {sentence}")
        else:
            failed += 1
            print(f"  FAIL  {sentence}\n        " + failure.replace("\n", "\n        "))
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


def _failure(function):
    stage = Stage()
    try:
        function(stage)
        stage.clear()
    except Exception as error:  # pylint: disable=broad-except
        text = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        return f"{' '.join(text.split())} ({_place(error)})"
    finally:
        with contextlib.suppress(Exception):
            stage.clear()
    return None


def _place(error):
    """The line of the case that an error came from; of the clearing up, if it came from there."""
    frames = traceback.extract_tb(error.__traceback__)
    frame = next((frame for frame in reversed(frames) if "cases" in frame.filename), frames[-1])
    return f"line {frame.lineno}: {frame.line}"


def equal(got, want):
    """Fails unless both are equal."""
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def holds(condition, what):
    """Fails with `what` unless the condition holds."""
    if not condition:
        raise AssertionError(what)


class Refusal:
    """The service's response to a call that it refused."""

    error = None


@contextlib.contextmanager
def refused(status, code, ec=None, **elements):
    """Fails unless the block ends with this service error; `elements` are required of its document."""
    refusal = Refusal()
    try:
        yield refusal
    except Exception as error:  # pylint: disable=broad-except
        refusal.error = _service_error(error)
        got = refusal.error
        if got is None:
            raise
    else:
        raise AssertionError(f"went through, want {status} {code}")
    codes = code if isinstance(code, tuple) else (code,)
    if (got.status_code, got.code in codes) != (status, True):
        raise AssertionError(f"got {got.status_code} {got.code} {got.ec} ({got.message}), want {status} {code}")
    if ec is not None:
        equal(got.ec, ec)
    equal(got.request_id, got.headers.get("x-oss-request-id"))
    for name, value in elements.items():
        equal((name, (got.error_fileds or {}).get(name)), (name, value))


def _service_error(error):
    while error is not None and not isinstance(error, oss.exceptions.ServiceError):
        error = error.unwrap() if hasattr(error, "unwrap") else None
    return error
