"""The formats of user data, as cloud-init, EC2Launch and Ignition read them: from a boot script to its parts.

beginnings.py      which format a text is in
mime.py            multipart messages
cloud_config.py    cloud-config; commands.py, written_files.py: what it runs and writes
windows.py         the tags and tasks of EC2Launch
ignition.py        Ignition, Butane, Container Linux Config
units.py           systemd, cron, upstart
jinja.py, encoded.py, held.py      templates; base64 and the like; trees of YAML and JSON with places
shebang.py         the language of a script

Sources are told there. Where cloud-init or EC2Launch would take no notice of what is plainly meant as a script, for
blanks before its first line or for a tag that is not closed, it is read as it is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from iac_imds_lint import texts
from iac_imds_lint.bootscript.formats.beginnings import Format, Inner, Read, by_beginning, by_content, by_type
from iac_imds_lint.bootscript.formats.encoded import from_base64, is_binary
from iac_imds_lint.bootscript.formats.shebang import reads_like_powershell
from iac_imds_lint.bootscript.formats.shebang import script as as_script
from iac_imds_lint.script import Language, Part, Script, Unseen
from iac_imds_lint.texts import Text

# User data in user data in user data: nobody nests it deeper on purpose.
_DEEPEST = 6

_URL_LINE = re.compile(r"^(?:#include(?:-once)?[ \t]*)?([^\s#][^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_HEADER_LINE = re.compile(r"\s*#[^\n]*(?:\n|\Z)")
_USER_DATA = re.compile(
    r"^\[+settings\.(?:bootstrap|host)-containers\.([\w.-]+)\][^\[]*?^[ \t]*user-data[ \t]*=[ \t]*[\"']([^\"'\n]*)",
    re.MULTILINE,
)


def parts(script: Script) -> tuple[Part | Unseen, ...]:
    """What a boot script is made of, each part in its language; and what of it cannot be seen."""
    found = _parts(script)
    beside = script.beside.union(*(one.beside for one in found if isinstance(one, Part)))
    return tuple(one._replace(beside=beside) if isinstance(one, Part) else one for one in found)


def _parts(script: Script) -> tuple[Part | Unseen, ...]:
    text, what = script.text, script.what
    if not text.content.strip("\ufeff \t\r\n"):
        return ()
    if is_binary(text.content):
        return (Unseen(text.span(), "it is binary"),)
    if script.language and not script.content_type:
        return (_if_known(as_script(text, what, script.language)),)
    known = by_type(script.content_type, text.content) if script.content_type else by_content(text.content)
    return tuple(map(_if_known, _read(Inner(text, what, known), _DEEPEST)))


def _if_known(one: Part | Unseen) -> Part | Unseen:
    """A part, unless nothing is known of it."""
    if isinstance(one, Unseen) or one.text.content.strip() != texts.STAND_IN:
        return one
    end = len(one.text.content)
    why = one.text.unknown(0, end)
    return Unseen(one.text.span(0, end), why) if why else one


def _read(inner: Inner, depth: int) -> Iterator[Part | Unseen]:
    """The parts of user data; ``depth`` is how much more of it may be nested."""
    if not depth:
        end = len(inner.text.content)
        yield Unseen(inner.text.span(0, end), f"{inner.what} is nested too deeply to be read")
        return
    if not inner.text.content.strip():
        return
    for one in _READERS[inner.format](inner.text, inner.what):
        if isinstance(one, Inner):
            yield from _read(one, depth - 1)
        else:
            yield one


def _of_script(text: Text, what: str) -> Iterator[Read]:
    """A script; one that does not tell its language is a shell's, but for what can only be PowerShell."""
    bare = by_beginning(text.content) is not Format.SCRIPT
    yield as_script(text, what, Language.POWERSHELL if bare and reads_like_powershell(text.content) else None)


def _of_powershell(text: Text, what: str) -> Iterator[Read]:
    yield Part(_body(text), Language.POWERSHELL, what)


def _of_handler(text: Text, what: str) -> Iterator[Read]:
    yield Part(text, Language.PYTHON, what)


def _of_boothook(text: Text, what: str) -> Iterator[Read]:
    yield as_script(_body(text) if text.content.lstrip().startswith("#cloud-boothook") else text, what)


def _of_upstart(text: Text, what: str) -> Iterator[Read]:
    from iac_imds_lint.bootscript.formats import units

    return units.of_upstart(text, what)


