"""What the words of a command come to: quotes, escapes, expansions, substitutions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.bootscript.shell.masking import backquoted
from iac_imds_lint.bootscript.shell.state import DEEPEST, Does, State
from iac_imds_lint.bootscript.shell.values import EMPTY, HIDDEN, UNKNOWN, Held, Value, Values, joined, known, united
from iac_imds_lint.bootscript.shell.variables import elements

WORDS = frozenset(
    [
        "word",
        "string",
        "raw_string",
        "ansi_c_string",
        "translated_string",
        "concatenation",
        "simple_expansion",
        "expansion",
        "number",
        "command_substitution",
        "process_substitution",
        "arithmetic_expansion",
        "brace_expression",
        "array",
        "regex",
        "extglob_pattern",
        "string_content",
        "test_operator",
    ]
)
_EXPANSIONS = frozenset({"simple_expansion", "expansion", "command_substitution"})
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_ESCAPED = re.compile(
    r"\\(?:x(?P<hex>[\da-fA-F]{1,2})|u(?P<short>[\da-fA-F]{1,4})|U(?P<long>[\da-fA-F]{1,8})|(?P<octal>0?[0-7]{1,3})|(.))",
    re.DOTALL,
)
_MOST_OF_UNICODE = 0x10FFFF
_FIRST_SURROGATE, _LAST_SURROGATE = 0xD800, 0xDFFF
# What of a word that is nested too deep is not looked into.
_SHALLOW = re.compile(r"\$\(.*|`.*|\$\{[^}]*\}|\$\w+", re.DOTALL)
_LONGEST = 4096
_PLAIN = re.compile(r"[^\\{}$`]*")
_BRACES = re.compile(r"(?P<before>[^{}]*)\{(?P<options>[^{}]*,[^{}]*)\}(?P<after>.*)", re.DOTALL)


class Arg(NamedTuple):
    """A word of a command: what it may be, and its bytes. ``node`` where it is written as one."""

    values: Values
    start: int
    end: int
    node: tree_sitter.Node | None = None

    @property
    def text(self) -> str:
        """What it is first of all."""
        return self.values[0].text if self.values else ""


def evaluate(state: State, node: tree_sitter.Node) -> Values:
    """What a word may be as one."""
    if state.depth > DEEPEST:
        return known(_SHALLOW.sub(HIDDEN, state.tree.text(node)[:_LONGEST]).strip("\"'"))
    state.depth += 1
    try:
        return _evaluate(state, node)
    finally:
        state.depth -= 1


def arguments(state: State, node: tree_sitter.Node) -> list[Arg]:
    """The words that one makes when the shell has split it."""
    if node.type == "word" and _PLAIN.fullmatch(text := state.tree.text(node)):
        return [Arg(known(text), node.start_byte, node.end_byte, node)]
    held = _all_elements(state, node)
    if held is not None:
        return [Arg((one,), node.start_byte, node.end_byte) for one in elements(held)]
    values = evaluate(state, node)
    if _is_split(node) and any(re.search(r"\s", one.text) for one in values):
        pieces = (one._replace(text=text) for one in values for text in one.text.split())
        return [Arg((one,), node.start_byte, node.end_byte, None) for one in pieces]
    if node.type in ("concatenation", "word"):
        values = united(each for one in values for each in _braced(one))
    return [Arg(values, node.start_byte, node.end_byte, node)]


def _all_elements(state: State, node: tree_sitter.Node) -> Held | None:
    """What "$@" and "${name[@]}" stand for."""
    if node.type == "string" and node.named_child_count == 1:
        node = node.named_children[0]
    if node.type not in ("simple_expansion", "expansion") or not re.search(r"[@*]", state.tree.text(node)):
        return None
    name = re.fullmatch(r"\$\{?(?:([@*])|(\w+)\[[@*]\])\}?", state.tree.text(node))
    if not name:
        return None
    held = state.variables.held(name[2] or "@")
    if held is None:
        return None
    state.reads.add(name[2] or "@", tuple(elements(held)))
    return tuple(tuple(_read(state, name[2] or "@", value) for value in one) for one in held)


def _is_split(node: tree_sitter.Node) -> bool:
    return node.type in _EXPANSIONS or (
        node.type == "concatenation" and any(one.type in _EXPANSIONS for one in node.named_children)
    )


def _braced(value: Value) -> Iterator[Value]:
    """What braces with commas make of a word."""
    found = _BRACES.fullmatch(value.text)
    options = found["options"].split(",") if found else []
    if not found or len(options) > 16:
        yield value
        return
    for option in options:
        yield value._replace(text=found["before"] + option + found["after"])


def _evaluate(state: State, node: tree_sitter.Node) -> Values:
    match node.type:
        case "raw_string":
            return known(state.tree.text(node)[1:-1])
        case "ansi_c_string":
            return known(unescaped(state.tree.text(node)[2:-1]))
        case "string" | "translated_string":
            return _string(state, node)
        case "concatenation" | "command_name":
            return _concatenation(state, node)
        case "simple_expansion":
            return variable(state, state.tree.text(node)[1:])
        case "expansion":
            return _expansion(state, node)
        case "command_substitution" | "program":
            return substitution(state, node)
        case "process_substitution":
            substitution(state, node)
            return UNKNOWN
        case "arithmetic_expansion":
            for one in _inside(node):
                evaluate(state, one)
            return UNKNOWN
        case "array":
            return united(each for one in node.named_children for each in evaluate(state, one))
        case _:
            return known(
                re.sub(r"\\(\n|.)", lambda found: found[1].strip("\n"), state.tree.text(node), flags=re.DOTALL)
            )


def _concatenation(state: State, node: tree_sitter.Node) -> Values:
    values = EMPTY
    for one in node.children:
        values = joined(values, evaluate(state, one))
    return values


def _string(state: State, node: tree_sitter.Node) -> Values:
    """What stands between double quotes; what the tree leaves out between its children belongs to it."""
    values = EMPTY
    for start, end, inner in stretches(state, node, _opened(node), _closed(node)):
        one = evaluate(state, inner) if inner else known(quoted(state.tree.between(start, end)))
        values = joined(values, one)
    return values


def _opened(node: tree_sitter.Node) -> int:
    return node.start_byte + (2 if node.type == "translated_string" else 1)


def _closed(node: tree_sitter.Node) -> int:
    last = node.children[-1] if node.child_count else None
    return last.start_byte if last is not None and last.type == '"' else node.end_byte


def _is_escaped(state: State, start: int, node: tree_sitter.Node) -> bool:
    """Whether backslashes before a node make it no expansion, which the tree does not always say."""
    before = state.tree.data[start : node.start_byte]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1


def stretches(
    state: State, node: tree_sitter.Node, start: int, end: int
) -> Iterator[tuple[int, int, tree_sitter.Node | None]]:
    """The text of a string or a here-document in parts: what is written, and each expansion in it."""
    types = (*_EXPANSIONS, "arithmetic_expansion", "process_substitution")
    for inner in node.children:
        if inner.type in types and inner.start_byte >= start and not _is_escaped(state, start, inner):
            yield from _written(state, node, start, inner.start_byte)
            yield inner.start_byte, inner.end_byte, inner
            start = inner.end_byte
    yield from _written(state, node, start, end)


def _written(
    state: State, node: tree_sitter.Node, start: int, end: int
) -> Iterator[tuple[int, int, tree_sitter.Node | None]]:
    """What is written between two bytes. The tree does not know backquotes in a here-document."""
    if node.type == "heredoc_body" and b"`" in state.tree.data[start:end]:
        begin = state.tree.offset(start)
        for opened, closed in backquoted(state.tree.content[begin : state.tree.offset(end)]):
            quoted = state.tree.byte(begin + opened), state.tree.byte(begin + closed)
            if start < quoted[0]:
                yield start, quoted[0], None
            yield *quoted, state.tree.inside((quoted[0] + 1, quoted[1] - 1))
            start = quoted[1]
    if start < end:
        yield start, end, None


def quoted(text: str) -> str:
    """What stands between double quotes, without its escapes."""
    return re.sub(r'\\([\\"$`\n])', lambda found: found[1].strip("\n"), text)


def unescaped(text: str) -> str:
    """What echo -e, printf and $'...' make of a text."""
    return _ESCAPED.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    digits = found["hex"] or found["short"] or found["long"]
    if digits is None and found["octal"] is None:
        return _ESCAPES.get(found[0][1], found[0][1])
    number = int(found["octal"], 8) if digits is None else int(digits, 16)
    is_letter = number <= _MOST_OF_UNICODE and not _FIRST_SURROGATE <= number <= _LAST_SURROGATE
    return chr(number) if is_letter else HIDDEN


def variable(state: State, name: str) -> Values:
    """What a variable may be; what nothing assigns is not known."""
    if name == "?":
        state.reads.add(name, (state.last,))
        return (state.last,)
    held = state.variables.held(name if name != "*" else "@")
    if held is None:
        state.reads.names.add(name)
        return UNKNOWN
    whole = name in ("@", "*")
    values = united(_spaced(one) if whole else one[0] for one in held if one or whole)
    state.reads.add(name, values)
    return tuple(_read(state, name, one) for one in values)


def _spaced(some: tuple[Value, ...]) -> Value:
    return Value(" ".join(one.text for one in some), token=max((one.token for one in some), default=0))


def _read(state: State, name: str, value: Value) -> Value:
    """A value with the variable that it was read from, if that says where IMDS is."""
    if not value.telling:
        return value
    if not (name.isdigit() or name in "@*"):
        return value._replace(through=name)
    where = f" of {state.running[-1]}" if state.running else ""
    return value._replace(through=f"${name}{where}")


def substitution(state: State, node: tree_sitter.Node) -> Values:
    """What a command in a word prints, as far as that is known."""
    mark, before = len(state.events), (state.produced, state.piped, state.stdin, state.targets)
    state.printed.append([])
    state.produced, state.piped, state.stdin, state.targets = None, False, None, ()
    for one in node.named_children:
        state.execute(state, one)
    printed = state.printed.pop()
    state.produced, state.piped, state.stdin, state.targets = before
    values = united(each for one in printed for each in one) or UNKNOWN
    return tuple(_answer(state, mark, one) for one in values)


def _answer(state: State, mark: int, value: Value) -> Value:
    asked = tuple(dict.fromkeys(one.key for one in state.does(mark, Does.ASK)))
    token = max(value.token, 2 if state.does(mark, Does.PUT) else 0, 1 if state.does(mark, Does.CARRY) else 0)
    text = re.sub(r"\n+\Z", "", value.text)
    return value._replace(text=text, token=token, asked=tuple(dict.fromkeys((*value.asked, *asked))))


def _inside(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    stack = [node]
    while stack:
        one = stack.pop()
        if one.type in _EXPANSIONS:
            yield one
        else:
            stack.extend(reversed(one.children))


def _expansion(state: State, node: tree_sitter.Node) -> Values:
    """``${name}`` with what may follow the name."""
    inner = node.children[1:-1]
    if inner and inner[0].type == "!" and len(inner) > 1:
        return united(each for one in evaluate_name(state, inner[1]) for each in variable(state, one.text))
    if not inner or inner[0].type not in ("variable_name", "subscript", "special_variable_name"):
        return UNKNOWN
    values = evaluate_name(state, inner[0])
    if len(inner) == 1:
        return values
    operator, rest = inner[1].type, inner[2:]
    operand = EMPTY
    for one in rest:
        operand = joined(operand, evaluate(state, one)) if one.type in WORDS else operand
    found = _changed(values, operator, operand, rest)
    if operator in ("=", ":=") and inner[0].type == "variable_name":
        state.variables.set(state.tree.text(inner[0]), found)
    return found


def evaluate_name(state: State, node: tree_sitter.Node) -> Values:
    """What a variable is, or any element of an array of which one is meant."""
    if node.type != "subscript":
        return variable(state, state.tree.text(node))
    name = state.tree.text(node.children[0])
    held = state.variables.held(name)
    if held is None:
        return UNKNOWN
    found = united(elements(held))
    state.reads.add(name, found)
    return tuple(_read(state, name, one) for one in found) or EMPTY


def _changed(values: Values, operator: str, operand: Values, rest: list[tree_sitter.Node]) -> Values:
    match operator:
        case ":-" | "-" | ":=" | "=":
            kept = tuple(one for one in values if one.text and one != Value(HIDDEN))
            return united((*kept, *operand)) if len(kept) < len(values) else kept
        case ":+" | "+":
            tied = max((one.token for one in values), default=0)
            some = tuple(one._replace(token=max(one.token, tied)) for one in operand)
            return united((*some, *EMPTY))
        case ":?" | "?":
            return values
        case "%" | "%%" | "#" | "##":
            return _cut(values, operator, operand)
        case "/" | "//" if len(rest) > 0:
            return tuple(one._replace(text=one.text if one.telling else HIDDEN) for one in values)
        case _:
            return tuple(one._replace(text=HIDDEN, through="") for one in values)


def _cut(values: Values, operator: str, operand: Values) -> Values:
    pattern = operand[0].text if operand else ""
    if not pattern or re.search(rf"[*?\[{HIDDEN}]", pattern):
        return tuple(one._replace(text=HIDDEN, through="") for one in values)
    cut = str.removesuffix if operator[0] == "%" else str.removeprefix
    return tuple(one._replace(text=cut(one.text, pattern)) for one in values)
