"""Shell scripts that ask for a token: one request before the first use, and a header in every call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from iac_imds_lint import texts
from iac_imds_lint.bootscript import shell
from iac_imds_lint.bootscript.rewrite import clients
from iac_imds_lint.bootscript.rewrite.clients import Client
from iac_imds_lint.bootscript.rewrite.placing import Place, Region, ends_script, place, regions
from iac_imds_lint.bootscript.rewrite.tree import Tree, Way, broken, ends
from iac_imds_lint.bootscript.rewrite.uses import uses
from iac_imds_lint.bootscript.rewrite.wording import Style, free_name
from iac_imds_lint.edit import Edit, Refusal, Step
from iac_imds_lint.finding import Rewritten
from iac_imds_lint.script import Call, Harm, Part
from iac_imds_lint.source import Span

_STRICT = re.compile(r"^(?:#!.*[ \t]-\w*e|[ \t]*set[ \t](?:.*[ \t])?(?:-\w*e|-\w*o[ \t]+errexit\b))", re.MULTILINE)
_PIPEFAIL = re.compile(r"^[ \t]*set[ \t].*\bpipefail\b", re.MULTILINE)
_TRACED = re.compile(r"^(?:#!.*[ \t]-\w*x|[ \t]*set[ \t](?:.*[ \t])?(?:-\w*x|-o[ \t]+xtrace\b))", re.MULTILINE)
# Nobody writes more by hand, and each is looked up in the tree.
_MOST_CALLS = 200
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
    is_request: bool = False


class _Written(NamedTuple):
    """Insertions where they go in the user's files, and in the script."""

    edits: tuple[Edit, ...] = ()
    inserted: tuple[tuple[int, str], ...] = ()


def rewritten(part: Part, calls: Sequence[Call], beside: str = "", ignored: int = 0) -> Rewritten | Refusal:
    """The edits by which the calls of a shell script ask with a token."""
    tree = Tree(part.text.content)
    if tree.root is None or len(calls) > _MOST_CALLS:
        return Refusal("the script is too large to be rewritten")
    found = [(call, _located(tree, call)) for call in sorted(calls)]
    known = [one for _, one in found if isinstance(one, _Located)]
    style = _style(tree, known, free_name(beside or tree.content))
    if isinstance(style, Refusal):
        return style
    if why := _untouchable(part, tree):
        return Rewritten((), _by_hand(part, ((call, Refusal(why)) for call in sorted(calls)), style))
    written = _written(part, tuple(_insertions(part, tree, known, style))) if known else _Written()
    if isinstance(written, Refusal):
        return Rewritten((), _by_hand(part, ((call, written) for call in sorted(calls)), style))
    left = _by_hand(part, ((call, why) for call, why in found if isinstance(why, Refusal)), style)
    if _objection(part, tree, written, ignored + len(calls) - len(known)):
        return Refusal("what it would become could not be proven: write it by hand")
    return Rewritten(written.edits, left, tuple(_notes(tree, written)))


def _untouchable(part: Part, tree: Tree) -> str:
    """Why nothing may be written into a script; empty where something may."""
    if part.by:
        return f"{part.by} starts it without a shell: wrap it into /bin/sh -c '...', or into a script"
    if part.is_argument and "\n" not in tree.content:
        return "what is written in double quotes would lose them on the way"
    return "" if ends(tree) else "the script does not parse"


def _located(tree: Tree, call: Call) -> _Located | Refusal:
    way = tree.way(call.start, call.end)
    while way and way[-1].type == "redirected_statement" and way[-1].named_children:
        way = (*way, way[-1].named_children[0])
    while way and way[-1].type != "command":
        way = way[:-1]
    if not way:
        return Refusal(f"{call.program} asks in a way that has no options")
    if any(node.is_error or any(child.is_missing for child in node.children) for node in way[1:]):
        return Refusal("what stands there cannot be parsed as shell")
    found = clients.client(tree, way[-1])
    if isinstance(found, Refusal):
        return found
    reached = uses(tree, way)
    return reached if isinstance(reached, Refusal) else _Located(call, way, found, reached)


