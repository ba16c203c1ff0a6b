"""Reads a script in one language, as a file of its own."""

from __future__ import annotations

from iac_imds_lint import bootscript, texts
from iac_imds_lint.bootscript import languages
from iac_imds_lint.script import Language, Looked, Part, Script
from iac_imds_lint.source import SourceFile


def part_of(text: str, language: Language) -> Part:
    return Part(texts.whole(SourceFile("script", text, bom=False)), language, "user_data")


def looked(text: str, language: Language) -> Looked:
    return languages.look(part_of(text, language))


def found(text: str, language: Language) -> list[tuple[str, str, str, str]]:
    """The calls: what stands there, the program, what it asks for, and the note."""
    return [(text[one.start : one.end], one.program, one.asked, one.note) for one in looked(text, language).calls]


def asked(text: str, language: Language) -> list[str]:
    """What the calls ask for; those of scripts inside of it are told with the language."""
    looks = looked(text, language)
    own = [one.asked for one in looks.calls]
    inner = [f"{part.language.value}: {one.asked}" for part in looks.parts for one in languages.look(part).calls]
    return own + inner


def programs(text: str, language: Language) -> list[str]:
    """What calls in a script, and in all that are inside of it."""
    script = Script(texts.whole(SourceFile("script", text, bom=False)), "user_data", language)
    return [one.call.program.lower() for one in bootscript.read(script).found]
