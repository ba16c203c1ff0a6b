"""Expressions read by the reader and evaluated without a configuration around them: no references, no files."""

from __future__ import annotations

from collections.abc import Mapping

from iac_imds_lint.inputs import Inputs
from iac_imds_lint.source import SourceFile
from iac_imds_lint.sources import Sources
from iac_imds_lint.terraform.contents import is_invalid, is_null, walk
from iac_imds_lint.terraform.evaluate import Frame, evaluate
from iac_imds_lint.terraform.hcl import body_of
from iac_imds_lint.terraform.project import Project
from iac_imds_lint.terraform.syntax import Expression
from iac_imds_lint.terraform.tree import parse
from iac_imds_lint.value import Known, Unknown, Value
from tests.support import MemoryFiles

REFUSED = "refused by Terraform"
UNKNOWN = "not known"


def read(text: str) -> Expression:
    """The expression that a text is."""
    source = SourceFile("main.tf", f"x = {text}\n")
    root = parse(source)
    assert not root.has_error, text
    attribute = body_of(source, root).attribute("x")
    assert attribute is not None
    return attribute.read()


def value_of(text: str) -> Value:
    """What an expression without references is known to be."""
    return evaluated(read(text))


def evaluated(node: Expression, _: str = "") -> Value:
    project = Project(Sources(MemoryFiles({})), set(), Inputs())
    value = evaluate(node, Frame(project.root("")))
    return next(filter(is_invalid, walk([value])), value)


def plain(value: Value) -> object:
    """A value as JSON has it; REFUSED or UNKNOWN where it is neither known nor null."""
    if is_null(value):
        return None
    match value:
        case Known(Mapping() as members):
            return {key: plain(member) for key, member in members.items()}
        case Known(tuple() as elements):
            return [plain(element) for element in elements]
        case Known(content):
            return content
        case Unknown(invalid=True):
            return REFUSED
        case _:
            return UNKNOWN
