"""Reports as text, one module a format."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple, Protocol

from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report


class Format(NamedTuple):
    """A format: the module that renders it, and whether a person reads it, for whom a summary follows."""

    module: str
    is_read: bool = True


class _Renderer(Protocol):
    def __call__(self, report: Report, view: View) -> str: ...


# Each module is imported when its format is asked for.
_FORMATS = {
    "full": Format("full"),
    "concise": Format("concise"),
    "json": Format("json_report", is_read=False),
    "github": Format("github"),
    "markdown": Format("markdown"),
    "rdjson": Format("rdjson", is_read=False),
    "sarif": Format("sarif", is_read=False),
    "gitlab": Format("gitlab", is_read=False),
    "junit": Format("junit", is_read=False),
}

FORMATS = tuple(_FORMATS)


def is_read(name: str) -> bool:
    """Whether a person reads the format."""
    return _FORMATS[name].is_read


def rendered(report: Report, name: str, view: View) -> str:
    """The findings in the format of that name, one of FORMATS."""
    render: _Renderer = import_module(f"{__name__}.{_FORMATS[name].module}").render
    return render(report, view)
