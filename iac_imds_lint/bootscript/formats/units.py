"""Commands that stand in files of systemd, cron, upstart and supervisord, and in Dockerfiles.

Sources: systemd.service(5), "Command lines" (prefixes, ``$$``), systemd.unit(5) (``%%``), systemd.syntax(7) (quotes,
lines that go on); crontab(5) (columns, ``%``), upstart's init(5) (stanzas; scripts run by ``sh -e``; "exec" is put
before a command, whatever runs it); supervisord's "Configuration File" (no shell); Dockerfile reference, RUN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from iac_imds_lint import texts
from iac_imds_lint.script import Language, Part
from iac_imds_lint.texts import Text

_EXEC = re.compile(r"^[ \t]*Exec(?:Start|Stop|Reload|Condition)(?:Pre|Post)?[ \t]*=[ \t]*[-@:+!|]*", re.MULTILINE)
_SECTION = re.compile(r"^\[(?:Service|Unit|Socket|Timer|Install)\]", re.MULTILINE)
_GOES_ON = re.compile(r"\\\r?\n(?:[ \t]*[#;][^\n]*\n)*")
_STRETCH = re.compile(r"[^\\\n]*(?:\\(?!\r?\n)[^\\\n]*)*")
_DOUBLED = re.compile(r"\$\$|%%")

_CRON = re.compile(r"^[ \t]*(?:@\w+|(?:[\d*,/?A-Za-z_-]+[ \t]+){4}[\d*,/?A-Za-z_-]+)[ \t]+", re.MULTILINE)
_WORD = re.compile(r"\S+[ \t]+")
_COMMAND = re.compile(r"(?:[^%\\\n]|\\.)*")
_ESCAPED = re.compile(r"\\%")

_STANZA = re.compile(r"^[ \t]*(?:(?:pre|post)-(?:start|stop)[ \t]+)?(script\b[^\n]*\n|exec[ \t]+)", re.MULTILINE)
_END = re.compile(r"^[ \t]*end[ \t]+script\b", re.MULTILINE)

_ABOUT_JOB = re.compile(r"^(?:description|start[ \t]+on)\b", re.MULTILINE)
_PROGRAM = re.compile(r"^\[(?:program|eventlistener|fcgi-program):", re.MULTILINE)
_SUPERVISED = re.compile(r"^command[ \t]*=[ \t]*", re.MULTILINE)
_BUILT = re.compile(r"^[ \t]*RUN[ \t]+(?:--\w+=\S+[ \t]+)*(?!\[)", re.MULTILINE)

# A command that goes on over more lines, or has more in it that is doubled, is no command.
_MOST = 1_000


def is_unit(path: str, content: str) -> bool:
    """Whether a file is a unit of systemd, or a part of one."""
    return ("systemd/" in path or path.endswith(".service")) and _SECTION.search(content) is not None


def is_crontab(path: str) -> bool:
    """Whether a file is read by cron."""
    return path.startswith(("/etc/cron.d/", "/var/spool/cron/")) or path == "/etc/crontab"


def is_upstart(path: str, content: str) -> bool:
    """Whether a file is a job of upstart."""
    if not path.endswith((".conf", ".override")) or _STANZA.search(content) is None:
        return False
    return path.startswith("/etc/init/") or _ABOUT_JOB.search(content) is not None


def held(text: Text, path: str, what: str) -> Iterator[Part]:
    """The commands of a file that upstart or supervisord reads, or from which a container is built."""
    if is_upstart(path, text.content):
        yield from of_upstart(text, what)
    elif _PROGRAM.search(text.content):
        yield from of_supervisord(text, what)
    elif re.match(r"Dockerfile(?:\.|\Z)", path.rsplit("/", 1)[-1]):
        yield from of_dockerfile(text, what)


def of_supervisord(text: Text, what: str) -> Iterator[Part]:
    """The commands of the programs that supervisord runs."""
    for found in _SUPERVISED.finditer(text.content):
        line = text.part(found.end(), _line_end(text.content, found.end()))
        yield Part(line.inside(in_unit), Language.SHELL, what, by="supervisord")


def of_dockerfile(text: Text, what: str) -> Iterator[Part]:
    """The commands that run when a container is built, each of which has a shell of its own."""
    for found in _BUILT.finditer(text.content):
        end = found.end()
        for _ in range(_MOST):
            stretch = _STRETCH.match(text.content, end)
            end = stretch.end() if stretch else end
            more = _GOES_ON.match(text.content, end)
            if more is None:
                break
            end = more.end()
        yield Part(text.part(found.end(), end).inside(_in_run), Language.SHELL, what)


def _in_run(text: str) -> str | None:
    """A text as it is written in a command of a Dockerfile, which is one line."""
    return None if "\n" in text else text


def of_unit(text: Text, what: str) -> Iterator[Part]:
    """The commands of a unit, one a line. systemd is no shell, but its words are quoted like a shell's."""
    told = (command for command in _commands(text) if command.content.strip())
    joined = texts.joined(line for command in told for line in (command, _newline(command)))
    if joined.content:
        yield Part(joined, Language.SHELL, what, by="systemd")


