"""Insertions into HCL: where they go, and how the lines around them stay aligned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import tree_sitter

from iac_imds_lint.edit import Edit, Refusal
from iac_imds_lint.model import Resource
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform import hcl, tree
from iac_imds_lint.terraform.embedded import heredoc
from iac_imds_lint.terraform.syntax import Literal, Template

Pairs = Sequence[tuple[str, str | int]]

# Meta-arguments that by convention close a resource block; what is inserted goes before them.
_CLOSING = ("lifecycle", "depends_on", "provisioner", "connection", "timeouts")
_INDENT = "  "
_KEY = re.compile(r"(?P<indent>\s*)(?P<name>\w+)(?P<pad> *) = ")


class Item(NamedTuple):
    """An argument, block or object member: its name, and offsets of all of it, of its name's end and of what follows
    that (an equals sign, or the colon that an object may have).
    """

    name: str
    start: int
    end: int
    name_end: int
    sign: int
    node: tree_sitter.Node


class Braces(NamedTuple):
    """Something in braces: the offsets just inside them, its items, the indentation of the line it begins on, and what
    a level adds to that.
    """

    open: int
    close: int
    items: tuple[Item, ...]
    indent: str
    step: str
    commas: bool


class Indent(NamedTuple):
    """The indentation of a line, and what a level adds to it."""

    now: str
    step: str


def insert(
    source: SourceFile, resource: Resource, place: Span, missing: Pairs, exists: bool
) -> tuple[Edit, ...] | Refusal:
    """Insert arguments into the container at ``place``, or into the resource there with a container of their own."""
    node = _declared_at(source, resource.body, place)
    if node is None:
        return Refusal("the place to change is generated, not written")
    braces = _braces(source, node)
    if braces is None:
        return Refusal("the options are computed, not written: change the expression")
    edits = tuple(_beside(source, braces, missing)) if exists else _descend(source, braces, resource, missing)
    return edits if isinstance(edits, Refusal) else _harmless(source, resource, edits)


def add_argument(source: SourceFile, place: Span, name: str, value: str | bool) -> tuple[Edit, ...] | Refusal:
    """Write an argument into the block whose head is at a place."""
    byte = source.byte_of_offset(place.start)
    node = tree.parse(source).descendant_for_byte_range(byte, byte)
    while node is not None and node.type != "block":
        node = node.parent
    braces = _braces(source, node) if node is not None else None
    if braces is None:
        return Refusal("the call is not written here")
    return tuple(_beside(source, braces, ((name, value),)))


def add_setting(source: SourceFile, resource: Resource, name: str, pairs: Pairs) -> tuple[Edit, ...] | Refusal:
    """Add an element to a list of settings: another block, or another object in a list that is written out."""
    node = _declared_at(source, resource.body, resource.body)
    braces = _braces(source, node) if node is not None else None
    if braces is None:
        return Refusal("the place to change is generated, not written")
    alike = [number for number, item in enumerate(braces.items) if item.name == name or _generates(source, item, name)]
    before = braces._replace(items=braces.items[: alike[-1] + 1]) if alike else braces
    if resource.entry.nested == "block":
        if any(braces.items[number].node.type == "attribute" for number in alike):
            return Refusal(f"{name} is not written as blocks")
        edits = _with_container(source, before, (name,), pairs, block=True)
    elif not alike:
        edits = tuple(_lines_into(source, braces, _list_lines(source, braces, name, pairs), apart=True))
    else:
        written = _collection(source, braces.items[alike[0]].node)
        if written is None or written.type != "tuple":
            return Refusal(f"{name} is computed, not written: add {_flat((), pairs)} to it")
        edits = tuple(_into_tuple(source, written, pairs))
    return _harmless(source, resource, edits)


def _list_lines(source: SourceFile, braces: Braces, name: str, pairs: Pairs) -> list[str]:
    indent = _inner_indent(source, braces)
    step = indent.removeprefix(braces.indent) or braces.step
    return [f"{indent}{name} = [", *_element_lines(Indent(indent + step, step), pairs), f"{indent}]"]


def _element_lines(indent: Indent, pairs: Pairs) -> list[str]:
    now, step = indent
    return [f"{now}{{", *_rendered((), pairs, Indent(now + step, step), ""), f"{now}}}"]


def _into_tuple(source: SourceFile, node: tree_sitter.Node, pairs: Pairs) -> Iterator[Edit]:
    """Another object at the end of a tuple, on lines of its own where the last element has some."""
    start, end = source.offset_of_byte(node.start_byte), source.offset_of_byte(node.end_byte)
    items = [hcl.Reader(source).span(child) for child in node.children if child.type == "expression"]
    if not items:
        yield _at(source, start + 1, end - 1, _flat((), pairs))
        return
    last = items[-1]
    comma = "," if source.text[last.end : last.end + 1] == "," else ""
    if source.line_end(last.end) >= end or source.text[source.line_start(last.start) : last.start].strip():
        yield _at(source, last.end, last.end, f", {_flat((), pairs)}")
        return
    inner = source.indentation(last.start)
    on_lines = "\n" in source.slice(last)
    added = _element_lines(Indent(inner, _step(source, node)), pairs) if on_lines else [inner + _flat((), pairs)]
    if not comma:
        yield _at(source, last.end, last.end, ",")
    yield _at(
        source,
        source.line_end(last.end),
        source.line_end(last.end),
        "".join(source.newline + line for line in added) + comma,
    )


def into_document(source: SourceFile, resource: Resource, missing: Pairs) -> tuple[Edit, ...] | Refusal:
    """Insert members into the JSON that an argument holds: into the object of ``jsonencode``, or into a heredoc."""
    path = resource.entry.control.path if resource.entry.control else ()
    node = _declared_at(source, resource.body, resource.body)
    braces = _braces(source, node) if node is not None else None
    held = next((item for item in braces.items if item.name == path[0]), None) if braces else None
    if braces is None or held is None:
        return Refusal(f"{path[0]} is not written here")
    if _braces(source, held.node) is None:
        return _into_heredoc(source, held, path, missing)
    edits = _descend(source, braces, resource, missing)
    return edits if isinstance(edits, Refusal) else _harmless(source, resource, edits)


def _into_heredoc(source: SourceFile, held: Item, path: tuple[str, ...], missing: Pairs) -> tuple[Edit, ...] | Refusal:
    from iac_imds_lint.documents import insertion, json_reader
    from iac_imds_lint.documents.node import Mapping

    expression = hcl.Reader(source).expression(held.node.children[-1])
    covered = heredoc(expression, source) if isinstance(expression, Literal | Template) else None
    target = json_reader.read(covered.text) if covered else None
    steps = path[1:]
    while covered and isinstance(target, Mapping) and steps and (inner := target.get(steps[0])) is not None:
        target, steps = inner, steps[1:]
    if covered is None or not isinstance(target, Mapping):
        told = ", ".join(f'"{key}": {value}' for key, value in missing)
        return Refusal(f'{path[0]} is not written out: add "{path[-1]}": {{{told}}} to its JSON')
    entries: tuple[tuple[str, insertion.Written], ...] = tuple(missing)
    for name in reversed(steps):
        entries = ((name, entries),)
    return insertion.insert(covered.text, target, entries)


def _harmless(source: SourceFile, resource: Resource, edits: tuple[Edit, ...]) -> tuple[Edit, ...] | Refusal:
    """The edits, unless a comment stands in what one replaces, or around where one inserts."""
    root = tree.block_at(source, resource.body) if resource.body.path == source.path else tree.parse(source)
    for edit in edits:
        if source.slice(edit.span).strip(" \t\r\n,"):
            return Refusal("a comment stands where the change would go")
        byte = source.byte_of_offset(edit.span.start)
        node = root.descendant_for_byte_range(byte, byte)
        if node is not None and node.type == "comment" and node.start_byte < byte < node.end_byte:
            return Refusal("a comment reaches over where the change would go")
    return edits


def _declared_at(source: SourceFile, body: Span, place: Span) -> tree_sitter.Node | None:
    """The block or attribute that begins at an offset, in the resource at ``body`` if that is in the same file."""
    root = tree.block_at(source, body) if body.path == source.path else tree.parse(source)
    byte = source.byte_of_offset(place.start)
    node: tree_sitter.Node | None = root.descendant_for_byte_range(byte, byte)
    while node is not None and node.type not in ("block", "attribute", "object_elem"):
        if node.type == "object" and node.start_byte == byte:
            return node  # an element of a list
        node = node.parent
    return node


def _braces(source: SourceFile, node: tree_sitter.Node) -> Braces | None:
    """The braces of a block, of a dynamic block's content, or of an object that an attribute holds."""
    if node.type == "block":
        content = _content(source, node)
        return _of_block(source, content or node)
    if node.type == "object":
        return _of_object(source, node)
    written = _collection(source, node)
    return _of_object(source, written) if written is not None and written.type == "object" else None


