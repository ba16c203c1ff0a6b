"""What to write where no edit is certain: Python, batch files and the languages that are read by patterns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iac_imds_lint.bootscript.hosts import TOKEN_HEADER
from iac_imds_lint.edit import Step
from iac_imds_lint.finding import Rewritten
from iac_imds_lint.script import Call, Part

_ADDRESS = "http://169.254.169.254/latest/api/token"
_TTL = f"{TOKEN_HEADER}-ttl-seconds"


def python(part: Part, calls: Sequence[Call]) -> Rewritten:
    """The lines to write into a Python script."""
    return _told(part, calls, _in_python)


def batch(part: Part, calls: Sequence[Call]) -> Rewritten:
    """The lines to write into a batch file."""
    return _told(part, calls, _in_batch)


def other(part: Part, calls: Sequence[Call]) -> Rewritten:
    """What to do in any other language."""
    return _told(part, calls, _in_words)


def _told(part: Part, calls: Sequence[Call], told: Callable[[Call], str]) -> Rewritten:
    return Rewritten((), tuple(Step(part.text.span(call.start, call.end), told(call)) for call in calls))


def _in_python(call: Call) -> str:
    sent = f'headers={{"{TOKEN_HEADER}": token}}'
    seconds = f'headers={{"{_TTL}": "21600"}}'
    module, _, function = call.program.rpartition(".")
    if function.startswith("get_instance_"):
        return "boto 2 cannot request a token: use ec2_metadata of the package ec2-metadata 2.0 or newer"
    if call.program in ("curl", "wget"):
        option = "-H" if call.program == "curl" else "--header"
        request = f'token = requests.put("{_ADDRESS}", {seconds}).text'
        return f'write {request} before, and call {call.program} with {option} and "{TOKEN_HEADER}: " + token'
    if function in ("urlopen", "urlretrieve"):
        package = module or "urllib.request"
        request = f'{package}.Request("{_ADDRESS}", method="PUT", {seconds})'
        line = f"token = {package}.urlopen({request}).read().decode()"
        return f"write {line} before, and {package}.urlopen({package}.Request(url, {sent})) here"
    if function == "request" and module != "requests":
        line = f'{module}.request("PUT", "/latest/api/token", {seconds})'
        return f"write {line} before, read the token from its response, and write {sent} into this call"
    return f'write token = requests.put("{_ADDRESS}", {seconds}).text before, and {sent} into this call'


def _in_batch(call: Call) -> str:
    request = f'curl -fsS -X PUT -H "{_TTL}: 21600" {_ADDRESS}'
    line = f"for /f %%t in ('{request}') do set TOKEN=%%t"
    here = "after curl" if call.program == "curl" else "after curl, which takes the place of " + call.program
    return f'write {line} before, and -H "{TOKEN_HEADER}: %TOKEN%" {here}'


def _in_words(call: Call) -> str:
    return (
        f"request a token before, by PUT from {_ADDRESS} with the header {_TTL}: 21600, "
        f"and send it with {call.program} in the header {TOKEN_HEADER}"
    )