def of_crontab(text: Text, what: str, *, user: bool) -> Iterator[Part]:
    """The commands of a crontab, each of which has a shell of its own; ``user`` says that it has a column for who runs
    them.
    """
    for job in _jobs(text, user=user):
        if job.content.strip():
            yield Part(job, Language.SHELL, what)


def of_upstart(text: Text, what: str) -> Iterator[Part]:
    """The scripts and commands of a job."""
    at = 0
    for number, found in enumerate(_STANZA.finditer(text.content), 1):
        if found.start() < at:
            continue
        is_script = found[1].startswith("script")
        end = _END.search(text.content, found.end()) if is_script else None
        at = _line_end(text.content, found.end()) if not is_script else end.start() if end else len(text.content)
        by = "" if is_script else "upstart"
        yield Part(text.part(found.end(), at), Language.SHELL, f"stanza {number} of {what}", strict=is_script, by=by)


def _newline(command: Text) -> Text:
    end = len(command.content)
    return texts.made("\n", command.span(end, end))


def _commands(text: Text) -> Iterator[Text]:
    at = 0
    for found in _EXEC.finditer(text.content):
        if found.start() >= at:
            command, at = _command(text, found.end())
            yield command


def _command(text: Text, at: int) -> tuple[Text, int]:
    """A command of a unit, on one line, with what is doubled in units as it is meant; and where it ends."""
    lines: list[Text] = []
    for _ in range(_MOST):
        stretch = _STRETCH.match(text.content, at)
        end = stretch.end() if stretch else at
        lines.append(_single(text, at, end))
        more = _GOES_ON.match(text.content, end)
        if more is None:
            break
        lines.append(texts.made(" ", text.span(*more.span())))
        at = more.end()
    return texts.joined(lines), at


def _single(text: Text, start: int, end: int) -> Text:
    """A part of a command, with one of each two dollars and percent signs."""
    return _without(text, start, end, _DOUBLED).inside(in_unit)


def in_unit(text: str) -> str | None:
    """A text as it is written in a command of a unit, which is one line. Its escapes are others than a shell's."""
    return None if re.search(r"[\n\\]", text) else text.replace("$", "$$").replace("%", "%%")


def _jobs(text: Text, *, user: bool) -> Iterator[Text]:
    for found in _CRON.finditer(text.content):
        who = _WORD.match(text.content, found.end()) if user else None
        command = _COMMAND.match(text.content, who.end() if who else found.end())
        job = _without(text, *command.span(), _ESCAPED) if command else text.part(0, 0)
        yield job.inside(in_crontab)


def in_crontab(text: str) -> str | None:
    """A text as it is written in a crontab, which has a command on one line."""
    return None if "\n" in text else text.replace("%", "\\%")


def _without(text: Text, start: int, end: int, pattern: re.Pattern[str]) -> Text:
    """What stands between two offsets, but for the first character of all that a pattern finds."""
    left = [found.start() for found in islice(pattern.finditer(text.content, start, end), _MOST)]
    spans = zip((start, *(at + 1 for at in left)), (*left, end), strict=True)
    return texts.joined(text.part(*span) for span in spans)


def _line_end(content: str, at: int) -> int:
    end = content.find("\n", at)
    return len(content) if end < 0 else end