def _collection(source: SourceFile, node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The object or tuple that an attribute or a member holds, or gives to ``jsonencode``."""
    holder = next((child for child in reversed(node.children) if child.type == "expression"), None)
    value = holder.children[0] if holder is not None and len(holder.children) == 1 else None
    if value is not None and value.type == "function_call":
        name = hcl.Reader(source).text(value.children[0])
        given = [child for child in value.children if child.type == "function_arguments"]
        only = given[0].children if given and name == "jsonencode" else []
        return _collection(source, given[0]) if len(only) == 1 else None
    return value.children[0] if value is not None and value.type == "collection_value" else None


def _content(source: SourceFile, node: tree_sitter.Node) -> tree_sitter.Node | None:
    if hcl.Reader(source).text(node.children[0]) != "dynamic":
        return None
    body = next((child for child in node.children if child.type == "body"), None)
    blocks = [child for child in (body.children if body else ()) if child.type == "block"]
    return next((b for b in blocks if hcl.Reader(source).text(b.children[0]) == "content"), None)


def _of_block(source: SourceFile, node: tree_sitter.Node) -> Braces:
    opening = next(child for child in node.children if child.type == "block_start")
    closing = next(child for child in node.children if child.type == "block_end")
    body = next((child for child in node.children if child.type == "body"), None)
    items = (_item(source, c) for c in (body.children if body else ()) if c.type in ("attribute", "block"))
    return Braces(
        source.offset_of_byte(opening.end_byte),
        source.offset_of_byte(closing.start_byte),
        tuple(items),
        source.indentation(source.offset_of_byte(node.start_byte)),
        _step(source, node),
        commas=False,
    )


def _of_object(source: SourceFile, node: tree_sitter.Node) -> Braces:
    start, end = source.offset_of_byte(node.start_byte), source.offset_of_byte(node.end_byte)
    items = tuple(_item(source, child) for child in node.children if child.type == "object_elem")
    return Braces(start + 1, end - 1, items, source.indentation(start), _step(source, node), commas=True)


def _step(source: SourceFile, node: tree_sitter.Node) -> str:
    """What a level of indentation adds, as far as the lines show it on which a node and those around it begin."""
    own = source.indentation(source.offset_of_byte(node.start_byte))
    around = node.parent
    while around is not None:
        outer = source.indentation(source.offset_of_byte(around.start_byte))
        if own.startswith(outer) and own != outer:
            return own.removeprefix(outer)
        around = around.parent
    return "\t" if own.startswith("\t") else _INDENT


def _item(source: SourceFile, node: tree_sitter.Node) -> Item:
    span = hcl.Reader(source).span(node)
    name = hcl.Reader(source).span(node.children[0])
    text = source.slice(name).strip('"')
    sign = source.offset_of_byte(node.children[1].start_byte)
    return Item(text, span.start, span.end, name.end, sign, node)


def _descend(source: SourceFile, braces: Braces, resource: Resource, missing: Pairs) -> tuple[Edit, ...] | Refusal:
    """Follow the container's path as far as it is written, and insert the rest of it there."""
    path = resource.entry.control.path if resource.entry.control else ()
    for depth, name in enumerate(path):
        found = [item for item in braces.items if item.name == name or _generates(source, item, name)]
        if not found or (resource.generator is not None and resource.generator.always):
            blocks = resource.entry.nested == "block" and not braces.commas
            of_call = resource.releases is not None and not braces.commas
            return _with_container(source, braces, path[depth:], missing, blocks, apart=blocks or of_call)
        inner = _braces(source, found[0].node)
        if len(found) > 1 or inner is None or found[0].name == "dynamic":
            return Refusal(f"{name} is written in a way that is not certain to change")
        braces = inner
    return tuple(_beside(source, braces, missing))


def _generates(source: SourceFile, item: Item, name: str) -> bool:
    return item.name == "dynamic" and f'"{name}"' in source.text[item.start : item.end].split("{", 1)[0]


def _with_container(
    source: SourceFile, braces: Braces, path: tuple[str, ...], missing: Pairs, block: bool, apart: bool | None = None
) -> tuple[Edit, ...]:
    """A container with the missing pairs in it: a block or an attribute, set apart from its like if that is asked."""
    inner_indent = _inner_indent(source, braces)
    one_line = not _spans_lines(source, braces) and braces.commas
    if one_line:
        return tuple(_into_one_line_object(source, braces, [(path[0], _flat(path[1:], missing))]))
    step = inner_indent.removeprefix(braces.indent) or braces.step
    lines = _rendered(path, missing, Indent(inner_indent, step), " {" if block else " = {")
    if braces.commas and braces.items:
        lines = [_alike(source, braces, line) for line in lines]
    return tuple(_lines_into(source, braces, lines, apart=block if apart is None else apart))


def _alike(source: SourceFile, braces: Braces, line: str) -> str:
    """A line of a new member of an object, its key quoted and parted from the value as all others are."""
    quote = '"' if all(source.text[item.start] == '"' for item in braces.items) else ""
    colon = all(source.text[item.sign] == ":" for item in braces.items)
    key = _KEY.match(line)
    if key is None:
        return line
    sign = " : " if colon else f"{key['pad']} = "
    return f"{key['indent']}{quote}{key['name']}{quote}{sign}{line[key.end() :]}"


def _rendered(path: tuple[str, ...], pairs: Pairs, indent: Indent, opening: str) -> list[str]:
    now, step = indent
    if not path:
        width = max(len(key) for key, _ in pairs)
        return [f"{now}{key.ljust(width)} = {_text(value)}" for key, value in pairs]
    return [f"{now}{path[0]}{opening}", *_rendered(path[1:], pairs, Indent(now + step, step), opening), f"{now}}}"]


def _text(value: str | int) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _flat(path: tuple[str, ...], pairs: Pairs) -> str:
    members = ", ".join(f"{key} = {_text(value)}" for key, value in pairs)
    return f"{{ {path[0]} = {_flat(path[1:], pairs)} }}" if path else f"{{ {members} }}"


def _spans_lines(source: SourceFile, braces: Braces) -> bool:
    return "\n" in source.text[braces.open : braces.close]


def _inner_indent(source: SourceFile, braces: Braces) -> str:
    """The indentation of what stands inside: that of the first item that begins a line, else one step more."""
    for item in braces.items:
        if source.text[source.line_start(item.start) : item.start].strip(" \t") == "" and _spans_lines(source, braces):
            return source.indentation(item.start)
    return braces.indent + braces.step


def _lines_into(source: SourceFile, braces: Braces, lines: list[str], apart: bool) -> Iterator[Edit]:
    """Insert whole lines before the closing meta-arguments; ``apart`` asks for blank lines around them."""
    nl = source.newline
    if not _spans_lines(source, braces):
        yield from _opened_up(source, braces, lines, apart)
        return
    kept = list(braces.items)
    while kept and kept[-1].name in _CLOSING:
        kept.pop()
    if not kept:
        yield from _first_lines(source, braces, lines, apart and bool(braces.items))
        return
    at = kept[-1].end
    if source.text[at : at + 1] == ",":
        at += 1
    end = source.line_end(at)
    if braces.close < end:
        yield _at(source, at, braces.close, nl + (nl if apart else "") + nl.join(lines) + nl + braces.indent)
        return
    following = _next_line(source, end)
    gap = nl if apart and following.strip() and not following.lstrip().startswith("}") else ""
    yield _at(source, end, end, nl + (nl if apart else "") + nl.join(lines) + gap)


def _first_lines(source: SourceFile, braces: Braces, lines: list[str], gap: bool) -> Iterator[Edit]:
    """Insert right after the opening brace's line."""
    nl = source.newline
    end = source.line_end(braces.open)
    yield _at(source, end, end, nl + nl.join(lines) + (nl if gap else ""))


def _opened_up(source: SourceFile, braces: Braces, lines: list[str], apart: bool) -> Iterator[Edit]:
    """A one-line block gets lines: what it held first, on a line of its own."""
    nl, indent = source.newline, _inner_indent(source, braces)
    end = nl.join(lines) + nl + braces.indent
    if not braces.items:
        yield _at(source, braces.open, braces.close, nl + end)
        return
    first, last = braces.items[0], braces.items[-1]
    yield _at(source, braces.open, first.start, nl + indent)
    yield _at(source, last.end, braces.close, nl + (nl if apart else "") + end)


def _beside(source: SourceFile, braces: Braces, missing: Pairs) -> Iterator[Edit]:
    """Insert arguments among those that are there, the endpoint before the tokens, ``=`` aligned with the rest."""
    if not _spans_lines(source, braces):
        yield from _into_one_line(source, braces, missing)
        return
    indent = _inner_indent(source, braces)
    if not braces.items:
        lines = _rendered((), missing, Indent(indent, ""), "")
        yield from _first_lines(source, braces, lines, gap=False)
        return
    before = next((i for i in braces.items if i.name == "http_tokens"), None)
    if before is not None and all(key == "http_endpoint" for key, _ in missing) and _begins_line(source, before):
        group, start = _aligned_group(source, braces, before), source.line_start(before.start)
        width = _width(group, missing)
        line = "".join(
            f"{indent}{key.ljust(width)} = {_text(value)}{_comma(source, before)}{source.newline}"
            for key, value in missing
        )
        yield _at(source, start, start, line)
        yield from _realigned(source, group, width)
        return
    last = _last_argument(braces)
    group = _aligned_group(source, braces, last)
    width = _width(group, missing)
    comma = _comma(source, last)
    end = last.end + len(comma)
    lines = [f"{indent}{key.ljust(width)} = {_text(value)}{comma}" for key, value in missing]
    yield from _after(source, braces, end, lines)
    yield from _realigned(source, group, width)


def _after(source: SourceFile, braces: Braces, at: int, lines: list[str]) -> Iterator[Edit]:
    nl = source.newline
    end = source.line_end(at)
    if braces.close < end:
        yield _at(source, at, braces.close, nl + nl.join(lines) + nl + braces.indent)
    else:
        yield _at(source, end, end, nl + nl.join(lines))


def _last_argument(braces: Braces) -> Item:
    arguments = [item for item in braces.items if item.node.type != "block"]
    return next((item for item in arguments if item.name == "http_endpoint"), (arguments or list(braces.items))[-1])


def _comma(source: SourceFile, item: Item) -> str:
    """The comma that members of an object are followed by, if this one is."""
    return "," if source.text[item.end : item.end + 1] == "," else ""


def _begins_line(source: SourceFile, item: Item) -> bool:
    return not source.text[source.line_start(item.start) : item.start].strip(" \t")


def _aligned_group(source: SourceFile, braces: Braces, anchor: Item) -> tuple[Item, ...]:
    """The one-line arguments on the rows next to the anchor, if their equals signs are aligned; else nothing.

    ``terraform fmt`` aligns the equals signs of arguments on consecutive rows.
    """
    rows = {source.position(item.start).row: item for item in braces.items if _one_row(source, item)}
    row = source.position(anchor.start).row
    first = last = row
    while first - 1 in rows:
        first -= 1
    while last + 1 in rows:
        last += 1
    group = tuple(rows[number] for number in range(first, last + 1) if number in rows)
    columns = {item.sign - source.line_start(item.start) for item in group}
    signs = {source.text[item.sign] for item in group}
    return group if len(columns) == 1 and signs == {"="} else ()


def _one_row(source: SourceFile, item: Item) -> bool:
    return item.node.type != "block" and "\n" not in source.text[item.start : item.end]


def _width(group: tuple[Item, ...], missing: Pairs) -> int:
    if not group:
        return max(len(key) for key, _ in missing) if len(missing) > 1 else 0
    return max(*(item.name_end - item.start for item in group), *(len(key) for key, _ in missing))


def _realigned(source: SourceFile, group: tuple[Item, ...], width: int) -> Iterator[Edit]:
    for item in group:
        blanks = " " * (width - (item.name_end - item.start) + 1)
        if source.text[item.name_end : item.sign] != blanks:
            yield _at(source, item.name_end, item.sign, blanks)


def _into_one_line(source: SourceFile, braces: Braces, missing: Pairs) -> Iterator[Edit]:
    if braces.commas:
        yield from _into_one_line_object(source, braces, [(key, _text(value)) for key, value in missing])
        return
    indent = _inner_indent(source, braces)
    width = max(len(name) for name in (*(key for key, _ in missing), *(item.name for item in braces.items)))
    lines = [f"{indent}{key.ljust(width)} = {_text(value)}" for key, value in missing]
    nl = source.newline
    if not braces.items:
        yield _at(source, braces.open, braces.close, nl + nl.join(lines) + nl + braces.indent)
        return
    item = braces.items[0]
    first = item.name == "http_tokens"
    yield _at(source, braces.open, item.start, nl + "".join(line + nl for line in lines if first) + indent)
    yield _at(source, item.name_end, item.sign, " " * (width - len(item.name) + 1))
    yield _at(source, item.end, braces.close, nl + "".join(line + nl for line in lines if not first) + braces.indent)


def _into_one_line_object(source: SourceFile, braces: Braces, members: Sequence[tuple[str, str]]) -> Iterator[Edit]:
    text = ", ".join(f"{key} = {value}" for key, value in members)
    if not braces.items:
        yield _at(source, braces.open, braces.close, f" {text} ")
        return
    end = braces.items[-1].end
    has_comma = source.text[end : braces.close].strip().startswith(",")
    at = source.text.index(",", end) + 1 if has_comma else end
    yield _at(source, at, at, f" {text}" if has_comma else f", {text}")


def _next_line(source: SourceFile, end: int) -> str:
    row = source.position(end).row + 1
    return source.line(row) if row <= source.position(len(source.text)).row else ""


def _at(source: SourceFile, start: int, end: int, content: str) -> Edit:
    return Edit(Span(source.path, start, end), content)
