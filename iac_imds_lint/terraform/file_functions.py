"""The functions that read files: of the project, and of nothing else.

Source: Terraform language, "Functions", section "Filesystem". Paths are relative to the root module, as if Terraform
ran there.
"""

from __future__ import annotations

import base64
import fnmatch
import os.path
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from iac_imds_lint.source import Problem, SourceFile, Span
from iac_imds_lint.terraform import snippets
from iac_imds_lint.terraform.contents import carried, is_sensitive
from iac_imds_lint.terraform.syntax import Expression
from iac_imds_lint.terraform.types import Set
from iac_imds_lint.value import Known, Origin, Unknown, Value

if TYPE_CHECKING:
    from iac_imds_lint.terraform.scope import Scope

Rendering = Callable[[Expression, Mapping[str, Value]], Value]
# A digest of a file decides no option: none is worth reading it for.
_COMPUTED = ("filemd5", "filesha1", "filesha256", "filesha512", "filebase64sha256", "filebase64sha512")

# Directories by pattern, and alternatives.
_DEEP = re.compile(r"\*\*|[*?{\[][^/]*/|[{\\]")
NAMES = frozenset({"file", "filebase64", "fileexists", "templatefile", "templatestring", "fileset", *_COMPUTED})


def call(name: str, arguments: Sequence[Value], scope: Scope, render: Rendering) -> Value:
    """What the function of one of these NAMES gives for arguments, none of them divided.

    ``render`` evaluates a template, in which these variables stand for themselves and nothing else for anything.
    """
    match name:
        case "file" | "filebase64" | "fileexists":
            return _read(name, arguments, scope)
        case "templatefile":
            found = _content(arguments, scope)
            return _rendered(snippets.template_of(found), arguments, render) if isinstance(found, SourceFile) else found
        case "templatestring":
            return _rendered_text(arguments, render)
        case "fileset":
            return _listed(arguments, scope)
        case _:
            return Unknown(f"the function {name}() is not evaluated")


def _read(name: str, arguments: Sequence[Value], scope: Scope) -> Value:
    found = _content(arguments, scope)
    match name, found:
        case "fileexists", SourceFile():
            return Known(True, carried(arguments))
        case "fileexists", Unknown(invalid=True):
            return Known(False, carried(arguments))
        case "filebase64", SourceFile():
            return Known(base64.b64encode(found.encode()).decode("ascii"), _held_by(found, arguments))
        case _, SourceFile():
            return Known(found.text, _held_by(found, arguments))
        case _:
            return found


def _held_by(source: SourceFile, arguments: Sequence[Value]) -> tuple[Origin, ...]:
    """Where what is made of a file was decided: in the file."""
    name = os.path.basename(source.path)
    return (*carried(arguments), Origin(Span(source.path, 0, source.line_end(0)), f"what {name} holds"))


def _listed(arguments: Sequence[Value], scope: Scope) -> Value:
    """The files of one directory; a pattern that goes down into others is not followed."""
    match arguments:
        case [Known(str() as path), Known(str() as pattern)]:
            if _DEEP.search(pattern):
                shown = "that is sensitive" if is_sensitive(*arguments) else f'"{pattern}"'
                return Unknown(f"fileset() is not evaluated for the pattern {shown}", carried(arguments))
            directory, _, name = pattern.rpartition("/")
            found = scope.files_in(os.path.join(path, directory))
            if isinstance(found, str):
                why = "the directory is named by a sensitive value" if is_sensitive(*arguments) else found
                return Unknown(why, carried(arguments))
            matching = fnmatch.filter(found, name)
            paths = (f"{directory}/{one}" if directory else one for one in matching)
            return Known(Set(Known(one) for one in sorted(paths, key=str.encode)), carried(arguments))
        case [*_, Unknown() as unknown] | [Unknown() as unknown, *_]:
            return unknown._replace(handle=None)
        case _:
            return Unknown("fileset() takes a path and a pattern", invalid=True)


def _content(arguments: Sequence[Value], scope: Scope) -> SourceFile | Unknown:
    """The file that the first argument names."""
    match arguments:
        case [Known(str() as path, origins), *_]:
            found = scope.file(path)
            if isinstance(found, SourceFile):
                return found
            why = "the file is named by a sensitive value" if is_sensitive(arguments[0]) else found.reason
            return Unknown(why, origins, invalid=found.absent)
        case [Unknown() as unknown, *_]:
            return unknown._replace(handle=None)
        case _:
            return Unknown("a file function takes a path", invalid=True)


def _rendered_text(arguments: Sequence[Value], render: Rendering) -> Value:
    match arguments:
        case [Known(str() as text, (*_, last)), *_]:
            return _rendered(snippets.template_at(last.span, text), arguments, render)
        case [Unknown() as unknown, *_]:
            return unknown._replace(handle=None)
        case _:
            return Unknown("templatestring() takes a string", invalid=True)


def _rendered(template: Expression | Problem, arguments: Sequence[Value], render: Rendering) -> Value:
    if isinstance(template, Problem):
        return Unknown(f"{template.path} is no template that parses", invalid=True)
    match arguments:
        case [_, Known(Mapping() as members)]:
            return render(template, members)
        case [_, Unknown() as unknown]:
            return unknown._replace(handle=None)
        case _:
            return Unknown("a template takes an object of variables", invalid=True)
