"""Code lenses: above a launch template or configuration its posture, and whether a new version reaches its users."""

from __future__ import annotations

import os.path
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from iac_imds_lint import engine, rules
from iac_imds_lint.catalog.schema import Dialect, Role
from iac_imds_lint.explaining import Launching, users
from iac_imds_lint.model import Posture, Resource
from iac_imds_lint.output.excerpt import printable
from iac_imds_lint.posture import World
from iac_imds_lint.rules import imds003
from iac_imds_lint.rules.versions import Reach
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.value import Absent
from iac_imds_lint.verdict import WORST_FIRST

if TYPE_CHECKING:
    from iac_imds_lint.lsp.page import Page
    from iac_imds_lint.lsp.server import Server
    from iac_imds_lint.report import Report

# The command that our own clients have for it. It takes what VS Code's editor.action.showReferences takes, as the
# protocol spells that; a client that does not say that it has the command gets none.
SHOW = "iac-imds-lint.showReferences"

_ROLES = (Role.LAUNCH_TEMPLATE, Role.LAUNCH_CONFIGURATION)
_MOST_WORLDS = 8
_MOST_USERS = 3
_LONGEST_NAME = 60
_REACHES = {
    Reach.KEPT: "not reached",
    Reach.LAUNCHES: "next launches",
    Reach.RENEWS: "next apply renews it",
    Reach.OPEN: "reach not known",
}
_NATIVE = (".tf", ".tofu", ".tf.json", ".tofu.json")
_MODULES = re.compile(r"^(?:module\.[\w-]+(?:\[[^\]]*\])?\.)+")
_INSTANCE = re.compile(r"\[[^\[\]]*\]$")


class Template(NamedTuple):
    """A launch template, or configuration, in each of its instances, with the worlds that these are in."""

    head: Span
    instances: tuple[tuple[Resource, World], ...]


class Lens(NamedTuple):
    """What stands above the head of a template, and the heads of those who use it."""

    head: Span
    title: str
    users: tuple[Span, ...]


