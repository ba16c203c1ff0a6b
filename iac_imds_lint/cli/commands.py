"""The commands and their options."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from iac_imds_lint import bootscript, config, engine, rules
from iac_imds_lint.cli import destination
from iac_imds_lint.cli.given import inputs
from iac_imds_lint.errors import OutputError, UsageError
from iac_imds_lint.files import FileSystem
from iac_imds_lint.finding import Severity
from iac_imds_lint.model import AccountDefault
from iac_imds_lint.nearest import nearest, no_such
from iac_imds_lint.output import FORMATS
from iac_imds_lint.output.style import Style
from iac_imds_lint.report import Exit, Report
from iac_imds_lint.scanning import in_another_encoding, is_native
from iac_imds_lint.source import Problem, Uncreated, Unfollowed
from iac_imds_lint.sources import Sources
from iac_imds_lint.version import __version__

# Fewer files are read sooner than another process is started.
_WORTH_FORKING = 1000
# So many of what is not followed, or not created, are named.
_MOST_NAMED = 3

if TYPE_CHECKING:
    from iac_imds_lint import discovery

_TABLES = ("table", "json")
_COLOURS = ("auto", "always", "never")


class Nearest(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic only in newer releases
    """One of some words, or several of them parted by commas; another word is answered with the nearest of them."""

    def __init__(self, noun: str, words: Sequence[str], several: bool = False) -> None:
        self.name = noun
        self._words = words
        self._several = several

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """What the help shows in place of the value."""
        return f"{self.name.upper()}[,...]" if self._several else f"[{'|'.join(self._words)}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word, or a tuple of words."""
        given = [word.strip() for word in value.split(",")] if self._several else [value]
        words = tuple(self._word(word) or word for word in given)
        for word in words:
            if word not in self._words:
                self.fail(f"{word!r} is no {self.name}; did you mean {nearest(word, self._words)!r}?", param, ctx)
        return words if self._several else words[0]

    def _word(self, given: str) -> str | None:
        """The word that is meant, in whatever case it is written."""
        return next((word for word in self._words if word.casefold() == given.casefold()), None)


class Context(NamedTuple):
    """What every command works with."""

    settings: config.Settings
    style: Style
    progress: bool
    jobs: int


