"""Finding the files, linting them, and telling on standard error what the report itself does not say."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import click

from iac_imds_lint import asked, bootscript, config, engine
from iac_imds_lint.cli import configurations
from iac_imds_lint.cli.telling import first_few, tell
from iac_imds_lint.files import FileSystem
from iac_imds_lint.output.style import Style
from iac_imds_lint.report import Report
from iac_imds_lint.scanning import in_another_encoding, is_native
from iac_imds_lint.source import Problem, Uncreated, Unfollowed
from iac_imds_lint.sources import Sources

if TYPE_CHECKING:
    from iac_imds_lint import discovery
    from iac_imds_lint.cli.standard_input import Typed

# Fewer files are read sooner than another process is started.
_WORTH_FORKING = 1000


class Context(NamedTuple):
    """What every command works with. ``is_configured_by_name`` says that the user named the configuration file."""

    settings: config.Settings
    style: Style
    progress: bool
    jobs: int
    is_configured_by_name: bool = False


def linted(paths: Sequence[str], options: engine.Options, context: Context, typed: Typed | None = None) -> Report:
    """The report on what is to lint under ``paths``, or on what was ``typed``; what it does not say itself is told on
    standard error.
    """
    from iac_imds_lint import discovery

    settings = context.settings
    notice = () if context.is_configured_by_name else config.FILES
    found = (
        discovery.discover(paths or (os.curdir,), settings.exclude, settings.root, options.scripts, notice)
        if typed is None
        else typed.found
    )
    callers = _callers(paths or (os.curdir,), found)
    files = FileSystem(discovery.project(_named(paths, options, callers)))
    spread = _spread(len(found.files), context.jobs)
    own = len(found.files) if spread is engine.in_one_go else len(found.files) // context.jobs
    with _ticking(own, context) as tick:
        sources = Sources(files if typed is None else typed.over(files))
        report = engine.lint(found.files, sources, options, tick, spread, callers)
    recoded = in_another_encoding(sorted(found.explicit), sources)
    report = replace(report, problems=(*found.problems, *recoded, *report.problems))
    _complain(report.problems)
    if not context.is_configured_by_name:
        configurations.tell_unread(settings.file, found.noticed, paths)
    if outside := sorted({*found.outside, *files.outside}):
        tell(f"Not followed, for they lead out of the project: {', '.join(outside)}")
    for name in report.undeclared:
        tell(f"--var {name}: no root module here declares a variable of that name")
    for name in report.undeclared_parameters:
        tell(f"--parameter {name}: no template that is judged here declares a parameter of that name")
    _tell_unfollowed(report.unfollowed)
    _tell_uncreated(report.uncreated)
    if not report.relevant and not report.problems:
        hint = _HINT if not options.scripts and _names_scripts(found.explicit, sources) else ""
        tell(f"Nothing to lint: no file here declares a resource that is judged{hint}.")
    return report


_HINT = "; scripts that no resource here runs are judged with --scripts"


def _names_scripts(named: Iterable[str], sources: Sources) -> bool:
    """Whether the user names a script that may call IMDS."""
    contents = ((path, sources.data(path)) for path in named)
    return any(bootscript.may_call(path, data) for path, data in contents if isinstance(data, bytes))


def _named(paths: Sequence[str], options: engine.Options, callers: Sequence[str]) -> Sequence[str]:
    """The places whose projects are read: what the user names, and where callers were looked for."""
    configuration = () if options.configuration is None else (options.configuration or os.curdir,)
    return (*(paths or (os.curdir,)), *configuration, *((os.curdir,) if callers else ()))


def _tell_unfollowed(calls: Sequence[Unfollowed]) -> None:
    """A line for all calls whose modules are not here, and one for templates': what they launch is not judged."""
    modules = [call for call in calls if is_native(call.path)]
    templates = [call for call in calls if not is_native(call.path)]
    if modules:
        count = "1 module call was" if len(modules) == 1 else f"{len(modules)} module calls were"
        tell(f"{count} not followed, the code is not here (run terraform init): {_shown(modules)}")
    if templates:
        count = (
            "1 nested stack, module or include was"
            if len(templates) == 1
            else f"{len(templates)} nested stacks, modules or includes were"
        )
        tell(f"{count} not followed: {_shown(templates)}")


def _shown(calls: Sequence[Unfollowed]) -> str:
    """Some of the calls that are not followed, each with where it leads."""
    sources: dict[str, str] = {}
    for call in calls:
        sources.setdefault(call.source, f"{call.address} ({call.source})" if call.address else call.source)
    return first_few(list(sources.values()))


def _tell_uncreated(resources: Sequence[Uncreated]) -> None:
    """A line for all resources of templates that are not created with the values that their parameters have."""
    if resources:
        count = "1 resource is" if len(resources) == 1 else f"{len(resources)} resources are"
        shown = first_few([f"{one.address} ({one.condition} is false) in {one.path}" for one in resources])
        tell(f"{count} not created with these parameter values, and not judged: {shown}; give others with --parameter")


def _callers(paths: Sequence[str], found: discovery.Discovery) -> Sequence[str]:
    """The files of the repository that may call a module, or nest a template, of which only some were named.

    That is how pre-commit runs: at the top of the repository, with the changed files.
    """
    if os.curdir in map(os.path.normpath, paths) or not os.path.exists(".git"):
        return ()
    from iac_imds_lint import discovery

    # By the names that they would have had, had the user named them: one module has one name.
    top = os.getcwd() if all(map(os.path.isabs, found.files)) else os.curdir
    return asked.callers(found.files, discovery.discover((top,)).files if found.files else ())


def _spread(files: int, jobs: int) -> engine.Spread:
    if jobs < 2 or files < _WORTH_FORKING:
        return engine.in_one_go
    from iac_imds_lint.parallel import Processes

    return Processes(jobs)


def _complain(problems: Sequence[Problem]) -> None:
    for problem in dict.fromkeys(problems):
        tell(f"{problem.path}: {problem.reason}")


@contextmanager
def _ticking(files: int, context: Context) -> Iterator[Callable[[int], None]]:
    """What counts files: a progress bar on a terminal's standard error, else nothing. A child's files do not count."""
    if not context.progress or files < 200 or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=files, label="Linting", file=sys.stderr, update_min_steps=files // 100) as bar:
        process = os.getpid()
        yield lambda number: bar.update(number) if os.getpid() == process else None
