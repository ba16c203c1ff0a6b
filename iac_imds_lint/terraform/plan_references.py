"""Which resources of a plan an expression of its configuration refers to, through variables and outputs of modules.

A plan spells no expressions, only what they refer to, the most specific form of each first: ``x.y[0].id``, ``x.y[0]``,
``x.y``. An index that is computed is left out: ``x.y[count.index].id`` is ``x.y`` and ``count.index``.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from iac_imds_lint.terraform.plan import Json, Object, Plan, Planned, Step, items, member

_KEY = r'(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?'
_MODULE = re.compile(rf'module\.([^.\[\]"]+){_KEY}(?:\.([^.\[\]"]+)(?:[.\[].*)?)?', re.DOTALL)
_RESOURCE = re.compile(rf'([^.\[\]"]+\.[^.\[\]"]+){_KEY}(?:\.([^.\[\]"]+))?(?:[.\[].*)?', re.DOTALL)
_MOST_STEPS = 200
_OWN = ("count.index", "each.key")
_NO_RESOURCES = ("var.", "local.", "module.", "data.", "each.", "count.", "path.", "self.", "terraform.")


class Target(NamedTuple):
    """A resource that an expression refers to, and which attribute of it; empty where the plan does not say."""

    resource: Planned
    attribute: str


class _Site(NamedTuple):
    """Where an expression stands: the module instance, the key of its own instance, what its ``each.value`` is of."""

    steps: tuple[Step, ...]
    key: str = ""
    each: tuple[str, ...] = ()


class References:
    """Follows references to the resources that a plan keeps."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._instances: dict[tuple[tuple[Step, ...], str], dict[str, Planned]] = {}
        self._calls: dict[tuple[tuple[Step, ...], str], dict[str, None]] = {}
        for resource in plan.resources:
            self._instances.setdefault((resource.steps, resource.named), {})[resource.key] = resource
            for number, step in enumerate(resource.steps):
                self._calls.setdefault((resource.steps[:number], step.name), {})[step.key] = None

    def targets(self, expression: Json, resource: Planned, types: Container[str]) -> list[Target]:
        """The resources of some types that an expression of a resource refers to, none where that leads too far."""
        each = tuple(_references(member(self._plan.configured(resource), "for_each_expression")))
        site = _Site(resource.steps, resource.key, each)
        found: dict[str, Target] = {}
        pending = [(reference, site, tuple(_references(expression))) for reference in _references(expression)]
        seen = set(pending)
        while pending and len(seen) < _MOST_STEPS:
            for item in self._followed(*pending.pop(), found):
                if item not in seen:
                    seen.add(item)
                    pending.append(item)
        return [] if pending else [target for target in found.values() if target.resource.type in types]

    def _followed(
        self, reference: str, site: _Site, beside: tuple[str, ...], found: dict[str, Target]
    ) -> Iterator[tuple[str, _Site, tuple[str, ...]]]:
        """One step further: resources are added to ``found``, and what else has to be followed comes out."""
        if reference.startswith("var."):
            yield from self._argument(reference.split(".")[1], site)
        elif reference.startswith("each.value"):
            yield from ((other, site, (*site.each, "each.key")) for other in site.each)
        elif match := _MODULE.fullmatch(reference):
            yield from self._outputs(match, site, beside)
        elif not reference.startswith(_NO_RESOURCES) and (match := _RESOURCE.fullmatch(reference)):
            instances = self._instances.get((site.steps, match[1]), {})
            for key in _chosen(match[2], instances, site, beside):
                found.setdefault(instances[key].address, Target(instances[key], match[3] or ""))

    def _argument(self, name: str, site: _Site) -> Iterator[tuple[str, _Site, tuple[str, ...]]]:
        """What the call of the module hands over for a variable."""
        call = self._plan.call(site.steps)
        if call:
            references = tuple(_references(member(call, "expressions", name)))
            each = tuple(_references(member(call, "for_each_expression")))
            outer = _Site(site.steps[:-1], site.steps[-1].key, each)
            yield from ((reference, outer, references) for reference in references)

    def _outputs(
        self, match: re.Match[str], site: _Site, beside: tuple[str, ...]
    ) -> Iterator[tuple[str, _Site, tuple[str, ...]]]:
        """What an output of a module is made of; all its outputs where the reference does not say which."""
        name, key, output = match[1], match[2], match[3]
        for chosen in _chosen(key, self._calls.get((site.steps, name), {}), site, beside):
            inner = _Site((*site.steps, Step(name, chosen)))
            outputs = _named(self._plan.module(inner.steps), output)
            for references in outputs:
                yield from ((reference, inner, references) for reference in references)


def _named(module: Object, output: str | None) -> Iterator[tuple[str, ...]]:
    """What the output of that name refers to, or each output where no name is given."""
    outputs = member(module, "outputs")
    for name, declared in outputs.items() if isinstance(outputs, dict) else ():
        if output is None or name == output:
            yield tuple(_references(member(declared, "expression")))


def _chosen(key: str | None, instances: Iterable[str], site: _Site, beside: tuple[str, ...]) -> list[str]:
    """The instances that a reference may mean: the one of its key, or that of the same key as its own place."""
    present = list(instances)
    if key is not None or "" in present:
        return [present_key for present_key in present if present_key == (key or "")]
    if site.key in present and any(own in beside for own in _OWN):
        return [site.key]
    return present


def _references(expression: Json) -> list[str]:
    """What an expression refers to, in the most specific form only."""
    listed = [reference for reference in items(expression, "references") if isinstance(reference, str)]
    kept: list[str] = []
    for reference in listed:
        if not kept or not _is_part(reference, kept[-1]):
            kept.append(reference)
    return kept


def _is_part(shorter: str, longer: str) -> bool:
    return longer.startswith(shorter) and longer[len(shorter) : len(shorter) + 1] in (".", "[")