def _style(tree: Tree, known: Sequence[_Located], name: str | None) -> Style | Refusal:
    """How a script writes what it says, by the first of its calls."""
    if name is None:
        return Refusal("the names for a token are taken")
    if not known:
        return Style(name, "curl", "http://169.254.169.254")
    first = known[0]
    earliest = min(way[-1].start_byte for one in known for way in one.uses)
    before = tree.source.line_start(tree.source.offset_of_byte(earliest))
    base = clients.base(tree, first.client, before)
    if isinstance(base, Refusal):
        return base
    words = [tree.text(word) for one in known for word in (*one.client.arguments,)]
    ticks = any(node.type == "command_substitution" and tree.text(node)[0] == "`" for node in first.way)
    program = "curl" if clients.has_curl(tree.content, before) else first.client.program
    alike = next((one.client for one in known if one.client.program == program), None)
    options = clients.robust(tree, alike) if alike else ()
    return Style(name, program, base, options, clients.quote(words), ticks)


def _insertions(part: Part, tree: Tree, known: Sequence[_Located], style: Style) -> Iterator[_Insertion]:
    shared = regions(tree, dict.fromkeys(way for one in known for way in one.uses))
    places = [(region, place(tree, region)) for region in shared]
    held = _requested(tree, places)
    for region, where in places if held is None else ():
        choices = tuple(_requests(part, tree, known, (region, where), style))
        yield _Insertion(where.offset, choices, is_request=True)
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


def _written(part: Part, insertions: Sequence[_Insertion]) -> _Written | Refusal:
    """The insertions where they go in the user's files, or why one of them cannot go there."""
    if _is_left_out(part, insertions):
        return Refusal("a condition of the template decides which calls there are")
    edits: list[Edit] = []
    inserted: list[tuple[int, str]] = []
    for offset, choices, _ in insertions:
        splices = ((text, part.text.splice(offset, offset, text)) for text in choices)
        text, splice = next(((text, one) for text, one in splices if one is not None), ("", None))
        if splice is None:
            return Refusal("what runs is not written here as it runs")
        edits += (Edit(one.span, one.content, one.says) for one in splice.all)
        inserted.append((offset, text))
    return _Written(tuple(edits), tuple(inserted))


def _is_left_out(part: Part, insertions: Sequence[_Insertion]) -> bool:
    """Whether another outcome of a condition would leave out a request, and not all that uses it."""
    conditions = {part.text.within(one.offset) for one in insertions}
    requested = {part.text.within(one.offset) for one in insertions if one.is_request}
    return len(conditions) > 1 and any(one is not None for one in requested)


def _objection(part: Part, tree: Tree, written: _Written, left: int) -> bool:
    """Whether a script with these insertions is worse shell than it was, or asks without a token more than it may."""
    content = tree.content
    for offset, text in sorted(written.inserted, reverse=True):
        content = content[:offset] + text + content[offset:]
    after = part._replace(text=texts.placed(content, Span("", 0, len(content))))
    calls = [call for call in shell.look(after).calls if call.harm is Harm.NO_TOKEN]
    root = Tree(content).root
    return root is None or broken(root) > broken(tree.root) or len(calls) > left


def _by_hand(part: Part, calls: Iterable[tuple[Call, Refusal]], style: Style) -> tuple[Step, ...]:
    """What to write for calls whose rewrites are not certain; once where they are written once."""
    return tuple(dict.fromkeys(_step(part, call, why, style) for call, why in calls))


def _step(part: Part, call: Call, why: Refusal, style: Style) -> Step:
    """What to write for a call whose rewrite is not certain, with curl where another program may not do."""
    own = call.program == style.program
    written = style if own else style._replace(program="curl", options=())
    header = written.header(written.program, is_bare=False).strip()
    into = f"{header} after {call.program}" if own else f"call curl with {header}"
    return Step(
        part.text.span(call.start, call.end),
        f"ask with a token ({why.reason}): write {written.request} before, and {into}",
    )


def _notes(tree: Tree, written: _Written) -> Iterator[str]:
    if any("wget" in text and "--method" in text for _, text in written.inserted):
        yield "it takes wget 1.15 or newer to request a token: Amazon Linux 2 and RHEL 7 have 1.14"
    if _TRACED.search(tree.content):
        yield "the script prints its commands as they run, and so the token"
