"""The functions that scripts are made with: files, templates, and what puts texts together or changes them.

Source: Terraform language, "Functions". What is not here is known by its value alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from iac_imds_lint import texts
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.terraform import spelling, written_text
from iac_imds_lint.terraform.alternatives import SENSITIVE, Alternative, Encoding, Found, flat, of_value, plain, unknown
from iac_imds_lint.terraform.contents import is_sensitive
from iac_imds_lint.terraform.evaluate import Frame, evaluate
from iac_imds_lint.terraform.script_encodings import ENCODINGS, decoded, encoded
from iac_imds_lint.terraform.script_text import MOST_ELEMENTS, Bound, Key, Reader, Where
from iac_imds_lint.terraform.syntax import Call, Expression, For, Splat, Template, Traversal, Tuple
from iac_imds_lint.terraform.types import Partly
from iac_imds_lint.texts import Text
from iac_imds_lint.value import Absent, Known, Unknown, Value, known_text, possibilities

# Each is a piece of its own.
_MOST_REPLACED = 5_000
_SPEC = re.compile(r"%[%sdv]|%")
_PASSED_ON = ("tolist", "tomap", "tostring", "toset", "nonsensitive")


def called(reader: Reader, node: Call, where: Where, keys: tuple[Key, ...]) -> Found | None:
    """Every text that a call gives; None where only the value tells."""
    name, arguments = node.name.removeprefix("core::"), node.arguments
    if node.expanded or not arguments:
        return None
    if name in ("coalesce", "try"):
        return _first(reader, name, arguments, where, keys)
    if name in _PASSED_ON:
        return reader.alternatives(arguments[0], where, keys)
    if keys:
        return _member(reader, name, arguments, where, keys)
    if name == "lookup" and len(arguments) > 1:
        return _looked_up(reader, arguments, where, ())
    if name == "element" and len(arguments) == 2:
        return _element(reader, arguments, where, ())
    return _text(reader, name, node, where)


def _text(reader: Reader, name: str, node: Call, where: Where) -> Found | None:
    first, *rest = node.arguments
    match name, rest:
        case (("file" | "filebase64"), []):
            return files(first, where, name == "filebase64")
        case "templatefile", [variables]:
            return rendered_file(reader, first, given(variables, where), where)
        case "templatestring", [variables]:
            return rendered(reader, first, given(variables, where), where)
        case (("base64encode" | "base64gzip" | "textencodebase64"), _):
            return [encoded(one, ENCODINGS[name], node.span) for one in reader.alternatives(first, where)]
        case (("base64decode" | "textdecodebase64"), _):
            return [decoded(one) for one in reader.alternatives(first, where)]
        case "sensitive", []:
            return [unknown(node.span, SENSITIVE)]
        case (("jsonencode" | "yamlencode"), []):
            from iac_imds_lint.terraform import script_objects

            return script_objects.serialised(reader, first, where, node.span)
        case _:
            return _changed(reader, name, node, where)


def _changed(reader: Reader, name: str, node: Call, where: Where) -> Found | None:
    """What puts texts together, or changes one."""
    first, *rest = node.arguments
    match name, rest:
        case "join", [listed]:
            return _joined(reader, first, listed, where, node.span)
        case "format", _:
            return _formatted(reader, first, rest, where, node.span)
        case "replace", [old, new]:
            return _replaced(reader, first, (old, new), where, node.span)
        case (("trimspace" | "chomp"), []):
            return _each(reader, first, where, lambda text: [plain(_trimmed(text, name), node.span)])
        case "indent", [indented]:
            return _indented(reader, first, indented, where)
        case _:
            return None


def _each(reader: Reader, expression: Expression, where: Where, change: Callable[[Text], Found]) -> Found:
    """What is made of each text that an expression may be."""
    found: Found = []
    for one in reader.alternatives(expression, where):
        some = [one] if one.text is None or one.parts else change(flat(one))
        found += (changed._replace(when=(*one.when, *changed.when)) for changed in some)
    return found


# Files


def files(path: Expression, where: Where, encoded: bool = False) -> Found:
    """The file of each name that a path may be."""
    return [one for leaf in _leaves(path, where) for one in _file(leaf, path.span, where, encoded)]


def _leaves(path: Expression, where: Where) -> list[Value]:
    """Each name that a path may be. Terraform runs in the root module, where ``path.cwd`` leads to a file there."""
    told = [leaf for _, leaf in possibilities(evaluate(path, where.frame))]
    if all(isinstance(leaf, Known) for leaf in told):
        return told
    at_root = evaluate(_at_root(path), where.frame)
    return [at_root] if not isinstance(_source(at_root, where), str) else told


def _at_root(path: Expression) -> Expression:
    match path:
        case Traversal(span, "path", ("cwd",)):
            return Traversal(span, "path", ("root",))
        case Template(span, parts):
            return Template(span, tuple(map(_at_root, parts)))
        case _:
            return path


def _file(path: Value, span: Span, where: Where, encoded: bool) -> Found:
    source = _source(path, where)
    if isinstance(source, str):
        return [unknown(span, source)]
    encoding = Encoding.BASE64 if encoded else Encoding.NONE
    return [Alternative(span, written_text.whole(source), encoding=encoding)]


def _source(path: Value, where: Where) -> SourceFile | str:
    """The file of a name, or why it is not read."""
    if is_sensitive(path):
        return "the file is named by a sensitive value"
    match path:
        case Known(str() as name):
            found = where.scope.file(name)
            return found if isinstance(found, SourceFile) else found.reason
        case Unknown(reason):
            return f"which file is read is not known: {reason}"
        case _:
            return "no file is named"


def rendered_file(reader: Reader, path: Expression, inside: Where, where: Where) -> Found:
    """A file as a template, with what stands for names inside of it."""
    found: Found = []
    for leaf in _leaves(path, where):
        source = _source(leaf, where)
        nodes = None if isinstance(source, str) else written_text.template(source)
        if isinstance(source, str):
            found.append(unknown(path.span, source))
        elif nodes is None:
            found.append(unknown(path.span, f"{source.path} is no template that parses"))
        else:
            found += reader.rendered(nodes, path.span, inside)
    return found


def rendered(reader: Reader, template: Expression, inside: Where, where: Where) -> Found:
    """A text as a template, with what stands for names inside of it."""

    def render(text: Text) -> Found:
        nodes = written_text.template_in(text)
        if nodes is None:
            return [unknown(template.span, "it is no template that parses")]
        return reader.rendered(nodes, template.span, inside)

    return _each(reader, template, where, render)


def given(variables: Expression, where: Where) -> Where:
    """The inside of a template, to which an object of variables is given."""
    value = evaluate(variables, where.frame)
    match value:
        case Known(Mapping() as members):
            values = _Unsaid(members.rest, members) if isinstance(members, Partly) else members
            bound = {name: Bound(variables, where, (name,)) for name in members}
            return Where(Frame(where.scope, values, isolated=True), bound)
        case Unknown():
            return Where(Frame(where.scope, _Unsaid(value), isolated=True))
        case _:
            unsaid = _Unsaid(Unknown("which variables the template is given is not known"))
            return Where(Frame(where.scope, unsaid, isolated=True))


class _Unsaid(dict[str, Value]):
    """Bindings in which every other name is unknown for one reason."""

    def __init__(self, rest: Unknown, members: Mapping[str, Value] = {}) -> None:
        super().__init__(members)
        self._rest = rest

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Value:
        return self._rest


# Members


def _first(
    reader: Reader, name: str, arguments: Sequence[Expression], where: Where, keys: tuple[Key, ...]
) -> Found | None:
    """``try`` takes the first that is no error, ``coalesce`` the first that is neither null nor empty."""
    for argument in arguments:
        value = reader.value(argument, where)
        match value:
            case Unknown(invalid=True):
                if name == "coalesce":
                    return None
            case Absent() | Known(None) | Known("") if name == "coalesce":
                pass
            case _:
                return reader.alternatives(argument, where, keys)
    return None


def _member(
    reader: Reader, name: str, arguments: Sequence[Expression], where: Where, keys: tuple[Key, ...]
) -> Found | None:
    match name, arguments:
        case "merge", _:
            return _merged(reader, arguments, where, keys)
        case "lookup", [_, _, *_]:
            return _looked_up(reader, arguments, where, keys)
        case "element", [_, _]:
            return _element(reader, arguments, where, keys)
        case "concat", _:
            return _concatenated(reader, arguments, where, keys)
        case _:
            return None


def _merged(reader: Reader, arguments: Sequence[Expression], where: Where, keys: tuple[Key, ...]) -> Found | None:
    """The last one that has a key has it."""
    for argument in reversed(arguments):
        match evaluate(argument, where.frame):
            case Known(Mapping() as members):
                if str(keys[0]) in members:
                    return reader.alternatives(argument, where, keys)
            case Known(None) | Absent():
                pass
            case _:
                return None
    return None


def _looked_up(reader: Reader, arguments: Sequence[Expression], where: Where, keys: tuple[Key, ...]) -> Found | None:
    listed, key, *otherwise = arguments
    name = known_text(evaluate(key, where.frame))
    match evaluate(listed, where.frame):
        case Known(Mapping() as members) if name is not None:
            if name in members:
                return reader.alternatives(listed, where, (name, *keys))
            return reader.alternatives(otherwise[0], where, keys) if otherwise else None
        case _:
            return None


def _element(reader: Reader, arguments: Sequence[Expression], where: Where, keys: tuple[Key, ...]) -> Found | None:
    """``element`` counts on from the beginning where the list ends."""
    listed, number = (evaluate(argument, where.frame) for argument in arguments)
    if not isinstance(number, Known) or not isinstance(number.content, int):
        return None
    if isinstance(listed, Unknown) and not keys:
        elements = _elements(reader, arguments[0], where)
        return elements[number.content % len(elements)] if elements else None
    count = len(listed.content) if isinstance(listed, Known) and isinstance(listed.content, tuple) else 0
    index = number.content % count if count else number.content
    return reader.alternatives(arguments[0], where, (index, *keys))


def _concatenated(reader: Reader, arguments: Sequence[Expression], where: Where, keys: tuple[Key, ...]) -> Found | None:
    number = keys[0]
    for argument in arguments:
        match evaluate(argument, where.frame):
            case Known(tuple() as items) if isinstance(number, int):
                if number < len(items):
                    return reader.alternatives(argument, where, (number, *keys[1:]))
                number -= len(items)
            case _:
                return None
    return None


# Texts of texts


def _joined(reader: Reader, between: Expression, listed: Expression, where: Where, span: Span) -> Found | None:
    separator = evaluate(between, where.frame)
    if not isinstance(separator, Known) or not isinstance(separator.content, str):
        return None
    elements = _elements(reader, listed, where)
    if elements is None:
        return None
    middle = [plain(texts.made(separator.content, between.span), between.span)]
    parts = [part for element in elements for part in (middle, element)]
    return reader.joined(parts[1:], span)


def _elements(reader: Reader, listed: Expression, where: Where) -> list[Found] | None:
    if isinstance(listed, Tuple):
        return [reader.alternatives(item, where) for item in listed.items]
    if isinstance(listed, Call) and not listed.expanded:
        match listed.name, listed.arguments:
            case "list", items:  # what Terraform had before there were brackets
                return [reader.alternatives(item, where) for item in items]
            case "compact", (inner,):
                return _compact(reader, inner, where)
            case "concat", lists:
                some = [_elements(reader, inner, where) for inner in lists]
                return None if None in some else [one for elements in some for one in elements or ()]
            case _:
                pass
    value = evaluate(listed, where.frame)
    if not isinstance(value, Known) or not isinstance(value.content, tuple):
        return None
    if len(value.content) <= MOST_ELEMENTS and isinstance(listed, Traversal | For | Splat | Call):
        return [reader.alternatives(listed, where, (number,)) for number in range(len(value.content))]
    return [of_value(item, listed.span, where.scope) for item in value.content]


def _compact(reader: Reader, listed: Expression, where: Where) -> list[Found] | None:
    """Without the elements that are null or empty."""
    elements = _elements(reader, listed, where)
    return None if elements is None else [element for element in elements if not _is_empty(element)]


def _is_empty(found: Found) -> bool:
    return all(not one.parts and (one.text is None or not one.text.content) for one in found)


def _formatted(
    reader: Reader, first: Expression, arguments: Sequence[Expression], where: Where, span: Span
) -> Found | None:
    """What ``format`` makes of a text with no verbs but the plain ones."""
    forms = reader.alternatives(first, where)
    if len(forms) != 1 or forms[0].text is None:
        return None
    form = flat(forms[0])
    verbs = list(_SPEC.finditer(form.content))
    taking = [verb for verb in verbs if verb.group() != "%%"]
    if any(verb.group() == "%" for verb in verbs) or len(taking) != len(arguments):
        return None
    form = form.inside(spelling.percent)
    parts: list[Found] = []
    after, waiting = 0, iter(arguments)
    for verb in verbs:
        parts.append([plain(form.part(after, verb.start()), span)])
        if verb.group() == "%%":
            parts.append([plain(form.part(verb.start() + 1, verb.end()), span)])
        else:
            parts.append(reader.alternatives(next(waiting), where))
        after = verb.end()
    return reader.joined([*parts, [plain(form.part(after, len(form.content)), span)]], span)


def _replaced(
    reader: Reader, first: Expression, by: tuple[Expression, Expression], where: Where, span: Span
) -> Found | None:
    """A text in place of another; one in slashes is a regular expression."""
    old, new = (known_text(evaluate(one, where.frame)) for one in by)
    if old is None or not old or (len(old) > 1 and old[0] == old[-1] == "/"):
        return None
    replacement = reader.alternatives(by[1], where)

    def change(text: Text) -> Found:
        if text.content.count(old) > _MOST_REPLACED:
            return [unknown(span, "too much of it is replaced")]
        text = text.inside(spelling.Without(old)) if old != new else text
        parts: list[Found] = []
        for number, (start, end) in enumerate(_between(text.content, old)):
            parts += [replacement] if number else []
            parts.append([plain(text.part(start, end), span)])
        return reader.joined(parts, span)

    return _each(reader, first, where, change)


def _between(content: str, separator: str) -> Iterator[tuple[int, int]]:
    start = 0
    while (end := content.find(separator, start)) >= 0:
        yield start, end
        start = end + len(separator)
    yield start, len(content)


def _trimmed(text: Text, name: str) -> Text:
    content = text.content
    if name == "chomp":
        return text.part(0, len(content.rstrip("\r\n")))
    return text.part(len(content) - len(content.lstrip()), len(content.rstrip()))


def _indented(reader: Reader, count: Expression, indented: Expression, where: Where) -> Found | None:
    number = evaluate(count, where.frame)
    if not isinstance(number, Known) or not isinstance(number.content, int) or not 0 <= number.content <= 100:
        return None
    blanks = " " * number.content

    def change(text: Text) -> Found:
        margin = plain(texts.made(blanks, indented.span), indented.span)
        outdented = text.inside(spelling.Outdented(blanks))
        parts: list[Found] = []
        for number, (start, end) in enumerate(_between(text.content, "\n")):
            parts += [[margin]] if number else []
            parts.append([plain(outdented.part(start, min(end + 1, len(text.content))), indented.span)])
        return reader.joined(parts, indented.span)

    return _each(reader, indented, where, change)
