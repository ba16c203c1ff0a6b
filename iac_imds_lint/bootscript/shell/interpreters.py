"""Commands that run other scripts: shells, Python and the rest, by a word, a file, or what they read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from iac_imds_lint.bootscript.shell import files, inner
from iac_imds_lint.bootscript.shell.state import Fetch, State
from iac_imds_lint.bootscript.shell.values import HIDDEN, Key
from iac_imds_lint.bootscript.shell.words import Arg
from iac_imds_lint.script import Language
from iac_imds_lint.source import Span
from iac_imds_lint.texts import Text, joined, made, placed

_CODE = {
    Language.SHELL: re.compile(r"-[a-z]*c"),
    Language.PYTHON: re.compile(r"-[a-zA-Z]*c"),
    Language.POWERSHELL: re.compile(r"-(?:c|command)", re.IGNORECASE),
    Language.OTHER: re.compile(r"-[a-z]*[eEr]|--eval|--print"),
    Language.BATCH: re.compile(r"/c"),
}
_STARTS_A_SHELL = re.compile(r"-[A-Za-z]*[is][A-Za-z]*|--login|--shell")
_SSH_OPTIONS = re.compile(r"-[bcDEeFIiJLlmOopQRSWw]")


def run(state: State, base: str, argv: Sequence[Arg]) -> bool:
    """Note the script that a command runs; whether it is one that runs scripts."""
    if base in ("su", "runuser"):
        _as_other_user(state, argv)
    elif base == "sudo":
        _sudo(state, argv)
    elif base in ("at", "batch"):
        _from_stdin(state, Language.SHELL, f"what {base} runs", _key(argv))
    elif base == "ssh":
        _on_other_host(state, argv)
    elif base == "crontab":
        _crontab(state)
    elif base == "eval":
        _eval(state, argv)
    elif base in (".", "source"):
        _source(state, argv)
    elif (language := inner.language(base)) is not None:
        _interpret(state, language, argv)
    elif base == "trap":
        _code(state, Language.SHELL, argv[1:2], "what trap runs", _key(argv))
    elif argv[0].node is not None and argv[0].node.type in ("string", "raw_string") and " " in argv[0].text:
        _code(state, Language.SHELL, argv[:1], "what it runs", _key(argv))
    elif base == "aws":
        _aws(state, argv)
    else:
        return _file(state, argv)
    return True


def is_given_a_script(state: State, argv: Sequence[Arg]) -> bool:
    """Whether words are an interpreter with a script: in a word, or in what it reads."""
    language = inner.language(argv[0].text)
    if language is None:
        return False
    return _is_code(language, argv[1:2]) or (
        len(argv) == 1 and state.stdin is not None and state.stdin.text is not None
    )


def is_entry(argv: Sequence[Arg]) -> bool:
    """Whether words name a shell that a container runs its command with."""
    return bool(re.search(r"entrypoint[= ]*\S*\b(?:ba|da|a|)sh$", " ".join(one.text for one in argv[:2])))


def _is_code(language: Language, argv: Sequence[Arg]) -> bool:
    return any(_CODE[language].fullmatch(one.text) for one in argv)


def words_text(state: State, words: Sequence[Arg], separator: str = " ") -> Text | None:
    """Words as one text, with something between them."""
    texts: list[Text] = []
    for number, arg in enumerate(words):
        if number:
            texts.append(_between(state, words[number - 1], arg, separator))
        texts.append(_text(state, arg))
    return joined(texts) if texts else None


def _text(state: State, arg: Arg) -> Text:
    if arg.node is not None:
        return inner.word_text(state, arg.node)
    return inner.came_to(state, arg.start, arg.end, arg.values).seen_through(state.part.text)


def _between(state: State, left: Arg, right: Arg, separator: str) -> Text:
    start, end = state.tree.offset(left.end), state.tree.offset(right.start)
    span = Span("", min(start, end), max(start, end))
    text = placed(separator, span) if span.end - span.start == len(separator) else made(separator, span)
    return text.seen_through(state.part.text)


def _key(argv: Sequence[Arg]) -> Key:
    return argv[0].start, max(argv[-1].end, argv[0].end)


def _interpret(state: State, language: Language, argv: Sequence[Arg]) -> None:
    what = f"what {argv[0].text} runs"
    for number, arg in enumerate(argv[1:], start=1):
        if _CODE[language].fullmatch(arg.text):
            _code(state, language, argv[number + 1 : number + 2], what, _key(argv))
            return
        if arg.node is not None and arg.node.type == "process_substitution":
            _downloaded(state, _key(argv))
            return
        if arg.text == "-s":
            break
        if arg.text and not arg.text.startswith(("-", "+")):
            files.run(state, arg.text, language, _key(argv))
            return
    _from_stdin(state, language, what, _key(argv))


def _code(state: State, language: Language, words: Sequence[Arg], what: str, key: Key) -> None:
    for arg in words:
        if (
            arg.node is not None
            and arg.text == HIDDEN
            and re.match(r"[\"']?(?:\$\(|`)", state.tree.between(arg.start, arg.end))
        ):
            _downloaded(state, key)
            return
        files.give(state, _text(state, arg), language, what)


def _downloaded(state: State, key: Key) -> None:
    """A script that a substitution among the words of a command downloads."""
    for fetch in state.fetches[-1:]:
        if fetch.to == "-":
            state.miss(key, files.downloaded(fetch))


def _from_stdin(state: State, language: Language, what: str, key: Key) -> None:
    stdin = state.stdin
    if stdin is None:
        return
    if stdin.text is not None:
        files.give(state, stdin.text, language, what)
    elif stdin.fetch is not None:
        state.miss(key, files.downloaded(stdin.fetch))


def _as_other_user(state: State, argv: Sequence[Arg]) -> None:
    for number, arg in enumerate(argv[1:], start=1):
        if arg.text in ("-c", "--command"):
            _code(state, Language.SHELL, argv[number + 1 : number + 2], f"what {argv[0].text} runs", _key(argv))
            return
    _from_stdin(state, Language.SHELL, f"what {argv[0].text} runs", _key(argv))


def _sudo(state: State, argv: Sequence[Arg]) -> None:
    """``sudo`` without a command starts a shell, if it is told so."""
    if any(_STARTS_A_SHELL.fullmatch(one.text) for one in argv[1:]):
        _from_stdin(state, Language.SHELL, "what sudo runs", _key(argv))


def _on_other_host(state: State, argv: Sequence[Arg]) -> None:
    number = 1
    while number < len(argv) and argv[number].text.startswith("-"):
        number += 2 if _SSH_OPTIONS.fullmatch(argv[number].text) else 1
    command = argv[number + 1 :]
    text = words_text(state, command)
    if text is not None and not (len(command) <= 2 and inner.language(command[0].text)):
        files.give(state, text, Language.SHELL, "what ssh runs")
    else:
        _from_stdin(state, Language.SHELL, "what ssh runs", _key(argv))


def _crontab(state: State) -> None:
    if state.stdin is not None and state.stdin.text is not None:
        state.parts += inner.cron_parts(state.stdin.text, "crontab")


def _eval(state: State, argv: Sequence[Arg]) -> None:
    text = words_text(state, argv[1:])
    if len(argv) == 2:
        _code(state, Language.SHELL, argv[1:], "what eval runs", _key(argv))
    elif text is not None:
        files.give(state, text, Language.SHELL, "what eval runs")


def _source(state: State, argv: Sequence[Arg]) -> None:
    for arg in argv[1:2]:
        if arg.node is not None and arg.node.type == "process_substitution":
            _downloaded(state, _key(argv))
        else:
            files.run(state, arg.text, Language.SHELL, _key(argv))


def _aws(state: State, argv: Sequence[Arg]) -> None:
    """``aws s3 cp`` downloads a file, or prints it."""
    words = [one.text for one in argv[1:] if not one.text.startswith("--")]
    sources = [number for number, text in enumerate(words) if text.startswith("s3://")]
    if words[:1] != ["s3"] or not sources or len(words) <= sources[0] + 1:
        return
    url, to = words[sources[0]].replace(HIDDEN, "…"), words[sources[0] + 1]
    state.fetches.append(Fetch(url, to))
    if to != "-":
        state.fetches.append(Fetch(url, url.rsplit("/", 1)[-1]))


def _file(state: State, argv: Sequence[Arg]) -> bool:
    """A script that is run by its path."""
    path = argv[0].text
    if "/" not in path or HIDDEN in path:
        return False
    files.run(state, path, None, _key(argv), direct=True)
    return False
