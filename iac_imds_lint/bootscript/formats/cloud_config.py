"""Cloud-config: the commands that it runs, and the scripts among the files that it writes.

Sources: cloud-init's util.shellify (items that are text are lines of one script, which sh runs; lists are words that
are not looked at again), config/cc_runcmd.py, cc_bootcmd.py, cc_write_files.py (encodings, permissions),
cc_power_state_change.py, cc_snap.py; coreos-cloudinit's Documentation/cloud-config.md for ``coreos.units``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iac_imds_lint import texts
from iac_imds_lint.bootscript.formats import commands, held, written_files
from iac_imds_lint.bootscript.formats.encoded import from_base64
from iac_imds_lint.bootscript.formats.held import Held
from iac_imds_lint.bootscript.formats.units import of_unit
from iac_imds_lint.script import Part, Unseen
from iac_imds_lint.texts import Text

# What can run something; a text without these words is not parsed.
_RUNNING = re.compile(rf"runcmd|bootcmd|write_files|condition|commands|units|{texts.STAND_IN}")


def read(text: Text, what: str) -> Iterator[Part | Unseen]:
    """What a cloud-config runs, and what it writes that runs later."""
    if not _RUNNING.search(text.content):
        return
    for config in held.yaml(text, f"the cloud-config of {what}"):
        yield from (config,) if isinstance(config, Unseen) else _config(config, what)


def _config(config: Held, what: str) -> Iterator[Part | Unseen]:
    whole = config.scalar()
    if whole:
        yield from _not_known(whole)
    for key in ("bootcmd", "runcmd"):
        if found := config.get(key):
            yield from commands.of_list(found, key, what)
    if snaps := config.get("snap", "commands"):
        yield from commands.of_list(snaps, "snap.commands", what)
    if condition := config.get("power_state", "condition"):
        yield from commands.of_one(condition, f"power_state.condition of {what}")
    yield from _files(config, what)
    yield from _units(config, what)


def _not_known(text: Text) -> Iterator[Unseen]:
    if why := text.unknown():
        yield Unseen(text.span(), why)


def _files(config: Held, what: str) -> Iterator[Part | Unseen]:
    listed = config.get("write_files")
    if listed is None:
        return
    if whole := listed.scalar():
        yield from _not_known(whole)
    commanded = (found.written() for key in ("bootcmd", "runcmd") if (found := config.get(key)))
    run = written_files.run_by("\n".join(commanded))
    seen: set[object] = set()
    for item in listed.items():
        if whole := item.scalar():
            yield from _not_known(whole)
        content = item.get("content")
        # What an alias stands for is told once.
        if content is None or content.node.span not in seen:
            seen.add(content.node.span if content else None)
            path = item.plain("path")
            file = written_files.File(path, _content(item), f"write_files of {what}", _may_run(item), run.get(path))
            yield from written_files.parts(file)


def _content(item: Held) -> Text | Unseen:
    """The content of a file, decoded."""
    content, path = item.get("content"), item.plain("path")
    text = content.scalar() if content else None
    if uri := item.plain("source", "uri"):
        return item.unseen(f"cloud-init fetches {path} from {uri} when the instance boots")
    if content is None or text is None:
        return texts.made("", item.text.span(item.node.span.start, item.node.span.end))
    encoding = re.sub(r"\s", "", item.plain("encoding").lower())
    if encoding.startswith("gz"):
        return content.unseen(f"{path} is compressed with gzip, which is not read")
    decoded = from_base64(text) if content.binary or encoding in ("b64", "base64") else text
    return decoded._replace(reason=f"{path}: {decoded.reason}") if isinstance(decoded, Unseen) else decoded


def _may_run(item: Held) -> bool:
    """Whether the permissions of a file let anybody execute it; text is octal, as cc_write_files reads it."""
    mode = item.plain("permissions")
    found = item.get("permissions")
    is_text = found is not None and isinstance(getattr(found.node, "content", None), str)
    try:
        return bool(int(mode or "0", 8 if is_text else 10) & 0o111)
    except ValueError:
        return False


def _units(config: Held, what: str) -> Iterator[Part]:
    """Units of coreos-cloudinit."""
    units = config.get("coreos", "units")
    for unit in units.items() if units else ():
        drop_ins = unit.get("drop-ins") or unit.get("drop_ins")
        for one in (unit, *(drop_ins.items() if drop_ins else ())):
            content = one.get("content")
            if content and (text := content.scalar()):
                yield from of_unit(text, f"{unit.plain('name') or 'a unit'} in coreos.units of {what}")