def command() -> int:
    """Parse the arguments and run; the exit status. Wrong use is 2, whoever notices it."""
    try:
        with _ended_in_order():
            return int(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except click.Abort:
        click.echo("Interrupted.", err=True)
        return 130
    except UsageError as error:
        click.echo(f"Error: {error}", err=True)
        return Exit.USAGE
    except OutputError as error:
        click.echo(f"Error: {error}", err=True)
        return Exit.UNREADABLE
    except BrokenPipeError:
        # Who reads the report has seen enough; Python's own flush at exit must not complain of it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.UNREADABLE


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """What ends the program lets it tidy up first: no temporary file stays. The status is a shell's for the signal."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    ends = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {end: signal.signal(end, leave) for end in ends if signal.getsignal(end) is signal.SIG_DFL}
    try:
        yield
    finally:
        for end, handler in before.items():
            signal.signal(end, handler)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="iac-imds-lint")
def cli() -> None:
    """Find EC2 capacity in Terraform and CloudFormation that answers IMDSv1, and repair it."""


def _shared(function: Callable[..., int]) -> Callable[..., int]:
    """The options that every linting command has."""
    options = (
        click.argument("paths", nargs=-1, type=click.Path()),
        click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A root module's variable."),
        click.option("--var-file", "var_files", multiple=True, type=click.Path(), help="A file of variables' values."),
        click.option("--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="A template's parameter."),
        click.option("--parameter-file", "parameter_files", multiple=True, type=click.Path(), help="Their values."),
        click.option("--config", "config_file", type=click.Path(), help="The configuration file to use."),
        click.option(
            "--source", type=click.Path(), metavar="DIR", help="Place what plans create in the configuration in DIR."
        ),
        click.option("--scripts", is_flag=True, help="Judge scripts that no resource runs as well."),
        click.option("--output-file", type=click.Path(), help="Write the report or the patch there."),
        click.option("--jobs", type=click.IntRange(min=1), help="Use so many processes; default: one a processor."),
        click.option("--no-progress", is_flag=True, help="Show no progress bar."),
        click.option("--color", "colour", type=Nearest("choice", _COLOURS), default="auto", help="Colour the report."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@cli.command()
@_shared
@click.option("--fix", is_flag=True, help="Write the safe fixes into the files.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: the unsafe ones as well.")
@click.option("--diff", is_flag=True, help="Print the fixes as a patch for git apply; write nothing.")
@click.option("--select", type=Nearest("code", rules.CODES, several=True), help="Report only these rules.")
@click.option("--ignore", type=Nearest("code", rules.CODES, several=True), help="Leave these rules out.")
@click.option("--output-format", type=Nearest("format", FORMATS), help="How to print the findings.")
@click.option("--fail-on", type=Nearest("severity", ("error", "warning")), help="The least severity that fails.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule, on standard error.")
def check(**given: Any) -> int:
    """Lint PATHS (default: this directory): files and directories of Terraform and CloudFormation, and plans."""
    from iac_imds_lint.cli import check as shell

    context = _context(given)
    options = _options(context.settings, given)
    fixing = shell.Fixing(given["fix"], given["unsafe_fixes"], given["diff"])
    fixing.verify()
    if options.configuration is not None and (given["fix"] or given["diff"]):
        raise UsageError("--source is for plans, and a plan cannot be fixed: run --fix or --diff without it")
    file = destination.verified(given["output_file"], _read(given))
    report = _linted(given["paths"], options, context)
    destination.spare(file, report)
    output_format = given["output_format"] or context.settings.output_format
    with destination.opened(file, context.style) as write:
        printing = shell.Printing(output_format, context.style, is_seen=given["output_file"] is None)
        report = shell.run(report, options, fixing, printing, write)
    if given["statistics"]:
        from iac_imds_lint.output import table

        click.echo(table.statistics(report), err=True, nl=False)
    return Exit.CLEAN if given["exit_zero"] and report.exit is Exit.FINDINGS else report.exit


@cli.command()
@_shared
@click.option("--output-format", type=Nearest("format", _TABLES), default="table", help="How to print the resources.")
def inventory(**given: Any) -> int:
    """List every resource that launches EC2 capacity under PATHS: its posture, what decided it, who uses it."""
    context = _context(given)
    options = _options(context.settings, given)
    file = destination.verified(given["output_file"], _read(given))
    report = _linted(given["paths"], options, context)
    destination.spare(file, report)
    with destination.opened(file, context.style) as write:
        if given["output_format"] == "json":
            from iac_imds_lint.output import json_report

            write(json_report.inventory(report))
        else:
            from iac_imds_lint.output import table

            write(table.inventory(report, context.style))
    for finding in report.findings:
        if finding.rule.code in rules.UNJUDGED:
            click.echo(f"{finding.span.path}: {finding.rule.code} {finding.message}", err=True)
    return Exit.UNREADABLE if report.unreadable else Exit.CLEAN


@cli.command()
@click.argument("code", required=False, metavar="[CODE]", type=Nearest("code", rules.CODES))
def rule(code: str | None) -> int:
    """Explain the rule CODE, or list them all."""
    from iac_imds_lint.output import rule_pages

    click.echo(rule_pages.page(code) if code else rule_pages.index(), nl=False)
    return Exit.CLEAN


def _context(given: dict[str, Any]) -> Context:
    words = config.Known(rules.CODES, FORMATS, [default.value for default in AccountDefault])
    settings = config.load(words, file=given["config_file"])
    style = Style(_coloured(given["colour"], given["output_file"]))
    return Context(settings, style, not given["no_progress"], given["jobs"] or os.cpu_count() or 1)


def _read(given: dict[str, Any]) -> Sequence[str]:
    """The files that options and arguments name, to be read."""
    config_file = (given["config_file"],) if given["config_file"] is not None else ()
    return (*given["paths"], *given["var_files"], *given["parameter_files"], *config_file)


def _coloured(choice: str, output_file: str | None) -> bool:
    """Colour on a terminal only, and not where NO_COLOR asks for none (https://no-color.org)."""
    if choice != "auto":
        return choice == "always"
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return output_file is None and terminal and not os.environ.get("NO_COLOR")


def _options(settings: config.Settings, given: dict[str, Any]) -> engine.Options:
    return engine.Options(
        select=given.get("select") or settings.select,
        ignore=given.get("ignore") or settings.ignore,
        fail_on=Severity(given.get("fail_on") or settings.fail_on),
        inputs=inputs(given["variables"], given["var_files"], given["parameters"], given["parameter_files"]),
        configuration=_configuration(given["source"]),
        account_default=AccountDefault(settings.account_default) if settings.account_default else None,
        scripts=given["scripts"] or settings.scripts,
    )


def _configuration(directory: str | None) -> str | None:
    """The directory of the configuration as the paths of its files begin; the working directory is empty."""
    if directory is None:
        return None
    if not os.path.exists(directory):
        raise UsageError(no_such("directory", directory))
    if not os.path.isdir(directory):
        raise UsageError(f"--source takes a directory, and {directory} is none")
    name = os.path.normpath(directory)
    return "" if name == os.curdir else name


def _linted(paths: Sequence[str], options: engine.Options, context: Context) -> Report:
    from dataclasses import replace

    from iac_imds_lint import discovery

    settings = context.settings
    found = discovery.discover(paths or (os.curdir,), settings.exclude, settings.root, options.scripts)
    callers = _callers(paths or (os.curdir,), found)
    files = FileSystem(discovery.project(_named(paths, options, callers)))
    spread = _spread(len(found.files), context.jobs)
    own = len(found.files) if spread is engine.in_one_go else len(found.files) // context.jobs
    with _ticking(own, context) as tick:
        sources = Sources(files)
        report = engine.lint(found.files, sources, options, tick, spread, callers)
    recoded = in_another_encoding(sorted(found.explicit), sources)
    report = replace(report, problems=(*found.problems, *recoded, *report.problems))
    _complain(report.problems)
    if outside := sorted({*found.outside, *files.outside}):
        click.echo(f"Not followed, for they lead out of the project: {', '.join(outside)}", err=True)
    for name in report.undeclared:
        click.echo(f"--var {name}: no root module here declares a variable of that name", err=True)
    for name in report.undeclared_parameters:
        click.echo(f"--parameter {name}: no template that is judged here declares a parameter of that name", err=True)
    _tell_unfollowed(report.unfollowed)
    _tell_uncreated(report.uncreated)
    if not report.relevant and not report.problems:
        hint = _HINT if not options.scripts and _names_scripts(found.explicit, sources) else ""
        click.echo(f"Nothing to lint: no file here declares a resource that is judged{hint}.", err=True)
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
        click.echo(f"{count} not followed, the code is not here (run terraform init): {_shown(modules)}", err=True)
    if templates:
        count = (
            "1 nested stack, module or include was"
            if len(templates) == 1
            else f"{len(templates)} nested stacks, modules or includes were"
        )
        click.echo(f"{count} not followed: {_shown(templates)}", err=True)


def _shown(calls: Sequence[Unfollowed]) -> str:
    """Some of the calls that are not followed, each with where it leads."""
    sources: dict[str, str] = {}
    for call in calls:
        sources.setdefault(call.source, f"{call.address} ({call.source})" if call.address else call.source)
    return ", ".join(list(sources.values())[:_MOST_NAMED]) + (", ..." if len(sources) > _MOST_NAMED else "")


def _tell_uncreated(resources: Sequence[Uncreated]) -> None:
    """A line for all resources of templates that are not created with the values that their parameters have."""
    if resources:
        count = "1 resource is" if len(resources) == 1 else f"{len(resources)} resources are"
        named = [f"{one.address} ({one.condition} is false) in {one.path}" for one in resources[:_MOST_NAMED]]
        shown = ", ".join(named) + (", ..." if len(resources) > _MOST_NAMED else "")
        click.echo(
            f"{count} not created with these parameter values, and not judged: {shown}; give others with --parameter",
            err=True,
        )


def _callers(paths: Sequence[str], found: discovery.Discovery) -> Sequence[str]:
    """The files of the repository that may call a module, or nest a template, of which only some were named.

    That is how pre-commit runs: at the top of the repository, with the changed files.
    """
    if os.curdir in map(os.path.normpath, paths) or not os.path.exists(".git"):
        return ()
    from iac_imds_lint import discovery

    named, kinds = set(found.files), set(map(is_native, found.files))
    every = discovery.discover((os.curdir,)).files if named else ()
    return [path for path in every if is_native(path) in kinds and path not in named]


def _spread(files: int, jobs: int) -> engine.Spread:
    if jobs < 2 or files < _WORTH_FORKING:
        return engine.in_one_go
    from iac_imds_lint.parallel import Processes

    return Processes(jobs)


def _complain(problems: Sequence[Problem]) -> None:
    for problem in dict.fromkeys(problems):
        click.echo(f"{problem.path}: {problem.reason}", err=True)


@contextmanager
def _ticking(files: int, context: Context) -> Iterator[Callable[[], None]]:
    """What counts files: a progress bar on a terminal's standard error, else nothing. A child's files do not count."""
    if not context.progress or files < 200 or not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(length=files, label="Linting", file=sys.stderr, update_min_steps=files // 100) as bar:
        process = os.getpid()
        yield lambda: bar.update(1) if os.getpid() == process else None
