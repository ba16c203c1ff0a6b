"""Files that user data writes: which of them are scripts, or hold commands.

A file is a script by its first line, by its name, because it may be executed, because it stands where something runs
all that stands there, or because a command runs it. Everything else is configuration, which nothing runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from iac_imds_lint import texts
from iac_imds_lint.bootscript.formats.shebang import of_name, of_program, script
from iac_imds_lint.bootscript.formats.units import held, is_crontab, is_unit, of_crontab, of_unit
from iac_imds_lint.script import Language, Part, Unseen
from iac_imds_lint.texts import Text

# Where a shell, init, cron, pam or cloud-init runs what it finds; and programs, which have no suffix.
_RUN = re.compile(
    r"/etc/(?:profile(?:\.d/|$)|bashrc$|bash\.bashrc$|rc\.local|rc\.d/|init\.d/|cron\.(?:hourly|daily|weekly|monthly)/"
    r"|update-motd\.d/|NetworkManager/dispatcher\.d/|networkd-dispatcher/)|/var/lib/cloud/scripts/"
    r"|/\.(?:bashrc|bash_profile|profile|zshrc)$|/(?:s?bin|scripts?)/[^/.]+$"
)
_RUNS = re.compile(
    r"(?:^|[\s;&|(\"'])(?:[\w./]*/)?(?P<program>(?:ba|da|k|z)?sh|source|\.|python[\d.]*|perl|ruby|node|pwsh)"
    r"(?:[ \t]+-[\w-]+)*[ \t]+[\"']?(?P<path>/[^\s\"';&|)]+)",
    re.MULTILINE,
)


class File(NamedTuple):
    """A file to be written. ``what`` is where that is said; ``run_as`` the language in which a command runs it."""

    path: str
    content: Text | Unseen
    what: str
    executable: bool = False
    run_as: Language | None = None

    @property
    def named(self) -> str:
        """What the file is called."""
        return f"{self.path or 'a file'} in {self.what}"

    @property
    def language(self) -> Language | None:
        """The language of the file, as far as it tells without its content; None where it need not be a script."""
        found = self.run_as or of_name(self.path)
        return found or (Language.SHELL if self.executable or _RUN.search(self.path) else None)


def run_by(commands: str) -> Mapping[str, Language]:
    """The files that commands hand to an interpreter, and the language of that."""
    found = ((one["program"], one["path"]) for one in _RUNS.finditer(commands))
    return {path: Language.SHELL if program in ("source", ".") else of_program(program) for program, path in found}


def parts(file: File) -> Iterator[Part | Unseen]:
    """The scripts and commands of a file; why they cannot be seen, where it has some."""
    content = file.content
    if isinstance(content, Unseen):
        yield from (content,) if file.language else ()
    else:
        name = file.path.rsplit("/", 1)[-1]
        for one in _read(file, content):
            yield one._replace(beside=frozenset((name,))) if isinstance(one, Part) else one


def _read(file: File, content: Text) -> Iterator[Part | Unseen]:
    if content.content.strip() == texts.STAND_IN:
        yield from _unknown(file, content)
    elif is_crontab(file.path):
        yield from of_crontab(content, file.named, user=file.path.startswith("/etc/"))
    elif is_unit(file.path, content.content):
        yield from of_unit(content, file.named)
    elif content.content.lstrip().startswith("#!") or (file.language and content.content.strip()):
        yield script(content, file.named, file.language)
    else:
        yield from held(content, file.path, file.named)


def _unknown(file: File, content: Text) -> Iterator[Unseen]:
    end = len(content.content)
    why = content.unknown(0, end)
    if why and (file.language or is_crontab(file.path)):
        yield Unseen(content.span(0, end), f"{file.named} is not known: {why}")
