"""What a boot script asks of the instance metadata service, in whatever format and language it is.

formats.py     user data to parts: shell, cloud-config, MIME, PowerShell, ...
shell/         shell scripts by their syntax tree
patterns.py    the other languages
versions.py    clients that are too old for tokens
rewrite/       what to write into a script that asks without a token
hosts.py       how IMDS is spelt
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from iac_imds_lint.script import Found, Language, Looked, Part, Reading, Script, Unseen

# A script in a script in a script: nobody nests them deeper on purpose.
_DEEPEST = 5


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
    from iac_imds_lint.bootscript import patterns, shell, versions

    looked = shell.look(part) if part.language is Language.SHELL else patterns.look(part)
    return looked._replace(calls=(*looked.calls, *versions.outdated(part)))


def _ordered(found: Iterable[Found]) -> tuple[Found, ...]:
    """Those in order of places; what an inner script and the one around it both show is told once."""
    return tuple(sorted({(one.span, one.call.program): one for one in found}.values(), key=lambda one: one.span))
