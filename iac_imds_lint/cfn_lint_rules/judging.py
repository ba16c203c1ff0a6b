"""From a template as cfn-lint has it to what the engine finds in it."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from iac_imds_lint import config, discovery
from iac_imds_lint.cfn_lint_rules.matches import Hit, hits, whole
from iac_imds_lint.engine import Options, lint
from iac_imds_lint.errors import UsageError
from iac_imds_lint.files import FileSystem
from iac_imds_lint.guard import guarded
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.model import AccountDefault
from iac_imds_lint.nearest import nearest
from iac_imds_lint.output.words import known
from iac_imds_lint.report import Report
from iac_imds_lint.rules import imds900, imds999
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.sources import Sources

_ACCOUNT_DEFAULTS = tuple(default.value for default in AccountDefault)
# Below cfn-lint's own, which says where it goes.
_LOGGER = logging.getLogger("cfnlint.iac_imds_lint")
# What a template is called that stands in no file.
_NAMELESS = "template"


class _Text(NamedTuple):
    """A template's text, and whether it is the text that cfn-lint read: places in any other mean nothing to it."""

    path: str
    sources: Sources
    is_read: bool


def judge(cfn: Any, account_default: str) -> tuple[Hit, ...]:
    """What there is to say of a template. Never raises: neither a defect of ours nor wrong use ends cfn-lint's run.

    ``account_default`` is what cfn-lint's configuration says of it; empty where it says nothing.
    """
    return guarded(partial(_judged, cfn, account_default), _defect) or ()


def _judged(cfn: Any, account_default: str) -> tuple[Hit, ...]:
    try:
        options = _options(account_default)
    except UsageError as error:
        return (whole(imds900.RULE, f"nothing is judged: {error}"),)
    text = _text(cfn)
    return tuple(dict.fromkeys(hit for inputs in _inputs(cfn) for hit in _hits(text, options._replace(inputs=inputs))))


def _defect(error: Exception) -> tuple[Hit, ...]:
    return (whole(imds999.RULE, imds999.finding_at(Span("", 0, 0), "judging this template", error).message),)


def _hits(text: _Text, options: Options) -> Iterator[Hit]:
    report: Report = lint([text.path], text.sources, options)
    for call in report.unfollowed:
        _LOGGER.warning("%s: not followed, so not judged: %s", text.path, f"{call.address} ({call.source})".strip())
    return hits(report, text.path, is_read=text.is_read)


def _options(account_default: str) -> Options:
    """The settings of our own configuration file, which is looked for where the command looks for it.

    Raises UsageError where something in it, or in cfn-lint's configuration of our rules, means nothing.
    """
    settings = config.load(known())
    if account_default and account_default not in _ACCOUNT_DEFAULTS:
        near = nearest(account_default, _ACCOUNT_DEFAULTS)
        raise UsageError(f"account_default {account_default!r} is not known; did you mean {near!r}?")
    default = account_default or settings.account_default
    return Options(settings.select, settings.ignore, account_default=AccountDefault(default) if default else None)


def _text(cfn: Any) -> _Text:
    """The file that cfn-lint read; what it made of it where the file cannot be read again, as standard input cannot."""
    path = os.path.normpath(cfn.filename) if cfn.filename else ""
    sources = Sources(FileSystem(discovery.project([path or os.curdir])))
    if path and isinstance(sources.read(path), SourceFile):
        return _Text(path, sources, is_read=True)
    made = json.dumps(cfn.template, ensure_ascii=False, indent=1, default=str)
    return _Text(path or _NAMELESS, sources.with_changes([SourceFile(path or _NAMELESS, made)]), is_read=False)


def _inputs(cfn: Any) -> list[Inputs]:
    """The values for parameters that cfn-lint was given, set by set; it takes none in its older releases."""
    given = getattr(cfn.context, "parameter_sets", None) or ()
    return [Inputs(parameters=_texts(one.parameters)) for one in given] or [Inputs()]


def _texts(parameters: dict[str, Any]) -> dict[str, str]:
    return {str(name): _as_text(value) for name, value in parameters.items() if value is not None}


def _as_text(value: Any) -> str:
    """A parameter's value as CloudFormation, which knows only texts, is given it."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ",".join(map(_as_text, value))
        case _:
            return str(value)
