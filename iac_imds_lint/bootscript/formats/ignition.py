"""Ignition, and Butane and Container Linux Config, of which it is made: units of systemd and files.

Sources: the Ignition specification (storage.files.contents as data URLs, mode in decimal, systemd.units.contents and
dropins), the Butane specification (contents.inline), the Container Linux Config specification (contents, remote).
"""

from __future__ import annotations

from collections.abc import Iterator

from iac_imds_lint.bootscript.formats import held, written_files
from iac_imds_lint.bootscript.formats.encoded import from_data_url
from iac_imds_lint.bootscript.formats.held import Held
from iac_imds_lint.bootscript.formats.units import of_unit
from iac_imds_lint.script import Part, Unseen
from iac_imds_lint.texts import Text


def of_json(text: Text, what: str) -> Iterator[Part | Unseen]:
    """What an Ignition configuration runs and writes."""
    yield from _all(held.json(text, f"the Ignition configuration of {what}"), what)


def of_yaml(text: Text, what: str) -> Iterator[Part | Unseen]:
    """What an Ignition configuration runs and writes that is made of YAML."""
    yield from _all(held.yaml(text, f"the configuration in {what}"), what)


def _all(documents: Iterator[Held | Unseen], what: str) -> Iterator[Part | Unseen]:
    for document in documents:
        if isinstance(document, Unseen):
            yield document
        else:
            yield from _elsewhere(document)
            yield from _units(document, what)
            yield from _files(document, what)


def _elsewhere(config: Held) -> Iterator[Unseen]:
    """Configurations that Ignition fetches."""
    whole = config.get("ignition", "config")
    for key, one in whole.members() if whole else ():
        for found in (one, *one.items()):
            if key in ("replace", "append", "merge") and (source := found.plain("source")):
                yield found.unseen(f"Ignition fetches its configuration from {source[:80]} when the instance boots")


def _units(config: Held, what: str) -> Iterator[Part]:
    units = config.get("systemd", "units")
    for unit in units.items() if units else ():
        drop_ins = unit.get("dropins") or unit.get("drop-ins")
        for one in (unit, *(drop_ins.items() if drop_ins else ())):
            content = one.get("contents")
            if content and (text := content.scalar()):
                yield from of_unit(text, f"{unit.plain('name') or 'a unit'} in {what}")


def _files(config: Held, what: str) -> Iterator[Part | Unseen]:
    files = config.get("storage", "files")
    for file in files.items() if files else ():
        path = file.plain("path")
        content = _content(file, path)
        if content is not None:
            yield from written_files.parts(written_files.File(path, content, what, _may_run(file)))


def _content(file: Held, path: str) -> Text | Unseen | None:
    """The content of a file; None where it has none."""
    contents = file.get("contents")
    if contents is None:
        return None
    if contents.plain("compression") not in ("", "null"):
        return contents.unseen(f"{path} is compressed, which is not read")
    inline = contents.get("inline") or contents
    source = contents.get("source") or contents.get("remote", "url")
    url = source.scalar() if source else None
    if source is None or url is None:
        local = contents.plain("local")
        return contents.unseen(f"{path} is made of the file {local}") if local else inline.scalar()
    found = from_data_url(url)
    return found or source.unseen(f"Ignition fetches {path} from {url.content[:80]} when the instance boots")


def _may_run(file: Held) -> bool:
    mode = file.plain("mode")
    return mode.isdigit() and bool(int(mode[:9]) & 0o111)
