"""Whether a launch template may have consumers that are not seen: said of many at once, so each file is read once."""

from __future__ import annotations

import os.path
import re
from collections import Counter
from collections.abc import Iterator

from iac_imds_lint.catalog.schema import Dialect, Role
from iac_imds_lint.model import Resource
from iac_imds_lint.posture import World
from iac_imds_lint.report import Report
from iac_imds_lint.rules import UNJUDGED
from iac_imds_lint.source import SourceFile
from iac_imds_lint.value import Absent

_NATIVE = (".tf", ".tofu", ".tf.json", ".tofu.json")
# An address without its module and its instance, and whatever follows.
_ADDRESS = re.compile(r"(?<![\w.-])(?:\w+)\.(?:[\w-]+)")
_IN_MODULES = re.compile(r"^(?:module\.[\w-]+(?:\[[^\]]*\])?\.)+")
_INSTANCE = re.compile(r"\[[^\[\]]*\]$")
_NAME = re.compile(r"\w+")


def module_of(address: str) -> str:
    """The part of an address of Terraform's that leads to the module, with the dot behind it."""
    found = _IN_MODULES.match(address)
    return found.group() if found else ""


def block_of(address: str) -> str:
    """An address of Terraform's without the key of the instance."""
    return _INSTANCE.sub("", address)


class Unseen:
    """What a report does not show of the consumers of templates."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._open: dict[World, frozenset[Role]] = {}
        self._mentioned: dict[str, frozenset[str]] = {}
        self._unread = {os.path.dirname(path) for path in _unread(report)}

    def may_be(self, template: Resource, world: World) -> bool:
        """Whether something may launch from a template beside what is known to: what is not created, what launches
        from something that is not known, or what was not read (a module that is not here, another stack, what is
        broken).
        """
        beside = {os.path.dirname(span.path) for span in (template.head, *template.calls)}
        return (
            bool(world.uses_ever(template))
            or template.entry.role in self._roles(world)
            or not beside.isdisjoint(self._unread)
            or self._is_mentioned(template)
        )

    def _roles(self, world: World) -> frozenset[Role]:
        """What the resources of a world may be that something launches from and that is not known."""
        if world not in self._open:
            self._open[world] = frozenset(_open(world))
        return self._open[world]

    def _is_mentioned(self, template: Resource) -> bool:
        """Whether its module, or its file, names it anywhere."""
        if template.entry.dialect is Dialect.TERRAFORM:
            directory, address = os.path.dirname(template.head.path), template.address
            return block_of(address.removeprefix(module_of(address))) in self._addresses(directory)
        return template.address.rpartition("/")[2] in self._names(template.head.path)

    def _addresses(self, directory: str) -> frozenset[str]:
        if directory not in self._mentioned:
            names = self._report.sources.names(directory)
            texts = (self._text(os.path.join(directory, name)) for name in names if name.endswith(_NATIVE))
            self._mentioned[directory] = frozenset(found for text in texts for found in _ADDRESS.findall(text))
        return self._mentioned[directory]

    def _names(self, path: str) -> frozenset[str]:
        """The words that a file holds more than once: a name that it declares and mentions is one of them."""
        if path not in self._mentioned:
            counted = Counter(_NAME.findall(self._text(path)))
            self._mentioned[path] = frozenset(name for name, number in counted.items() if number > 1)
        return self._mentioned[path]

    def _text(self, path: str) -> str:
        source = self._report.sources.read(path)
        return source.text if isinstance(source, SourceFile) else ""


def _unread(report: Report) -> Iterator[str]:
    yield from (finding.span.path for finding in report.findings if finding.rule.code in UNJUDGED)
    yield from (problem.path for problem in report.problems)


def _open(world: World) -> Iterator[Role]:
    for resource in world.resources:
        for reference in resource.references:
            found = world.targets(reference, resource.scope)
            if any(template is None and not isinstance(named, Absent) for named, template in found):
                yield from reference.roles
