"""Which format user data is in, by its beginning or by the content type that it is given.

Sources: cloud-init's handlers/__init__.py (INCLUSION_TYPES_MAP, type_from_starts_with) and user_data.py
(convert_string); EC2 User Guide, "Run commands when you launch an EC2 instance" (the tags and the YAML of EC2Launch);
cloudbase-init, "Userdata" (#ps1); Ignition's and Bottlerocket's own documentation.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from iac_imds_lint import texts
from iac_imds_lint.bootscript.formats.encoded import reads_like_base64
from iac_imds_lint.script import Part, Unseen
from iac_imds_lint.texts import Text


class Format(Enum):
    """A format of user data."""

    SCRIPT = auto()
    POWERSHELL = auto()
    PART_HANDLER = auto()
    BOOTHOOK = auto()
    UPSTART = auto()
    INCLUDE = auto()
    JINJA = auto()
    CLOUD_CONFIG = auto()
    JSON_PATCH = auto()
    ARCHIVE = auto()
    MIME = auto()
    TAGS = auto()
    LAUNCH_TASKS = auto()
    IGNITION = auto()
    BUTANE = auto()
    BOTTLEROCKET = auto()
    BASE64 = auto()
    GZIP = auto()
    # No script, and nothing that becomes one.
    DATA = auto()


# Longest first, as cloud-init has it; in lower case, which it compares with.
_BEGINNINGS = (
    ("#cloud-config-archive", Format.ARCHIVE),
    ("#cloud-config-jsonp", Format.JSON_PATCH),
    ("#cloud-boothook", Format.BOOTHOOK),
    ("#cloud-config", Format.CLOUD_CONFIG),
    ("#part-handler", Format.PART_HANDLER),
    ("#include", Format.INCLUDE),
    ("#upstart-job", Format.UPSTART),
    ("#ps1", Format.POWERSHELL),
    ("#!", Format.SCRIPT),
)
_JINJA = re.compile(r"##\s*template:\s*jinja", re.IGNORECASE)
_TAGS = re.compile(r"<(?:powershell|script|powershellarguments|persist|detach|runaslocalsystem)>", re.IGNORECASE)
_POWERSHELL_TAG = re.compile(rf"^[ \t]*(?:{texts.STAND_IN})?<powershell>", re.IGNORECASE | re.MULTILINE)

# By lines that stand at the margin, where no beginning tells.
_HEADER = re.compile(r"[\w-]+:")
_MIME_VERSION = re.compile(r"^[ \t]*mime-version:", re.MULTILINE)
_JSON = re.compile(r"\{\s*[\"}]")
_KEY = re.compile(r"[\"']?[A-Za-z_][\w.-]*[\"']?[ \t]*:(?:\s|\Z)")
_LAUNCH_TASKS = re.compile(r"^tasks:", re.MULTILINE)
_LAUNCH_TASK = re.compile(r"\btask:")
_CLOUD_CONFIG = re.compile(
    r"^[\"']?(?:runcmd|bootcmd|write_files|coreos|packages|(?:package|repo)_(?:update|upgrade)|users|groups"
    r"|ssh_authorized_keys|hostname|fqdn|cloud_\w+_modules|power_state|preserve_hostname|manage_etc_hosts|mounts|snap"
    r"|yum_repos|apt|output|disk_setup|fs_setup|swap|ntp|timezone|locale|chpasswd)[\"']?[ \t]*:",
    re.MULTILINE,
)
_BUTANE = re.compile(r"^(?:variant:|(?:systemd|storage|ignition):[ \t\r]*$)", re.MULTILINE)
_BOTTLEROCKET = re.compile(r"[ \t]*(?:\[+settings[\].]|settings\.\w)")
_ADDRESS = re.compile(r"(?:https?|s3|ftp)://\S+\Z")

_BY_TYPE = {
    "text/cloud-config": Format.CLOUD_CONFIG,
    "text/cloud-config-archive": Format.ARCHIVE,
    "text/cloud-config-jsonp": Format.JSON_PATCH,
    "text/cloud-boothook": Format.BOOTHOOK,
    "text/upstart-job": Format.UPSTART,
    "text/part-handler": Format.PART_HANDLER,
    "text/x-include-url": Format.INCLUDE,
    "text/x-include-once-url": Format.INCLUDE,
    "text/jinja2": Format.JINJA,
}
_SNIFFED = ("", "text/plain", "text/x-not-multipart")
_GZIP_TYPES = re.compile(r"application/(?:x-)?(?:gzip|gzipped|gunzip|compress)")
_SCRIPT_TYPE = re.compile(r"text/(?:x-)?(?:shell|sh\b|bash)")


class Inner(NamedTuple):
    """User data inside of user data, and its format."""

    text: Text
    what: str
    format: Format


Read: TypeAlias = "Part | Unseen | Inner"


def by_beginning(content: str) -> Format | None:
    """The format that a text's beginning tells; None where it is none that cloud-init or EC2Launch knows."""
    start = content.lstrip("\ufeff \t\r\n")[:4096].lower()
    if _JINJA.match(start):
        return Format.JINJA
    found = next((found for beginning, found in _BEGINNINGS if start.startswith(beginning)), None)
    if found:
        return found
    if _HEADER.match(_first_line(start)) and (
        _MIME_VERSION.search(start) or start.startswith("content-type: multipart/")
    ):
        return Format.MIME
    return Format.TAGS if _TAGS.match(start) or _POWERSHELL_TAG.search(content) else None


def by_content(content: str) -> Format:
    """The format of any user data, by its beginning or else by all that it says; a script where nothing tells."""
    return by_beginning(content) or _by_lines(content)


def by_type(content_type: str, content: str) -> Format:
    """The format of a MIME part. What cloud-init does not handle is data, but for what is plainly meant as a script."""
    known = _BY_TYPE.get(content_type)
    if known:
        return known
    if _GZIP_TYPES.match(content_type):
        return Format.GZIP
    if content_type in _SNIFFED:
        return _of_plain(content)
    return by_beginning(content) or (Format.SCRIPT if _SCRIPT_TYPE.match(content_type) else Format.DATA)


def _of_plain(content: str) -> Format:
    """Plain text runs only with a beginning; what begins with something unknown may have one."""
    found = by_content(content)
    is_told = found is not Format.SCRIPT or by_beginning(content) or content.lstrip().startswith(texts.STAND_IN)
    return found if is_told else Format.DATA


def _by_lines(content: str) -> Format:
    bare = content.strip("\ufeff \t\r\n")
    first = _first_line(bare)
    if _BOTTLEROCKET.match(first):
        return Format.BOTTLEROCKET
    if _JSON.match(bare):
        return Format.IGNITION if '"ignition"' in bare else Format.DATA
    if bare.startswith("H4sI") or reads_like_base64(bare):
        return Format.BASE64
    if _KEY.match(first):
        return _of_yaml(content)
    return Format.DATA if not bare or _ADDRESS.match(bare) else Format.SCRIPT


def _of_yaml(content: str) -> Format:
    tasks = _LAUNCH_TASKS.search(content)
    if tasks and _LAUNCH_TASK.search(content, tasks.end()):
        return Format.LAUNCH_TASKS
    if _CLOUD_CONFIG.search(content):
        return Format.CLOUD_CONFIG
    return Format.BUTANE if _BUTANE.search(content) else Format.DATA


def _first_line(content: str) -> str:
    """The first line that has anything in it but a comment or what is not known."""
    return next((line for line in content.split("\n") if not _is_idle(line.strip())), "")


def _is_idle(line: str) -> bool:
    return line in ("", "---", texts.STAND_IN) or line[0] == "#"
