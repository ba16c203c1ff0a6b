"""A directory of Terraform files as one module: read lazily, overrides merged.

Files are parsed when a name that they hold is asked for. A file without that name is never parsed.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property, partial
from typing import NamedTuple

from iac_imds_lint.catalog import names_policy_keys
from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform import hcl, recovery, tree
from iac_imds_lint.terraform.hcl import HclBody, Header
from iac_imds_lint.terraform.scan import SUFFIXES
from iac_imds_lint.terraform.syntax import Attribute, Block, Body, Merged, Opaque
from iac_imds_lint.terraform.unfinished import Missing, Unfinished

# What a boot script is followed through: more names than these are not.
_MOST_TEXTS = 50
_LOCAL = re.compile(r"\blocal\.[A-Za-z_][\w-]*")
_DATA = re.compile(r"\bdata\.[a-z_]\w*\.[A-Za-z_][\w-]*")
_FILE = re.compile(r'\b(?:file|templatefile|filebase64)\(\s*"(?:\$\{path\.module\}/|\./)?([^"$]+)"')


# How a declaration is referred to, where that is not by its labels alone.
_NAMED = {"variable": ("var",), "module": ("module",), "output": ("output",)}


def is_configuration(name: str) -> bool:
    """Whether Terraform or OpenTofu reads a file of that name."""
    return name.endswith(SUFFIXES) and not os.path.basename(name).startswith(".")


def is_override(name: str) -> bool:
    """Whether a file of that name is merged over the others (Terraform language, "Override Files")."""
    stem = os.path.basename(name)
    for suffix in (".tf.json", ".tofu.json", ".tf", ".tofu"):
        if stem.endswith(suffix):
            stem = stem.removesuffix(suffix)
            break
    return stem == "override" or stem.endswith("_override")


def _shadowed(names: tuple[str, ...]) -> Iterator[str]:
    """Without the ``.tf`` files whose ``.tofu`` twin OpenTofu reads instead."""
    for name in names:
        if not is_configuration(name):
            continue
        if name.endswith(".tf") and name.removesuffix(".tf") + ".tofu" in names:
            continue
        if name.endswith(".tf.json") and name.removesuffix(".tf.json") + ".tofu.json" in names:
            continue
        yield name


class ParsedFile:
    """One file with its top-level blocks, and what is wrong with it; ``lost`` are places of which nobody knows what is
    declared there.
    """

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.problem: Problem | None = None
        self.lost: tuple[Span, ...] = ()
        self._headers: tuple[Header, ...] = ()
        self._blocks: dict[int, Block] = {}
        if source.path.endswith(".json"):
            self._read_json()
        else:
            self._read_hcl()

    def _read_json(self) -> None:
        from iac_imds_lint.documents import json_reader, tolerant_json
        from iac_imds_lint.terraform import json_syntax

        root = json_reader.read(self.source)
        if isinstance(root, Problem):
            found = tolerant_json.read(self.source, root)
            self.problem = root if found is None else found.told
            if found is None:
                return
            (root,), self.lost = found.documents, found.left_out
        blocks = map(self._unfinished, json_syntax.blocks_of(self.source, root))
        self._headers = tuple(
            Header(block.type, block.labels, partial(_itself, block), number) for number, block in enumerate(blocks)
        )

    def _unfinished(self, block: Block) -> Block:
        """A block of JSON, in which something may be left out."""
        missing = tuple(Missing(place) for place in self.lost if _overlap(place, block.span))
        return block._replace(body=Unfinished(block.body, missing)) if missing else block

    def _read_hcl(self) -> None:
        found = recovery.recovered(self.source)
        if found is None:
            self._headers = tuple(hcl.headers(self.source, tree.parse(self.source)))
        else:
            self.problem, self._headers, self.lost = found.problem, found.headers, found.lost

    def blocks(self, type: str, wanted: Callable[[tuple[str, ...]], object]) -> Iterator[Block]:
        """The top-level blocks of a type whose labels are wanted, in order, each read once."""
        for number, header in self._by_type.get(type, ()):
            if wanted(header.labels):
                if number not in self._blocks:
                    self._blocks[number] = header.read()
                yield self._blocks[number]

    def every(self) -> Iterator[Block]:
        """All top-level blocks, each read once."""
        for type in self._by_type:
            yield from self.blocks(type, lambda _: True)

    @cached_property
    def _by_type(self) -> dict[str, list[tuple[int, Header]]]:
        found: dict[str, list[tuple[int, Header]]] = {}
        for number, header in enumerate(self._headers):
            found.setdefault(header.type, []).append((number, header))
        return found

    def labels(self, type: str) -> Iterator[tuple[str, ...]]:
        """The labels of the top-level blocks of a type."""
        return (header.labels for _, header in self._by_type.get(type, ()))


def _overlap(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end


def _itself(block: Block) -> Block:
    return block


def _is_of(types: Collection[str], labels: tuple[str, ...]) -> bool:
    return len(labels) == 2 and labels[0] in types


def _may_label(text: str, name: str) -> bool:
    """Whether a text can hold a label: in quotes, or bare, as HCL allows."""
    return f'"{name}"' in text or f" {name} " in text or f" {name}{{" in text


class UnreadVariables(NamedTuple):
    """A variable file that cannot be read: it may give any variable any value."""

    path: str

    def attribute(self, name: str) -> Attribute:
        """A value that nobody knows."""
        place = Span(self.path, 0, 0)
        return Attribute(name, place, place, lambda: Opaque(place, f"what {self.path} gives, which cannot be read,"))

    def blocks(self, type: str) -> tuple[Block, ...]:
        """None: variables are arguments."""
        return ()

    def items(self) -> tuple[Attribute, ...]:
        """Nothing that is known."""
        return ()


class Module:
    """The files of one directory. Looks up declarations by kind and name."""

    def __init__(self, sources: Sources, directory: str) -> None:
        self.directory = directory
        self._sources = sources
        self._parsed: dict[str, ParsedFile] = {}
        self._texts: list[SourceFile] | None = None
        self._blocks: dict[tuple[str, ...], Block | None] = {}
        self._locals: dict[str, Attribute | None] = {}
        self.problems: dict[str, Problem] = {}

    def _files(self) -> list[SourceFile]:
        """Every readable file of the module, the overriding ones last."""
        if self._texts is None:
            names = list(_shadowed(self._sources.names(self.directory)))
            paths = [os.path.join(self.directory, name) for name in names]
            found = [self._sources.read(path) for path in sorted(paths, key=lambda p: (is_override(p), p))]
            self.problems.update({p.path: p for p in found if isinstance(p, Problem)})
            self._texts = [file for file in found if isinstance(file, SourceFile)]
        return self._texts

    def whole(self) -> Iterator[Span]:
        """Each of its files from end to end."""
        return (Span(file.path, 0, len(file.text)) for file in self._files())

    def parsed(self, source: SourceFile) -> ParsedFile:
        """The file's blocks, parsed once."""
        if source.path not in self._parsed:
            self._parsed[source.path] = parsed = ParsedFile(source)
            if parsed.problem:
                self._tell(parsed.problem)
        return self._parsed[source.path]

    @cached_property
    def _by_path(self) -> dict[str, SourceFile]:
        return {file.path: file for file in self._files()}

    def file(self, path: str) -> SourceFile | None:
        """One of its files."""
        return self._by_path.get(path)

    def text(self, span: Span) -> str:
        """The text of a span of one of its files."""
        file = self._by_path.get(span.path)
        return file.slice(span) if file is not None else ""

    def _where(self, holds: Callable[[SourceFile], object]) -> Iterator[ParsedFile]:
        """The files whose text may hold something, parsed."""
        return (self.parsed(file) for file in self._files() if holds(file))

    def holding(self, name: str) -> Iterator[ParsedFile]:
        """The files whose text holds a name, parsed."""
        return self._where(lambda file: name in file.text)

    def _combined(self, found: Iterable[tuple[SourceFile, Block]]) -> dict[tuple[str, ...], Block]:
        """The blocks by their labels, with their overrides merged into them; a second one that is none is noted.

        One that is still being written may yet get another name: it stands behind one that is not.
        """
        combined: dict[tuple[str, ...], Block] = {}
        for file, block in found:
            earlier = combined.setdefault(block.labels, block)
            if earlier is block:
                continue
            if is_override(file.path):
                combined[block.labels] = earlier._replace(body=Merged(earlier.body, block.body))
            elif isinstance(earlier.body, Unfinished):
                combined[block.labels] = block
            elif not isinstance(block.body, Unfinished):
                name = ".".join((*_NAMED.get(block.type, ()), *block.labels))
                self.note(block.head, f"{name} is declared twice in this module; the second is not judged")
        return combined

    def resources(self, types: Collection[str]) -> Iterable[Block]:
        """The resource blocks of these types."""
        files = list(self._where(lambda file: any(type in file.text for type in types)))
        wanted = partial(_is_of, types)
        found = ((file.source, block) for file in files for block in file.blocks("resource", wanted))
        return self._combined((file, self._sound(block)) for file, block in found).values()

    @cached_property
    def names_policies(self) -> bool:
        """Whether a policy of the module may have a condition on IMDS; what files hold that it reads is not known."""
        return any(
            names_policy_keys(file.utf8) or ("aws_organizations_policy" in file.text and "file(" in file.text)
            for file in self._files()
        )

    def policies(self, types: Collection[str]) -> Iterable[Block]:
        """The resource blocks and data sources of these types, with their overrides merged into them."""
        wanted = partial(_is_of, types)
        found: dict[tuple[str, ...], Block] = {}
        for file in list(self._where(lambda file: any(type in file.text for type in types))):
            blocks = (block for kind in ("resource", "data") for block in file.blocks(kind, wanted))
            for block in map(self._sound, blocks):
                name = (block.type, *block.labels)
                if name in found and is_override(file.source.path):
                    found[name] = found[name]._replace(body=Merged(found[name].body, block.body))
                else:
                    found[name if name not in found else (*name, str(len(found)))] = block
        return found.values()

    def note(self, span: Span, reason: str) -> None:
        """Keep what is wrong at a place, one thing a file."""
        position = self._by_path[span.path].position(span.start)
        self._tell(Problem(span.path, reason, position, is_whole=False))

    def _sound(self, block: Block) -> Block:
        """A block, in which something may be what HCL forbids and the grammar lets pass: that is noted, and the block
        is left out of what is judged.
        """
        problem = block.body.problem() if isinstance(block.body, HclBody) else None
        if problem is not None:
            self._tell(problem._replace(left_out=(block.span,)))
        return block

    def _tell(self, problem: Problem) -> None:
        """Keep what is wrong with a file: the first thing, and all that is left out."""
        first = self.problems.setdefault(problem.path, problem)
        left_out = dict.fromkeys((*first.left_out, *problem.left_out))
        self.problems[problem.path] = first._replace(left_out=tuple(left_out))

    @cached_property
    def lost(self) -> Span | None:
        """A place where anything may be declared, since it cannot be read."""
        return next((span for file in self._where(lambda _: True) for span in file.lost), None)

    def texts(self, span: Span) -> Iterator[str]:
        """The text of a boot script's expression, and of what it may be made of.

        These are the locals and data sources that it names, and the module's files that it reads by a literal path.
        """
        waiting, seen = [self.text(span)], set[str]()
        while waiting and len(seen) < _MOST_TEXTS:
            text = waiting.pop()
            yield text
            names = {*_LOCAL.findall(text), *_DATA.findall(text), *_FILE.findall(text)} - seen
            seen |= names
            waiting += [self._named(name) for name in sorted(names)]

    def _named(self, name: str) -> str:
        """The text of ``local.name``, of ``data.type.name`` or of a file."""
        kind, _, rest = name.partition(".")
        if kind == "local":
            attribute = self.local(rest)
            return self.text(attribute.span) if attribute else ""
        if kind == "data" and rest.count(".") == 1:
            type, label = rest.split(".")
            files = self._where(lambda file: f'"{type}" "{label}"' in file.text)
            blocks = (b for file in files for b in file.blocks("data", lambda labels: labels == (type, label)))
            return "".join(self.text(block.span) for block in blocks)
        return self.script(name)

    def resource(self, type: str, name: str) -> Block | None:
        """The declaration of a resource, or None."""
        key = (type, name)
        if key not in self._blocks:
            files = self._where(lambda file: type in file.text and name in file.text)
            found = ((file.source, block) for file in files for block in file.blocks("resource", key.__eq__))
            self._blocks[key] = self._combined(found).get(key)
        return self._blocks[key]

    def data(self, type: str, name: str) -> Block | None:
        """The declaration of a data source, or None."""
        key = ("data", type, name)
        if key not in self._blocks:
            files = self._where(lambda file: "data" in file.text and type in file.text and name in file.text)
            found = ((file.source, block) for file in files for block in file.blocks("data", key[1:].__eq__))
            self._blocks[key] = self._combined(found).get(key[1:])
        return self._blocks[key]

    def requirements(self, provider: str) -> Iterator[Attribute]:
        """What the module requires of a provider, by the name that it has here."""
        for file in self._where(lambda file: "required_providers" in file.text and provider in file.text):
            for block in file.blocks("terraform", lambda labels: not labels):
                found = (inner.body.attribute(provider) for inner in block.body.blocks("required_providers"))
                yield from (attribute for attribute in found if attribute is not None)

    def variable(self, name: str) -> Block | None:
        """The declaration of a variable, or None."""
        return self._labelled("variable", name)

    def has_provider(self, name: str) -> bool:
        """Whether the module configures a provider by itself, without an alias."""
        return any(block.body.attribute("alias") is None for block in self.providers(name))

    def providers(self, name: str) -> Iterator[Block]:
        """The configurations of a provider that stand in the module."""
        for file in self._where(lambda file: "provider" in file.text):
            yield from file.blocks("provider", (name,).__eq__)

    def compares_with_null(self, variable: str) -> bool:
        """Whether some text of the module compares a variable with null."""
        name = rf"var\.{re.escape(variable)}\b"
        pattern = re.compile(rf"{name}\s*[!=]=\s*null|null\s*[!=]=\s*{name}|(?:coalesce|try)\([^)]*{name}")
        return any(pattern.search(file.text) for file in self._files())

    def outputs(self) -> Iterator[str]:
        """The names of all outputs."""
        for file in self._where(lambda file: "output" in file.text):
            yield from (labels[0] for labels in file.labels("output") if labels)

    def output(self, name: str) -> Body | None:
        """The declaration of an output, or None."""
        found = self._labelled("output", name)
        return found.body if found else None

    def call(self, name: str) -> Block | None:
        """The module call of that name, or None."""
        return self._labelled("module", name)

    def calls(self) -> Iterable[Block]:
        """Every module call."""
        files = self._where(lambda file: "module" in file.text)
        found = ((file.source, block) for file in files for block in file.blocks("module", len))
        return self._combined(found).values()

    def _labelled(self, kind: str, name: str) -> Block | None:
        key = (kind, name)
        if key not in self._blocks:
            files = self._where(lambda file: kind in file.text and _may_label(file.text, name))
            wanted = (name,).__eq__
            found = ((file.source, block) for file in files for block in file.blocks(kind, wanted))
            self._blocks[key] = self._combined(found).get((name,))
        return self._blocks[key]

    def local(self, name: str) -> Attribute | None:
        """The definition of a local value, or None."""
        if name not in self._locals:
            found = None
            for file in self._where(lambda file: "locals" in file.text and name in file.text):
                for block in file.blocks("locals", lambda labels: not labels):
                    attribute = block.body.attribute(name)
                    if attribute is not None and found is not None and not is_override(file.source.path):
                        self.note(attribute.name_span, f"local.{name} is defined twice in this module")
                    found = attribute or found
            self._locals[name] = found
        return self._locals[name]

    def tfvars(self) -> Iterable[tuple[str, Body]]:
        """The variable files that Terraform loads by itself, later ones, which win, first."""
        return self._variable_files

    @cached_property
    def _variable_files(self) -> list[tuple[str, Body]]:
        names = self._sources.names(self.directory)
        automatic = [n for n in names if n.endswith((".auto.tfvars", ".auto.tfvars.json"))]
        ordered = [n for n in ("terraform.tfvars", "terraform.tfvars.json") if n in names] + sorted(automatic)
        return [(name, self._variable_file(os.path.join(self.directory, name))) for name in reversed(ordered)]

    def _variable_file(self, path: str) -> Body:
        body, problem = variables_in(self._sources, path)
        if problem is not None:
            self._tell(problem)
        return body

    def script(self, name: str) -> str:
        """The text of a file inside of the module's directory; empty where there is none to read."""
        path = os.path.normpath(os.path.join(self.directory, name))
        if os.path.basename(path) not in self._sources.names(os.path.dirname(path)):
            return ""  # nothing, or nothing that may be opened: a pipe, a device
        inside = path.startswith(os.path.join(self.directory, "")) if self.directory else not path.startswith("..")
        inside = inside and not os.path.isabs(name) and self._sources.within(path)
        source = self._sources.read(path) if inside else None
        return source.text if isinstance(source, SourceFile) else ""


