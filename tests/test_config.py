"""What a configuration file may say, where it is found, and what a mistake in it is told."""

import os
import sys

import pytest

from iac_imds_lint.config import Known, Settings, load
from iac_imds_lint.errors import ConfigurationError
from iac_imds_lint.nearest import nearest

KNOWN = Known(
    codes=("IMDS001", "IMDS002", "IMDS900"),
    formats=("full", "concise", "json"),
    account_defaults=("required", "optional", "no-preference"),
)


def write(directory, name, text):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(directory / name)


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("", Settings()),
        ("# nothing\n", Settings()),
        ('select = ["IMDS001", "IMDS900"]', Settings(select=("IMDS001", "IMDS900"))),
        ("select = []", Settings()),
        ('ignore = ["IMDS002"]', Settings(ignore=("IMDS002",))),
        ('exclude = ["legacy/", "!legacy/kept"]', Settings(exclude=("legacy/", "!legacy/kept"))),
        ('fail-on = "error"', Settings(fail_on="error")),
        ('output-format = "json"', Settings(output_format="json")),
        ('account-default = "required"', Settings(account_default="required")),
        ('account-default = "no-preference"', Settings(account_default="no-preference")),
        (b"\xef\xbb\xbffail-on = 'error'\r\n", Settings(fail_on="error")),
    ],
)
def test_what_an_own_file_says(tmp_path, text, settings):
    path = write(tmp_path, ".iac-imds-lint.toml", text)
    expected = Settings(**{**vars(settings), "root": str(tmp_path)})
    assert load(KNOWN, str(tmp_path)) == expected
    assert load(KNOWN, "/", path) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('selct = ["IMDS001"]', "key 'selct' is not known (the nearest is 'select')"),
        ('fail_on = "error"', "key 'fail_on' is not known (the nearest is 'fail-on')"),
        ('[tool.iac-imds-lint]\nselect = ["IMDS001"]', "key 'tool' is not known"),
        ('select = ["imds001"]', "select: value 'imds001' is not known (the nearest is 'IMDS001')"),
        ('ignore = ["IMDS90"]', "ignore: value 'IMDS90' is not known (the nearest is 'IMDS900')"),
        ('output-format = "jsn"', "output-format: value 'jsn' is not known (the nearest is 'json')"),
        ('fail-on = "info"', "fail-on: value 'info' is not known"),
        ('fail-on = ""', "fail-on: value '' is not known"),
        ('account-default = "v2"', "account-default: value 'v2' is not known"),
        ('account-default = "no_preference"', "(the nearest is 'no-preference')"),
        ("account-default = true", "account-default: must be a string, not a boolean"),
        ('select = "IMDS001"', "select: must be a list of strings, not a string"),
        ("select = [1]", "select: must be a list of strings, not one that holds an integer"),
        ("exclude = {a = 1}", "exclude: must be a list of strings, not a table"),
        ("fail-on = true", "fail-on: must be a string, not a boolean"),
        ("fail-on = 2020-01-01", "fail-on: must be a string, not a date or time"),
        ("output-format = ['full']", "output-format: must be a string, not a list"),
        ("output-format = 1.0", "output-format: must be a string, not a float"),
        ("select = [\n]]", "line 2"),
        (b"select = ['\xff']", "not UTF-8: byte 11 is 0xff"),
        pytest.param("select = " + "[" * 100_000, "", id="100,000 brackets"),
    ],
)
def test_a_mistake_names_the_file_and_what_was_meant(tmp_path, text, message):
    path = write(tmp_path, ".iac-imds-lint.toml", text)
    with pytest.raises(ConfigurationError) as caught:
        load(KNOWN, str(tmp_path))
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_no_file_is_no_setting(tmp_path):
    assert load(KNOWN, str(tmp_path)) == Settings()


def test_the_table_of_a_shared_file(tmp_path):
    write(tmp_path, "pyproject.toml", '[project]\nname = "x"\n[tool.iac-imds-lint]\nfail-on = "error"\n')
    assert load(KNOWN, str(tmp_path)) == Settings(fail_on="error", root=str(tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        '[project]\nname = "x"\n',
        '[project]\nname = "iac-imds-lint"\n',
        "[tool.other]\nx = 1\n# iac-imds-lint\n",
        'tool = "iac-imds-lint"\n',
        "not TOML at all",
    ],
)
def test_a_shared_file_without_our_table_does_not_end_the_search(tmp_path, text):
    write(tmp_path, ".iac-imds-lint.toml", 'fail-on = "error"')
    write(tmp_path / "below", "pyproject.toml", text)
    assert load(KNOWN, str(tmp_path / "below")) == Settings(fail_on="error", root=str(tmp_path))


