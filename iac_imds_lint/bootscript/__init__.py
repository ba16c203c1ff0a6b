"""What a boot script asks of the instance metadata service, in whatever format and language it is.

formats/       user data to parts: shell, cloud-config, MIME, PowerShell, ...
shell/         shell scripts by their syntax tree
languages/     the other languages
versions.py    clients that are too old for tokens; bounds.py: which versions a requirement admits
rewrite/       what to write into a script that asks without a token
hosts.py       how IMDS is spelt; asking.py: what a URL asks it for
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile

from iac_imds_lint import texts
from iac_imds_lint.bootscript.hosts import HOSTS
from iac_imds_lint.script import Found, Language, Looked, Part, Reading, Script, Unseen
from iac_imds_lint.source import SourceFile, Span

# A script in a script in a script: nobody nests them deeper on purpose.
_DEEPEST = 5
_SUFFIXES = {
    ".ps1": Language.POWERSHELL,
    ".psm1": Language.POWERSHELL,
    ".bat": Language.BATCH,
    ".cmd": Language.BATCH,
    ".py": Language.PYTHON,
    ".rb": Language.OTHER,
    ".pl": Language.OTHER,
    ".js": Language.OTHER,
}
# Files of these names, and those without a suffix, are mostly something else: they say what they are as they begin.
_DATA = (".yaml", ".yml", ".json", ".template", ".cfn", ".cft", ".txt", ".in", ".conf", ".js")
_BEGINNINGS = (
    *(b"#cloud-config", b"#cloud-boothook", b"#!", b"#ps1", b"#upstart-job", b"## template:", b"#part-handler"),
    *(b"content-type:", b"mime-version:", b"<powershell", b"<script>", b"<persist>"),
)
_UPSTART = re.compile(rb"^(?:description[ \t]+[\"']|start[ \t]+on[ \t])", re.MULTILINE)
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_HOSTS = tuple(host.encode() for host in (*HOSTS, "get_instance_metadata"))


def may_call(path: str, data: bytes) -> bool:
    """Whether a file can be a script with an IMDSv1 call, by a search that is cheap for all others."""
    if b"\0" in data or not any(host in data for host in _HOSTS):
        return False
    name = os.path.basename(path)
    is_told = data.lstrip(_BLANKS)[:20].lower().startswith(_BEGINNINGS)
    return is_told or ("." in name and not name.endswith(_DATA)) or _is_job(name, data)


def _is_job(name: str, data: bytes) -> bool:
    """Whether a file is a job of upstart."""
    return name.endswith(".conf") and _UPSTART.search(data) is not None


@lru_cache(maxsize=512)
def read(script: Script) -> Reading:
    """All IMDSv1 calls in a boot script, in order of places, and what of it cannot be seen."""
    from iac_imds_lint.bootscript import formats

    found: list[Found] = []
    unseen: list[Unseen] = []
    for part in formats.parts(script):
        if isinstance(part, Unseen):
            unseen.append(part)
        else:
            for inner, looked in _looked(part, 0):
                found += (Found(inner, call) for call in looked.calls)
                unseen += looked.unseen
    return Reading(_ordered(found), tuple(dict.fromkeys(unseen)))


def of_file(source: SourceFile) -> Script:
    """A file as a script that is judged by itself: its name tells its language, else what it begins with."""
    suffix = source.path[source.path.rfind(".") :] if "." in source.path else ""
    name = os.path.basename(source.path)
    content_type = "text/upstart-job" if _is_job(name, source.text.encode("utf-8", "replace")) else ""
    return Script(texts.whole(source), name, _SUFFIXES.get(suffix.lower()), content_type)


def calls(boot: Iterable[Script | Unseen]) -> tuple[Found, ...]:
    """The IMDSv1 calls in all scripts that a resource runs."""
    return tuple(dict.fromkeys(one for script in boot if isinstance(script, Script) for one in read(script).found))


def unseen(boot: Iterable[Script | Unseen]) -> tuple[Unseen, ...]:
    """What cannot be seen of what a resource runs."""
    some = ((script,) if isinstance(script, Unseen) else read(script).unseen for script in boot)
    return tuple(dict.fromkeys(one for found in some for one in found))


def _looked(part: Part, depth: int) -> Iterator[tuple[Part, Looked]]:
    """A part with what is found in it, and the same of all scripts inside of it."""
    looked = _look(part)
    yield part, looked
    for inner in looked.parts if depth < _DEEPEST else ():
        yield from _looked(inner, depth + 1)


def _look(part: Part) -> Looked:
    from iac_imds_lint.bootscript import languages, versions

    looked = languages.look(part)
    return looked._replace(calls=(*looked.calls, *versions.outdated(part)))


def _ordered(found: Iterable[Found]) -> tuple[Found, ...]:
    """Those in order of places; what an inner script and the one around it both show is told once.

    What a template repeats stands in one place, too: it asks for what all its rounds have in common.
    """
    told: dict[tuple[Span, str], Found] = {}
    for one in found:
        before = told.get((one.span, one.call.program))
        told[one.span, one.call.program] = one if before is None else _both(before, one)
    return tuple(sorted(told.values(), key=lambda one: one.span))


def _both(before: Found, one: Found) -> Found:
    if before.part is not one.part or before.call.asked == one.call.asked:
        return one
    pairs = zip(before.call.asked.split("/"), one.call.asked.split("/"), strict=False)
    common = takewhile(lambda pair: pair[0] == pair[1], pairs)
    return one._replace(call=one.call._replace(asked="/".join(name for name, _ in common)))