def variables_in(sources: Sources, path: str) -> tuple[Body, Problem | None]:
    """What a variable file gives, and why it, or a part of it, cannot be read."""
    source = sources.read(path)
    if not isinstance(source, SourceFile):
        return UnreadVariables(path), source
    body = variable_file(source)
    if not isinstance(body, Problem):
        return body, None
    found = _rest_of_json(source, body) if path.endswith(".json") else _rest(source)
    return found or (UnreadVariables(path), body._replace(left_out=(Span(path, 0, len(source.text)),)))


def _rest(source: SourceFile) -> tuple[Body, Problem] | None:
    """What can be read of a variable file that has an error, and that; None where nothing can."""
    found = recovery.recovered(source)
    return (Unfinished(hcl.body_of(source, found.root), found.missing), found.problem) if found else None


def _rest_of_json(source: SourceFile, problem: Problem) -> tuple[Body, Problem] | None:
    """The same for JSON."""
    from iac_imds_lint.documents import tolerant_json
    from iac_imds_lint.documents.node import Mapping
    from iac_imds_lint.terraform import json_syntax

    found = tolerant_json.read(source, problem)
    root = found.documents[0] if found is not None else None
    if found is None or not isinstance(root, Mapping):
        return None
    return Unfinished(json_syntax.JsonBody(source, root), tuple(map(Missing, found.left_out))), found.told


def variable_file(source: SourceFile) -> Body | Problem:
    """A ``.tfvars`` file as a body of arguments."""
    if source.path.endswith(".json"):
        from iac_imds_lint.documents import json_reader
        from iac_imds_lint.documents.node import Mapping
        from iac_imds_lint.terraform import json_syntax

        read = json_reader.read(source)
        if isinstance(read, Problem):
            return read
        return json_syntax.JsonBody(source, read if isinstance(read, Mapping) else Mapping(read.span, (), True))
    found = recovery.recovered(source)
    if found is not None:
        return found.problem
    body = hcl.body_of(source, tree.parse(source))
    return body.problem() or body
