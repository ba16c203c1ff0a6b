"""Shell scripts that ask for a token: one request before the first use, and a header in every call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from iac_imds_lint import texts
from iac_imds_lint.bootscript import shell
from iac_imds_lint.bootscript.rewrite import clients
from iac_imds_lint.bootscript.rewrite.clients import Client
from iac_imds_lint.bootscript.rewrite.placing import Place, Region, ends_script, place, regions
from iac_imds_lint.bootscript.rewrite.tree import Tree, Way, broken
from iac_imds_lint.bootscript.rewrite.uses import uses
from iac_imds_lint.bootscript.rewrite.wording import Style, free_name
from iac_imds_lint.edit import Edit, Refusal, Step
from iac_imds_lint.finding import Rewritten
from iac_imds_lint.script import Call, Harm, Part
from iac_imds_lint.source import Span

_STRICT = re.compile(r"^(?:#!.*[ \t]-\w*e|[ \t]*set[ \t](?:.*[ \t])?(?:-\w*e|-\w*o[ \t]+errexit\b))", re.MULTILINE)
_PIPEFAIL = re.compile(r"^[ \t]*set[ \t].*\bpipefail\b", re.MULTILINE)
_TRACED = re.compile(r"^(?:#!.*[ \t]-\w*x|[ \t]*set[ \t](?:.*[ \t])?(?:-\w*x|-o[ \t]+xtrace\b))", re.MULTILINE)
_REQUESTED = re.compile(r"(?<![\w$])([A-Za-z_]\w*)=[\"']?(?:\$\(|`)[^)`]{0,400}/latest/api/token")


class _Located(NamedTuple):
    """A call whose command is known: the way to it, the program, and the code from which it is reached."""

    call: Call
    way: Way
    client: Client
    uses: tuple[Way, ...]


class _Insertion(NamedTuple):
    """What to write at an offset: the first of the ways to write it that can be written there."""

    offset: int
    choices: tuple[str, ...]


def rewritten(part: Part, calls: Sequence[Call]) -> Rewritten | Refusal:
    """The edits by which the calls of a shell script ask with a token."""
    tree = Tree(part.text.content)
    found = [(call, _located(tree, call)) for call in sorted(calls)]
    known = [one for _, one in found if isinstance(one, _Located)]
    style = _style(tree, known)
    if isinstance(style, Refusal):
        return style
    insertions = tuple(_insertions(part, tree, known, style)) if known else ()
    refused = [(call, why) for call, why in found if isinstance(why, Refusal)]
    return _written(part, tree, insertions, tuple(_by_hand(part, call, why, style) for call, why in refused))


def _located(tree: Tree, call: Call) -> _Located | Refusal:
    way = tree.way(call.start, call.end)
    while way and way[-1].type == "redirected_statement" and way[-1].named_children:
        way = (*way, way[-1].named_children[0])
    while way and way[-1].type != "command":
        way = way[:-1]
    if not way:
        return Refusal(f"{call.program} asks in a way that has no options")
    if any(node.is_error for node in way):
        return Refusal("what stands there cannot be parsed as shell")
    found = clients.client(tree, way[-1])
    if isinstance(found, Refusal):
        return found
    reached = uses(tree, way)
    return reached if isinstance(reached, Refusal) else _Located(call, way, found, reached or (way,))


def _style(tree: Tree, known: Sequence[_Located]) -> Style | Refusal:
    """How a script writes what it says, by the first of its calls."""
    name = free_name(tree.content)
    if name is None:
        return Refusal("the names for a token are taken")
    if not known:
        return Style(name, "curl", "http://169.254.169.254")
    first = known[0]
    earliest = min(way[-1].start_byte for one in known for way in one.uses)
    base = clients.base(tree, first.client, tree.source.line_start(tree.source.offset_of_byte(earliest)))
    if isinstance(base, Refusal):
        return base
    words = [tree.text(word) for one in known for word in (*one.client.arguments,)]
    ticks = any(node.type == "command_substitution" and tree.text(node)[0] == "`" for node in first.way)
    options = clients.robust(tree, first.client)
    return Style(name, first.client.program, base, options, clients.quote(words), ticks)


def _insertions(part: Part, tree: Tree, known: Sequence[_Located], style: Style) -> Iterator[_Insertion]:
    shared = regions(tree, dict.fromkeys(way for one in known for way in one.uses))
    places = [(region, place(tree, region)) for region in shared]
    held = _requested(tree, places)
    for region, where in places if held is None else ():
        yield _Insertion(where.offset, tuple(_requests(part, tree, known, (region, where), style)))
    for one in known:
        sent = style if held is None else style._replace(variable=held)
        bare = sent.header(one.client.program, is_bare=True)
        choices = (
            (bare,)
            if _is_in_quoted_backticks(tree, one.way)
            else (sent.header(one.client.program, is_bare=False), bare)
        )
        yield _Insertion(tree.end(one.client.word), choices)


def _requests(
    part: Part, tree: Tree, known: Sequence[_Located], placed: tuple[Region, Place], style: Style
) -> Iterator[str]:
    """The ways to write a request: on a line of its own where it can be, else before what follows on the line."""
    where = placed[1]
    after = " || true" if _hides_failure(part, tree, known, placed) else ""
    if where.is_line:
        yield f"{tree.source.indentation(where.offset)}{style.request}{after}{tree.newline(where.offset)}"
    yield f"{style.request}{after}; "
    yield f"{style._replace(is_bare=True).request}{after}; "


def _hides_failure(part: Part, tree: Tree, known: Sequence[_Located], placed: tuple[Region, Place]) -> bool:
    """Whether a request that fails would end a script which a call that fails does not end."""
    region, where = placed
    if where.block is None or not (part.strict or _STRICT.search(tree.content)):
        return False
    first = region.first
    called = next((one for one in known if one.way[-1] == first[-1]), None)
    fatal = ends_script(first, where.block, bool(_PIPEFAIL.search(tree.content)))
    return called is None or not fatal or not clients.fails(tree, called.client)


def _is_in_quoted_backticks(tree: Tree, way: Way) -> bool:
    """Whether a command stands in backticks in a string, where shells differ in how they read quotes."""
    quoted = False
    for node in way:
        quoted = quoted or node.type == "string"
        if quoted and node.type == "command_substitution" and tree.text(node)[0] == "`":
            return True
    return False


def _requested(tree: Tree, places: Sequence[tuple[Region, Place]]) -> str | None:
    """The variable that holds a token already, in all places where one is needed."""
    for match in _REQUESTED.finditer(tree.content):
        way = tree.way(match.start(), match.end())
        kinds = {node.type for node in way}
        plain = kinds <= {"program", "variable_assignment", "declaration_command", "list", "command_substitution"}
        if (
            plain
            and "PUT" in match[0]
            and all(not region.is_loop and where.offset > match.end() for region, where in places)
        ):
            return match[1]
    return None


def _written(
    part: Part, tree: Tree, insertions: Sequence[_Insertion], by_hand: tuple[Step, ...]
) -> Rewritten | Refusal:
    """The insertions where they go in the user's files, if the script is one that asks with a token afterwards."""
    edits: list[Edit] = []
    steps = list(by_hand)
    chosen: list[tuple[int, str]] = []
    for offset, choices in insertions:
        splices = ((text, part.text.splice(offset, offset, text)) for text in choices)
        text, splice = next(((text, one) for text, one in splices if one is not None), (choices[0], None))
        chosen.append((offset, text))
        if splice is None:
            steps.append(Step(part.text.span(offset, offset), f"write {text.strip()} here"))
        else:
            edits.append(Edit(splice.span, splice.content))
    if _objection(part, tree, chosen, len(by_hand)):
        return Refusal("what it would become could not be proven: write it by hand")
    return Rewritten(tuple(edits), tuple(steps), tuple(_notes(tree)))


def _objection(part: Part, tree: Tree, chosen: Sequence[tuple[int, str]], left: int) -> bool:
    """Whether a script with these insertions is worse shell than it was, or asks without a token more than it may."""
    content = tree.content
    for offset, text in sorted(chosen, reverse=True):
        content = content[:offset] + text + content[offset:]
    after = part._replace(text=texts.placed(content, Span("", 0, len(content))))
    calls = [call for call in shell.look(after).calls if call.harm is Harm.NO_TOKEN]
    return broken(Tree(content).root) > broken(tree.root) or len(calls) > left


def _by_hand(part: Part, call: Call, why: Refusal, style: Style) -> Step:
    """What to write for a call whose rewrite is not certain, with curl where another program may not do."""
    own = call.program == style.program
    written = style if own else style._replace(program="curl", options=())
    header = written.header(written.program, is_bare=False).strip()
    into = f"{header} after {call.program}" if own else f"call curl with {header}"
    return Step(
        part.text.span(call.start, call.end),
        f"ask with a token ({why.reason}): write {written.request} before, and {into}",
    )


def _notes(tree: Tree) -> Iterator[str]:
    if _TRACED.search(tree.content):
        yield "the script prints its commands as they run, and so the token"
