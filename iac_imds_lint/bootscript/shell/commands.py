"""Simple commands: what runs, behind sudo and its like, and what that does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

import tree_sitter

from iac_imds_lint.bootscript.shell import clients, files, functions, inner, interpreters, prefixes
from iac_imds_lint.bootscript.shell.state import Does, Ran, State
from iac_imds_lint.bootscript.shell.urls import target
from iac_imds_lint.bootscript.shell.values import EMPTY, HIDDEN, UNKNOWN, Held, Value, Values, joined, known, united
from iac_imds_lint.bootscript.shell.words import Arg, arguments, evaluate, unescaped
from iac_imds_lint.texts import Text

# What only speaks of a program, or installs it.
_QUIET = frozenset(
    [
        "echo",
        "printf",
        "grep",
        "egrep",
        "fgrep",
        "sed",
        "awk",
        "gawk",
        "test",
        "[",
        "which",
        "type",
        "hash",
        "logger",
        "cat",
        "tee",
        "rm",
        "ln",
        "cp",
        "mv",
        "chmod",
        "chown",
        "apt",
        "apt-get",
        "yum",
        "dnf",
        "apk",
        "pip",
        "pip3",
        "snap",
        "brew",
        "zypper",
        "man",
        "mkdir",
        "touch",
        "ping",
        "iptables",
        "ip",
        "route",
        "nslookup",
        "dig",
        "host",
        "export",
        "true",
        "false",
        "systemctl",
        "service",
        "trap",
        "alias",
        "jq",
        "cut",
        "tr",
        "sort",
        "head",
        "tail",
        "ls",
        "killall",
        "pkill",
        "pgrep",
        "rpm",
        "dpkg",
    ]
)
# How many words before a command are looked through for one.
_DEEPEST_WORD = 64
# Variables as they were: the name, what it held, and whether that was exported.
Outer: TypeAlias = "list[tuple[str, Held | None, bool]]"
_JUMPS = frozenset({"exit", "return", "break", "continue"})


def simple(state: State, node: tree_sitter.Node) -> Ran:
    """Follow a command with its words."""
    mark = len(state.events)
    if state.running:
        state.budget -= 1
    argv: list[Arg] = []
    given: dict[str, Values] = {}
    for one in node.children:
        if one.type == "variable_assignment":
            for each in one.named_children[1:]:
                given[state.tree.text(one.children[0])] = evaluate(state, each)
        elif one.type == "command_name":
            argv += arguments(state, one.children[0] if one.child_count == 1 else one)
        elif one.is_named and one.type not in files.REDIRECTS:
            argv += arguments(state, one)
    outer = _given(state, given)
    ran = _with_redirections(state, node, argv)
    _taken_back(state, outer)
    state.last = outcome(state, mark)
    return ran


def _given(state: State, given: dict[str, Values]) -> Outer:
    """Set the variables that stand before a command, for it alone; how they were."""
    outer = [(name, state.variables.held(name), name in state.exported) for name in given]
    for name, values in given.items():
        state.variables.set(name, values)
        state.exported.add(name)
    return outer


def _taken_back(state: State, outer: Outer) -> None:
    for name, held, exported in outer:
        state.variables.put(name, held)
        if not exported:
            state.exported.discard(name)


def _with_redirections(state: State, node: tree_sitter.Node, argv: Sequence[Arg]) -> Ran:
    found = files.redirections(state, node)
    outer = state.stdin, state.targets
    state.stdin = found.stdin if found.stdin is not None else state.stdin
    state.targets = found.targets or state.targets
    ran = run(state, argv)
    state.stdin, state.targets = outer
    return ran


def outcome(state: State, mark: int) -> Value:
    """What ``$?`` says after a command."""
    asked = (one.key for one in state.does(mark, Does.ASK) if one.key not in state.deaf)
    return Value(HIDDEN, "", 2 if state.has_token_since(mark) else 0, tuple(asked))


def run(state: State, argv: Sequence[Arg]) -> Ran:
    """Do what the words of a command say."""
    argv = _with_what_is_piped(state, prefixes.stripped(argv), argv)
    if not argv:
        return Ran()
    name = _name(state, argv[0])
    if name in state.functions:
        return functions.call(state, name, argv[1:])
    if name in _JUMPS:
        return Ran(jumps=True)
    base = name.rsplit("/", 1)[-1]
    if base in _BUILTINS:
        _BUILTINS[base](state, argv)
    elif family := clients.client(name):
        mark = len(state.events)
        clients.read(state, family, argv)
        state.put_out(_printed_by_client(state, argv, mark))
    elif not interpreters.run(state, base, argv):
        _other(state, base, argv)
    return Ran()


def _with_what_is_piped(state: State, argv: Sequence[Arg], written: Sequence[Arg]) -> Sequence[Arg]:
    """The words of a command, with those that xargs adds."""
    adds = any(one.text == "xargs" for one in written) and state.stdin is not None
    if not adds or not argv or argv[0].text == "xargs" or state.stdin is None:
        return argv
    pieces = (one._replace(text=text) for one in state.stdin.values for text in one.text.split())
    return [*argv, *(Arg((one,), argv[-1].start, argv[-1].end) for one in pieces)]


def _name(state: State, arg: Arg) -> str:
    """The program that a word names; one that is not known and named for a client is that."""
    names = [one.text for one in arg.values]
    best = next((name for name in names if clients.client(name)), names[0] if names else "")
    if not best.startswith(HIDDEN):
        return best
    hint = re.search(r"curl|wget", state.tree.between(arg.start, arg.end), re.IGNORECASE)
    return hint[0].lower() if hint else best


def _printed_by_client(state: State, argv: Sequence[Arg], mark: int) -> Values:
    """What a client prints is not known; the status code of a request with a token tells whether there is one."""
    status = state.has_token_since(mark) and any("http_code" in one.text or "response_code" in one.text for one in argv)
    return (Value(HIDDEN, token=2 if status else 0),)


def _other(state: State, base: str, argv: Sequence[Arg]) -> None:
    """A program that may run what it is given: retry, flock, docker run."""
    state.put_out(UNKNOWN)
    if base in _QUIET:
        return
    if base.startswith(HIDDEN):
        _unknown_program(state, argv)
    for number, arg in enumerate(argv[1:_DEEPEST_WORD], start=1):
        rest = argv[number:]
        if clients.client(arg.text) and any(target(value) for one in rest[1:] for value in one.values):
            clients.read(state, clients.client(arg.text), rest)
            return
        if interpreters.is_entry(rest):
            code = next((place for place, one in enumerate(rest) if one.text == "-c"), len(rest))
            interpreters.run(state, "sh", (argv[0], *rest[code:]))
            return
        if interpreters.is_given_a_script(state, rest):
            interpreters.run(state, arg.text.rsplit("/", 1)[-1], rest)
            return
        if arg.text in state.functions:
            functions.call(state, arg.text, rest[1:])
            return


def _find(state: State, argv: Sequence[Arg]) -> None:
    """``find`` runs the words between -exec and a semicolon or a plus sign."""
    state.put_out(UNKNOWN)
    for number, arg in enumerate(argv[:_DEEPEST_WORD]):
        if arg.text in ("-exec", "-execdir", "-ok", "-okdir"):
            words = argv[number + 1 :]
            end = next((place for place, one in enumerate(words) if one.text in (";", "+")), len(words))
            run(state, words[:end])


def _unknown_program(state: State, argv: Sequence[Arg]) -> None:
    why = state.unknown(argv[0].start, argv[0].end)
    if why:
        state.miss((argv[0].start, argv[-1].end), f"which command it runs is not known: {why}")


def _echo(state: State, argv: Sequence[Arg]) -> None:
    flags = [one for one in argv[1:3] if re.fullmatch(r"-[neE]+", one.text)]
    words = argv[1 + len(flags) :]
    if not state.is_read:
        return
    values = EMPTY
    for number, arg in enumerate(words):
        values = joined(joined(values, known(" ")) if number else values, arg.values)
    text = _words_text(state, words) if _is_a_text(state) else None
    if any("e" in one.text for one in flags):
        values = tuple(one._replace(text=unescaped(one.text)) for one in values)
        text = inner.interpreted(text) if text else None
    _print(state, values, text)


def _printf(state: State, argv: Sequence[Arg]) -> None:
    words = list(argv[1:])
    if len(words) > 1 and words[0].text == "-v":
        state.variables.set(words[1].text, _formatted(words[2:]))
        return
    if not state.is_read:
        return
    fixed = bool(words) and "%" not in words[0].text
    some = words[:1] if fixed else words[1:]
    text = _words_text(state, some, separator="\n") if _is_a_text(state) else None
    _print(state, _formatted(words), inner.interpreted(text) if text and fixed else text)


def _formatted(words: Sequence[Arg]) -> Values:
    """What printf prints, for %s."""
    if not words:
        return EMPTY
    values, rest = EMPTY, list(words[1:])
    for piece in re.split(r"(%s|%b|%d)", unescaped(words[0].text)):
        is_hole = piece in ("%s", "%b", "%d")
        values = joined(values, (rest.pop(0).values if rest else EMPTY) if is_hole else known(piece))
    return values


def _is_a_text(state: State) -> bool:
    """Whether what is printed may become a script."""
    return state.piped or bool(state.targets)


def _print(state: State, values: Values, text: Text | None) -> None:
    if state.targets and text is not None:
        files.write(state, text, state.targets)
        return
    state.put_out(values)
    state.produced = text


def _words_text(state: State, words: Sequence[Arg], separator: str = " ") -> Text | None:
    return interpreters.words_text(state, words, separator)


def _cat(state: State, argv: Sequence[Arg]) -> None:
    named = [one for one in argv[1:] if not one.text.startswith("-")]
    text = state.stdin.text if state.stdin and not named else None
    if text is None:
        state.put_out(UNKNOWN)
        return
    _print(state, state.stdin.values if state.stdin else UNKNOWN, text)


def _tee(state: State, argv: Sequence[Arg]) -> None:
    paths = tuple(one.text for one in argv[1:] if not one.text.startswith("-"))
    if state.stdin and state.stdin.text is not None:
        files.write(state, state.stdin.text, paths)


def _read(state: State, argv: Sequence[Arg]) -> None:
    """``read`` takes what stands behind ``<<<``, split or not, and what a pipeline prints."""
    values = state.stdin.values if state.stdin else UNKNOWN
    names = [one.text for one in argv[1:] if re.fullmatch(r"[A-Za-z_]\w*", one.text)]
    for number, name in enumerate(names):
        some = values
        if len(names) > 1:
            some = united(_field(one, number, last=number == len(names) - 1) for one in values)
        state.variables.set(name, some or UNKNOWN)


def _field(value: Value, number: int, last: bool) -> Value:
    fields = value.text.split()
    if HIDDEN in value.text or number >= len(fields):
        return value._replace(text=HIDDEN)
    return value._replace(text=" ".join(fields[number:]) if last else fields[number])


def _set(state: State, argv: Sequence[Arg]) -> None:
    marker = next((number for number, one in enumerate(argv) if one.text == "--"), None)
    if marker is not None:
        functions.parameters(state, argv[marker + 1 :])


def _shift(state: State, argv: Sequence[Arg]) -> None:
    count = int(argv[1].text) if len(argv) > 1 and argv[1].text.isdigit() and len(argv[1].text) < 3 else 1
    held = state.variables.held("@") or ((),)
    kept = tuple(one[count:] for one in held)
    state.variables.put("@", kept)
    for number in range(1, 10):
        left = tuple((one[number - 1],) for one in kept if len(one) >= number)
        state.variables.put(str(number), left or ((Value(""),),))


def _nothing(state: State, argv: Sequence[Arg]) -> None:
    """What has no effect that matters here."""


def _test(state: State, argv: Sequence[Arg]) -> None:
    """Its words have been read."""


_BUILTINS = {
    "echo": _echo, "printf": _printf, "cat": _cat, "tee": _tee, "read": _read, "set": _set, "shift": _shift,
    "find": _find, "test": _test, "true": _nothing, ":": _nothing, "false": _nothing, "cd": _nothing, "sleep": _nothing,
}  # fmt: skip