def register(server: Server) -> None:
    """Have a server answer requests for code lenses."""

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def code_lens(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        command = SHOW if SHOW in ls.able.commands else ""
        return await ls.answered(params.text_document.uri, lambda page: shown(page, command))


def shown(page: Page, command: str) -> list[types.CodeLens]:
    """The code lenses of a file; without a command a lens is a title alone."""
    return [_code_lens(lens, page, command) for lens in lenses(page.name, page.report, page.folder.options)]


def _code_lens(lens: Lens, page: Page, command: str) -> types.CodeLens:
    place = page.places.range(lens.head)
    if not command or not lens.users:
        return types.CodeLens(place, types.Command(lens.title, ""))
    locations = [page.places.location(span) for span in lens.users]
    arguments = [page.places.uri(page.name), place.start, locations]
    return types.CodeLens(place, types.Command(lens.title, command, arguments=arguments))


def lenses(name: str, report: Report, options: engine.Options) -> list[Lens]:
    """What there is to show in a file, in order of places."""
    worlds = list(islice(engine.worlds(name, report.sources, options), _MOST_WORLDS))
    return [_lens(template, report) for template in _templates(name, worlds)]


def _templates(name: str, worlds: Iterable[World]) -> list[Template]:
    """The templates of a file by their heads, in order."""
    found: dict[Span, list[tuple[Resource, World]]] = {}
    for world in worlds:
        for resource in world.judged():
            if resource.entry.role in _ROLES and resource.head.path == name and resource.downloaded is None:
                found.setdefault(resource.head, []).append((resource, world))
    return [Template(head, tuple(found[head])) for head in sorted(found)]


def _lens(template: Template, report: Report) -> Lens:
    used = [(resource, user) for resource, world in template.instances for user in users(resource, world)]
    parts = [_postures([world.verdict(resource).posture for resource, world in template.instances])]
    if any(_asks_for_migration(resource, report) for resource, _ in template.instances):
        parts.append("migrate to a launch template")
    parts.append(_used(used) if used else _unused(template, report))
    heads = dict.fromkeys(user.resource.head for _, user in used)
    return Lens(template.head, printable(" · ".join(parts)), tuple(heads))


def _postures(postures: Sequence[Posture]) -> str:
    """The posture of all instances; how many have which, where they differ."""
    counted = Counter(postures)
    if len(counted) == 1:
        return postures[0].value
    return ", ".join(f"{posture.value} ({counted[posture]})" for posture in WORST_FIRST if counted[posture])


def _asks_for_migration(resource: Resource, report: Report) -> bool:
    found = (one for one in report.findings if one.rule is imds003.RULE and one.resource is not None)
    return any(one.resource.head == resource.head for one in found if one.resource is not None)


def _used(used: Sequence[tuple[Resource, Launching]]) -> str:
    """Who uses it, instances of one block once, and whether a new version reaches them."""
    blocks: dict[tuple[Span, str], list[str]] = {}
    for template, user in used:
        blocks.setdefault((user.resource.head, _version(user)), []).append(_short(user.resource.address, template))
    told = [_named(list(dict.fromkeys(names)), version) for (_, version), names in blocks.items()]
    more = len(told) - _MOST_USERS
    rest = f" and {more} more" if more > 0 else ""
    return f"used by {len(told)}: {', '.join(told[:_MOST_USERS])}{rest}"


def _version(user: Launching) -> str:
    reached = _REACHES[user.reach] if user.reach is not None and user.version else ""
    return f" ({user.version}: {reached})" if reached else ""


def _named(names: Sequence[str], version: str) -> str:
    name = names[0] if len(names) == 1 else _INSTANCE.sub("[*]", names[0])
    cut = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    return f"{cut}{version}"


def _short(address: str, template: Resource) -> str:
    """An address without the module, or the stack, that it has in common with a template's."""
    if template.entry.dialect is Dialect.TERRAFORM:
        own = _MODULES.match(template.address)
        return address.removeprefix(own.group()) if own else address
    stack, slash, _ = template.address.rpartition("/")
    return address.removeprefix(stack + slash)


def _unused(template: Template, report: Report) -> str:
    """That nothing uses it: for certain, where nothing else names it, or may be it."""
    if any(_may_be_used(resource, world, report) for resource, world in template.instances):
        return "no consumer found in this workspace"
    is_terraform = template.instances[0][0].entry.dialect is Dialect.TERRAFORM
    return f"no consumer in this {'configuration' if is_terraform else 'template'}"


def _may_be_used(template: Resource, world: World, report: Report) -> bool:
    """Whether something may launch from it: what is not created, what launches from something that is not known, or
    what was not read: a module that is not here, another stack, what is broken.
    """
    named = (
        (target, found)
        for resource in world.resources
        for reference in resource.references
        if template.entry.role in reference.roles
        for target, found in world.targets(reference, resource.scope)
    )
    is_open = any(found is None and not isinstance(target, Absent) for target, found in named)
    return is_open or bool(world.uses_ever(template)) or _is_mentioned(template, report) or _is_beside(template, report)


def _is_mentioned(template: Resource, report: Report) -> bool:
    """Whether its module, or its file, names it anywhere."""
    path = template.head.path
    directory, own = os.path.dirname(path), template.address.rpartition("/")[2]
    paths = [path]
    if template.entry.dialect is Dialect.TERRAFORM:
        own = _INSTANCE.sub("", _MODULES.sub("", template.address))
        paths = [os.path.join(directory, name) for name in report.sources.names(directory) if name.endswith(_NATIVE)]
    name = re.compile(rf"(?<![\w.-]){re.escape(own)}(?![\w-])")
    sources = (source for source in map(report.sources.read, paths) if isinstance(source, SourceFile))
    places = (Span(source.path, *found.span()) for source in sources for found in name.finditer(source.text))
    return any(not _is_in(place, template.head) for place in places)


def _is_in(place: Span, head: Span) -> bool:
    return place.path == head.path and head.start <= place.start and place.end <= head.end


def _is_beside(template: Resource, report: Report) -> bool:
    """Whether something stands beside it, or beside a call that leads to it, that could not be read."""
    directories = {os.path.dirname(span.path) for span in (template.head, *template.calls)}
    unread = (
        *(one.span.path for one in report.findings if one.rule.code in rules.UNJUDGED),
        *(problem.path for problem in report.problems),
    )
    return any(os.path.dirname(path) in directories for path in unread)
