"""The commands and their options."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from iac_imds_lint import asked, config, engine, rules
from iac_imds_lint.cli import baselining, batches, destination, suppressing
from iac_imds_lint.cli.given import inputs
from iac_imds_lint.cli.running import Context, linted
from iac_imds_lint.cli.surroundings import address
from iac_imds_lint.cli.words import Nearest
from iac_imds_lint.errors import OutputError, UsageError
from iac_imds_lint.nearest import no_such
from iac_imds_lint.output import FORMATS, words
from iac_imds_lint.output.style import Style
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Exit
from iac_imds_lint.version import __version__

if TYPE_CHECKING:
    from iac_imds_lint.cli.diff_base import Compared
    from iac_imds_lint.cli.standard_input import Typed

_TABLES = ("table", "json")
_COLOURS = ("auto", "always", "never")


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
@click.option("--stdin-filename", type=click.Path(), metavar="NAME", help="With -: the file that the text is to be.")
@click.option("--select", type=Nearest("code", rules.CODES, several=True), help="Report only these rules.")
@click.option("--ignore", type=Nearest("code", rules.CODES, several=True), help="Leave these rules out.")
@click.option("--output-format", type=Nearest("format", FORMATS), help="How to print the findings.")
@click.option("--show-suppressed", is_flag=True, help="Show what is suppressed too, and by what.")
@click.option("--add-suppressions", is_flag=True, help="Write comments and metadata that ignore what is found.")
@click.option("--reason", help="With --add-suppressions: the reason to write.")
@click.option("--until", help="With --add-suppressions: the last day on which they count.", metavar="DATE")
@click.option("--baseline", type=click.Path(), help="Leave out the findings that FILE knows.", metavar="FILE")
@click.option("--write-baseline", type=click.Path(), help="Write what is found to FILE.", metavar="FILE")
@click.option("--prune-baseline", is_flag=True, help="Remove from the baseline what is no longer found.")
@click.option("--fail-on", type=Nearest("severity", ("error", "warning")), help="The least severity that fails.")
@click.option("--diff-base", metavar="REV", help="Report only what changed since the work tree left REV.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule, on standard error.")
def check(**given: Any) -> int:
    """Lint PATHS (default: this directory): files and directories of Terraform and CloudFormation, and plans."""
    from iac_imds_lint.cli import check as shell

    context = _context(given)
    options = _options(context.settings, given)
    fixing = shell.Fixing(given["fix"], given["unsafe_fixes"], given["diff"])
    fixing.verify()
    typed = _typed(given)
    if typed is not None:
        given, fixing = {**given, "paths": (typed.path,)}, fixing._replace(typed=typed)
    adding = suppressing.asked(given, options)
    if options.configuration is not None and (given["fix"] or given["diff"] or adding is not None):
        raise UsageError("--source is for plans, and a plan cannot be fixed: run --fix or --diff without it")
    known = baselining.asked(given, context.settings)
    file = destination.verified(given["output_file"], (*_read(given), *known.files))
    compared = _compared(given)
    report = linted(given["paths"], options, context, typed)
    destination.spare(file, report)
    report = baselining.narrowed(report, known, options, given["paths"])
    report = report if compared is None else compared.narrowed(report, options)
    report = batches.narrowed(report, given)
    output_format = given["output_format"] or context.settings.output_format
    with destination.opened(file, context.style) as write:
        view = View(context.style, given["show_suppressed"], shell.root(), address(os.environ))
        printing = shell.Printing(output_format, view, is_seen=given["output_file"] is None)
        if adding is not None:
            report = suppressing.run(report, options, adding, printing, write)
        else:
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
    report = linted(given["paths"], options, context)
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
@click.option("--stdio", is_flag=True, help="Speak on standard input and output, as it does anyway.")
@click.option("--verbose", is_flag=True, help="Log every message, not only what went wrong.")
@click.option("--log-file", type=click.Path(dir_okay=False), metavar="FILE", help="Log there, not on standard error.")
def server(stdio: bool, verbose: bool, log_file: str | None) -> int:
    """Serve an editor: speak the Language Server Protocol on standard input and output."""
    del stdio
    try:
        from iac_imds_lint import lsp
    except ModuleNotFoundError as error:
        if error.name not in ("pygls", "lsprotocol"):
            raise
        raise UsageError("the server needs another package: pip install 'iac-imds-lint[lsp]'") from None
    try:
        return lsp.serve(verbose, log_file)
    except OSError as error:
        raise OutputError(f"cannot write to {log_file}: {error.strerror}") from None


@cli.command()
@click.argument("code", required=False, metavar="[CODE]", type=Nearest("code", rules.CODES))
def rule(code: str | None) -> int:
    """Explain the rule CODE, or list them all."""
    from iac_imds_lint.output import rule_pages

    click.echo(rule_pages.page(code) if code else rule_pages.index(), nl=False)
    return Exit.CLEAN


def _compared(given: dict[str, Any]) -> Compared | None:
    if given["diff_base"] is None:
        return None
    from iac_imds_lint.cli.diff_base import compared

    return compared(given["diff_base"], given["paths"] or (os.curdir,))


def _typed(given: dict[str, Any]) -> Typed | None:
    if given["stdin_filename"] is None and "-" not in given["paths"]:
        return None
    from iac_imds_lint.cli.standard_input import asked

    return asked(given)


def _context(given: dict[str, Any]) -> Context:
    settings = config.load(words.known(), file=given["config_file"])
    style = Style(_coloured(given["colour"], given["output_file"]))
    jobs = given["jobs"] or os.cpu_count() or 1
    return Context(settings, style, not given["no_progress"], jobs, given["config_file"] is not None)


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
    given_values = inputs(given["variables"], given["var_files"], given["parameters"], given["parameter_files"])
    return asked.options(settings, given_values, given, _configuration(given["source"]))


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
