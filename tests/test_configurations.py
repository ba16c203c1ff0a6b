"""Several configuration files in one tree: which one counts, and what is said of the others."""

import json

import pytest

from tests.shell import run

WEAK = 'resource "aws_instance" "web" {\n  ami = "ami-0123456789abcdef0"\n}\n'
OURS = '[tool.iac-imds-lint]\nignore = ["IMDS001"]\n'
THEIRS = '[project]\nname = "x"\ndescription = "is linted by iac-imds-lint"\n'
QUIET = 'ignore = ["IMDS001"]\n'
ADVICE = "run the linter where they stand, or name one with --config"
NONE = f"it is looked for from the working directory upward; {ADVICE}"

# Why, the files beside top/main.tf and top/sub/main.tf, the arguments, what standard error says before its summary.
TOLD = {
    "a table beside a file of our own": (
        {"top/.iac-imds-lint.toml": "", "top/pyproject.toml": OURS},
        ["check"],
        "pyproject.toml: not read, for .iac-imds-lint.toml beside it counts: keep one of the two\n",
    ),
    "the same further up, where the search ends": (
        {".iac-imds-lint.toml": "", "pyproject.toml": OURS},
        ["check"],
        "{up}/pyproject.toml: not read, for {up}/.iac-imds-lint.toml beside it counts: keep one of the two\n",
    ),
    "one further down, and none that counts": (
        {"top/sub/.iac-imds-lint.toml": QUIET},
        ["check"],
        f"Configuration not read: sub/.iac-imds-lint.toml; {NONE}\n",
    ),
    "a table further down, and one that counts": (
        {"top/.iac-imds-lint.toml": "", "top/sub/pyproject.toml": OURS},
        ["check", "."],
        f"Configuration not read: sub/pyproject.toml; .iac-imds-lint.toml counts for all of this run; {ADVICE}\n",
    ),
    "above a file that is named, as pre-commit names it": (
        {"top/sub/.iac-imds-lint.toml": QUIET},
        ["check", "sub/main.tf"],
        f"Configuration not read: sub/.iac-imds-lint.toml; {NONE}\n",
    ),
    "above a directory that is named": (
        {"top/sub/.iac-imds-lint.toml": QUIET, "top/sub/deep/main.tf": WEAK},
        ["check", "sub/deep"],
        f"Configuration not read: sub/.iac-imds-lint.toml; {NONE}\n",
    ),
    "the inventory is configured too": (
        {"top/sub/.iac-imds-lint.toml": QUIET},
        ["inventory"],
        f"Configuration not read: sub/.iac-imds-lint.toml; {NONE}\n",
    ),
    "many": (
        {f"top/sub/{name}/.iac-imds-lint.toml": QUIET for name in "abcd"},
        ["check"],
        f"Configuration not read: {', '.join(f'sub/{name}/.iac-imds-lint.toml' for name in 'abc')}, ...; {NONE}\n",
    ),
}
SILENT = {
    "there is none": ({}, ["check"]),
    "one counts, and there is no other": ({"top/.iac-imds-lint.toml": ""}, ["check"]),
    "the nearest one upward hides those above it": (
        {".iac-imds-lint.toml": QUIET, "top/pyproject.toml": OURS[:20]},
        ["check"],
    ),
    "a table of other tools only": ({"top/.iac-imds-lint.toml": "", "top/pyproject.toml": THEIRS}, ["check"]),
    "a project further down without our table": ({"top/sub/pyproject.toml": THEIRS}, ["check"]),
    "a file further down that is no TOML": ({"top/sub/pyproject.toml": "[tool.iac-imds-lint"}, ["check"]),
    "what is not linted": ({"top/other/.iac-imds-lint.toml": QUIET}, ["check", "sub"]),
    "beside a file that is named lies another's": ({"top/other/.iac-imds-lint.toml": QUIET}, ["check", "sub/main.tf"]),
    "what is left out of the run": (
        {"top/.iac-imds-lint.toml": 'exclude = ["sub/"]', "top/sub/.iac-imds-lint.toml": QUIET},
        ["check"],
    ),
    "the user chose": (
        {"top/chosen.toml": "", "top/pyproject.toml": OURS, "top/sub/.iac-imds-lint.toml": QUIET},
        ["check", "--config", "chosen.toml"],
    ),
    "the user chose what stands further down": (
        {"top/sub/.iac-imds-lint.toml": "", "top/pyproject.toml": OURS},
        ["check", "--config", "sub/.iac-imds-lint.toml"],
    ),
}


def written(directory, files):
    for name, text in {"top/main.tf": WEAK, "top/sub/main.tf": WEAK, **files}.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    return directory / "top"


@pytest.mark.parametrize("why", TOLD)
def test_what_is_not_read_is_told(why, tmp_path):
    files, arguments, told = TOLD[why]
    ran = run(written(tmp_path, files), *arguments)
    first = ran.err.splitlines(keepends=True)[0]
    assert first == told.format(up=tmp_path)
    assert ran.status == (0 if "inventory" in arguments else 1), "what is not read changes no status"


@pytest.mark.parametrize("why", SILENT)
def test_nothing_is_told(why, tmp_path):
    files, arguments = SILENT[why]
    ran = run(written(tmp_path, files), *arguments)
    assert "not read" not in ran.err
    assert ran.status == 1


def test_what_counts_alone_counts(tmp_path):
    top = written(tmp_path, {"top/.iac-imds-lint.toml": 'fail-on = "error"\n', "top/sub/.iac-imds-lint.toml": QUIET})
    found = json.loads(run(top, "check", "--output-format", "json").out)
    assert [(one["code"], one["filename"]) for one in found] == [("IMDS001", "main.tf"), ("IMDS001", "sub/main.tf")]


def test_a_link_to_the_file_that_counts_is_that_file(tmp_path):
    top = written(tmp_path, {"top/.iac-imds-lint.toml": ""})
    (top / "sub/.iac-imds-lint.toml").symlink_to("../.iac-imds-lint.toml")
    assert "not read" not in run(top, "check").err


def test_one_directory_is_looked_at_once_however_many_files_of_it_are_named(tmp_path):
    top = written(tmp_path, {f"top/sub/{number}.tf": WEAK.replace("web", f"n{number}") for number in range(50)})
    (top / "sub/.iac-imds-lint.toml").write_text(QUIET)
    ran = run(top, "check", *(f"sub/{number}.tf" for number in range(50)))
    assert ran.err.count("Configuration not read: sub/.iac-imds-lint.toml;") == 1
