"""Which language a script is in, by its first line, by the name of its file, or by what it reads like."""

from __future__ import annotations

import re
from typing import NamedTuple

from iac_imds_lint import texts
from iac_imds_lint.script import Language, Part
from iac_imds_lint.texts import Text

_LINE = re.compile(r"#![ \t]*([^\r\n]*)")
# nix-shell is told in further such lines what to run (its manual, "Use as a #!-interpreter").
_NIX = re.compile(r"(?:\r?\n#![^\n]*?)??\r?\n#![ \t]*nix-shell\b[^\n]*?[ \t]-i[ \t]+([\w.]+)")
_SHELLS = frozenset(("sh", "bash", "dash", "ash", "ksh", "ksh93", "mksh", "zsh", "busybox", "rbash"))
_PYTHON = re.compile(r"(?:platform-)?(?:python|pypy)[\d.]*\Z")
_STOPS = re.compile(r"(?:\A|\s)(?:-[a-zA-Z]*e|-[a-zA-Z]*o\s*errexit)")

_SUFFIXES = {
    **dict.fromkeys((".sh", ".bash", ".ksh", ".zsh"), Language.SHELL),
    **dict.fromkeys((".ps1", ".psm1"), Language.POWERSHELL),
    **dict.fromkeys((".bat", ".cmd"), Language.BATCH),
    ".py": Language.PYTHON,
    **dict.fromkeys((".pl", ".rb", ".js", ".php", ".lua", ".go"), Language.OTHER),
}

_POWERSHELL = re.compile(
    r"\b(?:Invoke-(?:RestMethod|WebRequest|Expression|Command)|Set-ExecutionPolicy|New-Object|Write-(?:Host|Output)"
    r"|Import-Module|Start-(?:Process|Service)|Set-ItemProperty|Get-(?:Content|Service|Item))\b|\$env:\w",
    re.IGNORECASE,
)

# A longer text is left as it is: each of its lines would be a piece.
_MOST_LINES = 20_000


class Shebang(NamedTuple):
    """What runs a script. ``strict`` says that it stops at the first command that fails."""

    language: Language
    strict: bool = False


def shebang(content: str) -> Shebang | None:
    """What the first line of a script says of its language; None where it says nothing."""
    line = _LINE.match(content)
    if line is None:
        return None
    program, arguments = _program(line[1].split())
    nix = _NIX.match(content, line.end()) if program == "nix-shell" else None
    if nix is not None:
        program, arguments = nix[1], ""
    if program in _SHELLS or texts.STAND_IN in program:
        return Shebang(Language.SHELL, bool(_STOPS.search(arguments)))
    return Shebang(_of_program(program))


def of_program(program: str) -> Language:
    """The language that a program runs, by its name."""
    name = re.split(r"[\\/]", program)[-1].lower().removesuffix(".exe")
    return Language.SHELL if name in _SHELLS else _of_program(name)


def of_name(path: str) -> Language | None:
    """The language of a file by its name."""
    dot = path.rfind(".")
    return _SUFFIXES.get(path[dot:].lower()) if dot >= 0 else None


def reads_like_powershell(content: str) -> bool:
    """Whether a text without a known beginning is PowerShell rather than shell."""
    return _POWERSHELL.search(content) is not None


def script(text: Text, what: str, language: Language | None = None) -> Part:
    """A script as a part. Its first line says its language; else it is in ``language``, or a shell's.

    What stands before ``#!`` is left out: the kernel would take no such file for a script, but it is meant as one.
    """
    blanks = len(text.content) - len(text.content.lstrip("\ufeff \t\r\n"))
    if blanks and text.content.startswith("#!", blanks):
        text = text.part(blanks, len(text.content))
    found = shebang(text.content) if language in (None, Language.SHELL) else None
    found = found or Shebang(language or Language.SHELL)
    return Part(unix(text) if found.language is Language.SHELL else text, found.language, what, found.strict)


def unix(text: Text) -> Text:
    """A text without the carriage returns of its newlines, if its first line ends with one (cloud-init's dos2unix)."""
    content = text.content
    if content[: content.find("\n") + 1][-2:] != "\r\n":
        return text
    returns = [found.start() for found in re.finditer("\r\n", content)]
    if len(returns) > _MOST_LINES:
        return text
    lines = zip((0, *(at + 2 for at in returns)), (*returns, len(content)), strict=True)
    some = (one for begin, end in lines for one in (text.part(begin, end), _newline(text.part(end, end + 2))))
    joined = texts.joined(some)
    pieces = (piece._replace(spellings=(*piece.spellings, with_carriage_returns)) for piece in joined.pieces)
    return Text(joined.content, tuple(pieces))


def _newline(text: Text) -> Text:
    """A newline in the place of two characters that are one; nothing at the end of all."""
    if not text.content or len(text.pieces) != 1:
        return texts.made("\n" if text.content else "", text.span(0, 2))
    return Text("\n", (text.pieces[0]._replace(end=1, even=False),))


def with_carriage_returns(text: str) -> str:
    """A text with the newlines of a file that has carriage returns in them."""
    return re.sub(r"(?<!\r)\n", "\r\n", text)


def _program(words: list[str]) -> tuple[str, str]:
    """The name of the program that a first line runs, and its arguments; ``env`` is looked through."""
    names = [re.split(r"[\\/]", word)[-1] for word in words]
    at = 0
    if names[:1] == ["env"]:
        at = next((n for n, word in enumerate(words[1:], 1) if word[0] != "-" and "=" not in word), len(words))
    return (names[at] if at < len(names) else "", " ".join(words[at + 1 :]))


def _of_program(name: str) -> Language:
    if name in ("pwsh", "powershell"):
        return Language.POWERSHELL
    return Language.PYTHON if _PYTHON.match(name) else Language.OTHER