def _of_include(text: Text, what: str) -> Iterator[Read]:
    """The addresses that cloud-init includes, one a line (user_data.py, _do_include)."""
    for line in _URL_LINE.finditer(text.content):
        url = line[1].strip()
        yield Unseen(text.span(*line.span(1)), f"cloud-init includes {url[:100]} in {what} when the instance boots")


def _of_jinja(text: Text, what: str) -> Iterator[Read]:
    from iac_imds_lint.bootscript.formats import jinja

    filled = jinja.filled(text) if by_beginning(text.content) is Format.JINJA else text
    yield Inner(filled, what, by_content(filled.content))


def _of_cloud_config(text: Text, what: str) -> Iterator[Read]:
    from iac_imds_lint.bootscript.formats import cloud_config

    return cloud_config.read(text, what)


def _of_patch(text: Text, what: str) -> Iterator[Read]:
    yield Unseen(text.span(), f"{what} is a JSON patch of cloud-config, which is not read")


def _of_archive(text: Text, what: str) -> Iterator[Read]:
    from iac_imds_lint.bootscript.formats import archive

    return archive.read(text, what)


def _of_mime(text: Text, what: str) -> Iterator[Read]:
    from iac_imds_lint.bootscript.formats import mime

    return mime.read(text, what, _DEEPEST)


def _of_tags(text: Text, what: str) -> Iterator[Read]:
    from iac_imds_lint.bootscript.formats import windows

    return windows.of_tags(text, what)


def _of_tasks(text: Text, what: str) -> Iterator[Read]:
    from iac_imds_lint.bootscript.formats import windows

    return windows.of_tasks(text, what)


def _of_ignition(text: Text, what: str) -> Iterator[Read]:
    from iac_imds_lint.bootscript.formats import ignition

    return ignition.of_json(text, what)


def _of_butane(text: Text, what: str) -> Iterator[Read]:
    from iac_imds_lint.bootscript.formats import ignition

    return ignition.of_yaml(text, what)


def _of_bottlerocket(text: Text, what: str) -> Iterator[Read]:
    """User data of containers, in base64; the rest is settings."""
    for found in _USER_DATA.finditer(text.content):
        decoded = from_base64(text.part(*found.span(2)))
        if isinstance(decoded, Unseen):
            yield decoded
        elif known := by_beginning(decoded.content):
            yield Inner(decoded, f"user-data of {found[1]} in {what}", known)


def _of_base64(text: Text, what: str) -> Iterator[Read]:
    """Base64 in place of what it stands for, which cloud-init decodes (util.maybe_b64decode); or but a long word."""
    decoded = from_base64(text)
    if isinstance(decoded, Unseen):
        yield from (decoded,) if "gzip" in decoded.reason else ()
    else:
        found = by_content(decoded.content)
        is_certain = found is Format.BASE64 or by_beginning(decoded.content) is not None
        if is_certain or (decoded.content.isascii() and "\n" in decoded.content):
            yield Inner(decoded, what, found)


def _of_gzip(text: Text, what: str) -> Iterator[Read]:
    yield Unseen(text.span(), f"{what} is compressed with gzip, which is not read")


def _of_data(_: Text, __: str) -> Iterator[Read]:
    return iter(())


def _body(text: Text) -> Text:
    """What comes after the first line."""
    header = _HEADER_LINE.match(text.content)
    return text.part(header.end() if header else 0, len(text.content))


_READERS: Mapping[Format, Callable[[Text, str], Iterator[Read]]] = {
    Format.SCRIPT: _of_script,
    Format.POWERSHELL: _of_powershell,
    Format.PART_HANDLER: _of_handler,
    Format.BOOTHOOK: _of_boothook,
    Format.UPSTART: _of_upstart,
    Format.INCLUDE: _of_include,
    Format.JINJA: _of_jinja,
    Format.CLOUD_CONFIG: _of_cloud_config,
    Format.JSON_PATCH: _of_patch,
    Format.ARCHIVE: _of_archive,
    Format.MIME: _of_mime,
    Format.TAGS: _of_tags,
    Format.LAUNCH_TASKS: _of_tasks,
    Format.IGNITION: _of_ignition,
    Format.BUTANE: _of_butane,
    Format.BOTTLEROCKET: _of_bottlerocket,
    Format.BASE64: _of_base64,
    Format.GZIP: _of_gzip,
    Format.DATA: _of_data,
}
