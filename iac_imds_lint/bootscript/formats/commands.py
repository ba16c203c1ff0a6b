"""Commands as YAML has them: text for a shell, or a list of words.

A list of commands is one script, since what one of them sets is there for the next. Words are put into it in quotes;
a script among the words (``[bash, -c, "..."]``) is a part of its own instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from iac_imds_lint import texts
from iac_imds_lint.bootscript.formats.held import Held
from iac_imds_lint.bootscript.formats.shebang import of_program
from iac_imds_lint.documents import node
from iac_imds_lint.script import Language, Part, Unseen
from iac_imds_lint.texts import Text

_BARE = re.compile(r"[\w./:,@%+^-]+\Z")
_MOST_QUOTES = 1_000
_AS_ANOTHER = frozenset(("su", "runuser"))


def of_list(found: Held, key: str, what: str) -> Iterator[Part | Unseen]:
    """The commands of a list, or of a mapping, whose keys only put them in order; ``key`` is what stands before it."""
    if found.scalar() is not None:
        yield from of_one(found, f"{key} of {what}")
        return
    lines: list[Text] = []
    # Aliases could make much of little: what they repeat beyond the length of all says nothing new.
    left = len(found.text.content)
    for number, item in enumerate((*found.items(), *(item for _, item in found.members())), 1):
        read = _read(item, f"{key} {number} of {what}", left)
        if isinstance(read, Text):
            lines += (read, _made("\n", item))
            left -= len(read.content)
        elif read:
            yield read
        if left < 0:
            break
    if lines:
        yield Part(texts.joined(lines), Language.SHELL, f"{key} of {what}")


def of_one(found: Held, what: str) -> Iterator[Part | Unseen]:
    """One command: text for a shell, or a list of words."""
    read = _read(found, what, len(found.text.content))
    if not isinstance(read, Text):
        yield from (read,) if read else ()
    elif read.content.strip() == texts.STAND_IN:
        yield found.unseen(read.unknown() or f"{what} is not known")
    elif read.content.strip() and not isinstance(getattr(found.node, "content", None), bool):
        yield Part(read, Language.SHELL, what)


def _read(item: Held, what: str, most: int) -> Text | Part | Unseen | None:
    """A command as a line for a shell, or as a script of its own; None where it is none."""
    match item.node:
        case node.Mapping(_, members):
            key = members[0].key if members else ""
            return item.unseen(f"{what} is a mapping for YAML ({key!r} is its key), and no command: it needs quotes")
        case node.Sequence():
            words = tuple(_words(item, most))
            return inner([text for _, text in words], what) or texts.joined(_quoted(words))
        case _:
            return item.scalar()


def _words(item: Held, most: int) -> Iterator[tuple[Held, Text]]:
    for word in item.items():
        if text := word.scalar():
            most -= len(text.content)
            yield word, text
        if most < 0:
            return


def inner(words: Sequence[Text], what: str) -> Part | None:
    """The script among the words of a command: what comes after ``-c``, as in ``sudo -u web bash -ec "..."``."""
    language: Language | None = None
    flags: list[str] = []
    as_another = False
    for number, word in enumerate(words[:-1]):
        content = word.content
        if content.startswith("-"):
            flags.append(content)
            if language and _takes_script(content):
                strict = language is Language.SHELL and any("e" in flag for flag in flags if flag[:2] != "--")
                return Part(words[number + 1], language, what, strict)
        elif (runs := _runs(content)) or not as_another:
            language, flags = runs, []
            as_another = content.rsplit("/", 1)[-1] in _AS_ANOTHER
    return None


def _runs(word: str) -> Language | None:
    """The language of what a program takes after ``-c``."""
    if word.rsplit("/", 1)[-1] in _AS_ANOTHER:
        return Language.SHELL
    found = of_program(word)
    return found if found in (Language.SHELL, Language.PYTHON) else None


def _takes_script(flag: str) -> bool:
    return flag == "--command" or (flag[:2] != "--" and flag.endswith("c"))


def _quoted(words: Sequence[tuple[Held, Text]]) -> Iterator[Text]:
    """Words as a shell takes each for one. Nothing can be written into one of them that is more than it."""
    for number, (item, text) in enumerate(words):
        if number:
            yield _made(" ", item)
        word = text.inside(as_word)
        yield from (word,) if _BARE.match(text.content) else _in_quotes(item, word)


def as_word(_: str) -> str | None:
    """Nothing is written into a word, which no shell looks at."""
    return None


def _in_quotes(item: Held, text: Text) -> Iterator[Text]:
    if text.content.count("'") > _MOST_QUOTES:
        yield _made("'{}'".format(text.content.replace("'", "'\\''")), item)
        return
    yield _made("'", item)
    for found in re.finditer(r"[^']+|'", text.content):
        yield _made("'\\''", item) if found[0] == "'" else text.part(*found.span())
    yield _made("'", item)


def _made(content: str, item: Held) -> Text:
    return texts.made(content, item.text.span(item.node.span.start, item.node.span.end))