def test_our_table_must_be_a_table(tmp_path):
    write(tmp_path, "pyproject.toml", "[tool]\niac-imds-lint = 3\n")
    with pytest.raises(
        ConfigurationError, match=r"pyproject\.toml: tool\.iac-imds-lint: must be a table, not an integ"
    ):
        load(KNOWN, str(tmp_path))


def test_the_nearest_file_upward_counts_alone(tmp_path):
    write(tmp_path, ".iac-imds-lint.toml", 'fail-on = "error"\nselect = ["IMDS001"]')
    write(tmp_path / "a", ".iac-imds-lint.toml", 'ignore = ["IMDS002"]')
    (tmp_path / "a/b/c").mkdir(parents=True)
    assert load(KNOWN, str(tmp_path / "a/b/c")) == Settings(ignore=("IMDS002",), root=str(tmp_path / "a"))


def test_in_one_directory_the_own_file_counts(tmp_path):
    write(tmp_path, ".iac-imds-lint.toml", 'fail-on = "error"')
    write(tmp_path, "pyproject.toml", '[tool.iac-imds-lint]\nselect = ["IMDS001"]')
    assert load(KNOWN, str(tmp_path)) == Settings(fail_on="error", root=str(tmp_path))


def test_the_search_begins_in_the_working_directory(tmp_path, monkeypatch):
    write(tmp_path, ".iac-imds-lint.toml", 'fail-on = "error"')
    monkeypatch.chdir(tmp_path)
    assert load(KNOWN).fail_on == "error"


def test_a_named_file_replaces_the_search(tmp_path, monkeypatch):
    write(tmp_path, ".iac-imds-lint.toml", "nonsense = 1")
    write(tmp_path / "etc", "strict.toml", 'fail-on = "error"')
    write(tmp_path / "etc", "pyproject.toml", '[tool.iac-imds-lint]\noutput-format = "json"')
    monkeypatch.chdir(tmp_path)
    assert load(KNOWN, file="etc/strict.toml") == Settings(fail_on="error", root="etc")
    assert load(KNOWN, file="etc/pyproject.toml") == Settings(output_format="json", root="etc")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("strct.toml", "no such file: strct.toml (the nearest is strict.toml)"),
        ("ect/strict.toml", "no such file: ect/strict.toml (the nearest is etc)"),
        ("etc/pyproject.toml", "etc/pyproject.toml: there is no table [tool.iac-imds-lint]"),
        ("etc", "etc: "),
    ],
)
def test_a_named_file_must_be_there_and_ours(tmp_path, monkeypatch, name, message):
    write(tmp_path, "strict.toml", "")
    write(tmp_path / "etc", "pyproject.toml", "[tool.other]\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        load(KNOWN, file=name)
    assert str(caught.value).startswith(message)


def test_a_file_that_cannot_be_read_is_not_passed_over(tmp_path):
    os.mkdir(tmp_path / ".iac-imds-lint.toml")
    with pytest.raises(ConfigurationError, match=r"iac-imds-lint\.toml: "):
        load(KNOWN, str(tmp_path))


def test_nothing_is_parsed_where_nothing_is_ours(tmp_path, monkeypatch):
    parser = "tomllib" if sys.version_info >= (3, 11) else "tomli"
    monkeypatch.setitem(sys.modules, parser, None)
    write(tmp_path, "pyproject.toml", "[tool.other]\n")
    assert load(KNOWN, str(tmp_path)) == Settings()


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("slect", ("ignore", "select", "exclude"), "select"),
        ("IGNORE", ("ignore", "select"), "ignore"),
        ("zzz", ("b", "a"), "a"),
        ("anything", (), ""),
    ],
)
def test_nearest(word, known, expected):
    assert nearest(word, known) == expected
    assert nearest(word, frozenset(known)) == expected
