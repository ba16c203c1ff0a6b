"""Templates of the tests, read."""

from __future__ import annotations

from iac_imds_lint.catalog import Option
from iac_imds_lint.cloudformation import load as loading
from iac_imds_lint.cloudformation.load import Template
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.model import Resource
from iac_imds_lint.posture import World
from iac_imds_lint.source import Problem, SourceFile
from iac_imds_lint.sources import Sources
from iac_imds_lint.verdict import Verdict
from tests.support import MemoryFiles

TOKENS, ENDPOINT, HOP_LIMIT = Option.TOKENS, Option.ENDPOINT, Option.HOP_LIMIT


def sources_of(source: SourceFile) -> Sources:
    """The sources of a run that has one file."""
    return Sources(MemoryFiles({}), [source])


def load(source: SourceFile, inputs: Inputs | None = None) -> Template | Problem | None:
    """What a lone file holds: one template at most."""
    loaded = loading.load(source, sources_of(source), inputs or Inputs())
    if isinstance(loaded, Problem):
        return loaded
    assert len(loaded) <= 1, loaded
    return loaded[0] if loaded else None


def template(text: str, path: str = "t.yaml") -> Template:
    loaded = load(SourceFile(path, text))
    assert isinstance(loaded, Template), loaded
    return loaded


def resource(text: str, address: str = "Web") -> Resource:
    return next(one for one in template(text).resources if one.address == address)


def verdict(text: str, address: str = "Web") -> Verdict:
    world = World(template(text).resources)
    return world.verdict(next(one for one in world.resources if one.address == address))


def instance(properties: str, rest: str = "") -> str:
    """A template with an instance ``Web`` that has these properties (one a line), and more sections."""
    lines = "".join(f"      {line}\n" for line in properties.splitlines())
    return f"Resources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n      ImageId: ami-1\n{lines}{rest}"
