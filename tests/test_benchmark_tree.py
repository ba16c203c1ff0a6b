"""What the benchmarks measure on: as large, as varied and as interesting as it says."""

import json
import os
import subprocess
import sys

import pytest

import benchmark_tree
import run
from benchmark_tree import Size
from iac_imds_lint.catalog import Dialect, markers

SIZE = Size(modules=400, templates=100, interest=0.05)


@pytest.fixture(scope="module")
def files():
    return dict(benchmark_tree.repository(SIZE, seed=0))


def of_interest(files, dialect, suffix):
    needles = [needle.decode() for needle in markers(dialect)]
    return [path for path, text in files.items() if path.endswith(suffix) and any(n in text for n in needles)]


def test_as_many_files_as_asked_for(files):
    assert sum(path.endswith(".tf") for path in files) == 2000
    assert sum(path.endswith(".yaml") for path in files) == 100
    modules = {os.path.dirname(path) for path in files if path.endswith(".tf")}
    assert len(modules) == 400
    for module in list(modules)[:10]:
        names = sorted(os.path.basename(path) for path in files if os.path.dirname(path) == module)
        assert names == ["locals.tf", "main.tf", "outputs.tf", "variables.tf", "versions.tf"]


@pytest.mark.parametrize(("interest", "hcl", "templates"), [(0.05, 100, 5), (0, 0, 0), (0.2, 400, 20)])
def test_exactly_the_share_is_of_interest(interest, hcl, templates):
    files = dict(benchmark_tree.repository(Size(400, 100, interest), seed=3))
    assert len(of_interest(files, Dialect.TERRAFORM, ".tf")) == hcl
    assert len(of_interest(files, Dialect.CLOUDFORMATION, ".yaml")) == templates


def test_hcl_files_are_as_large_as_real_ones(files):
    sizes = sorted(len(text.encode()) for path, text in files.items() if path.endswith(".tf"))
    assert 1_800 < sum(sizes) / len(sizes) < 2_400
    assert sizes[0] < 300
    assert sizes[-1] > 10_000


def test_the_options_are_as_varied_as_real_ones(files):
    texts = "".join(files[path] for path in of_interest(files, Dialect.TERRAFORM, ".tf"))
    for written in ('"required"', '"optional"', "var.http_tokens", "local.http_tokens", "var.hardened ?"):
        assert f"http_tokens   = {written}" in texts
    declared = texts.count('resource "aws_instance"') + texts.count('resource "aws_launch_template"')
    assert 0.2 < texts.count("metadata_options") / declared < 0.8


def test_equal_arguments_give_equal_files(files):
    assert dict(benchmark_tree.repository(SIZE, seed=0)) == files
    assert dict(benchmark_tree.repository(SIZE, seed=1)) != files


def test_module_calls_lead_to_modules(files):
    calls = 0
    for path, text in files.items():
        for line in text.splitlines():
            if line.startswith('  source = "../'):
                called = os.path.normpath(os.path.join(os.path.dirname(path), line.split('"')[1]))
                assert f"{called}/main.tf" in files
                calls += 1
    assert calls == 60


def test_what_is_written_is_what_is_said(tmp_path):
    written = benchmark_tree.write(str(tmp_path), Size(20, 10, 0.1), seed=0)
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written == (100, 10, 10, 1, sum(path.stat().st_size for path in paths))
    assert len(paths) == 111
    assert len(of_interest({str(p): p.read_text() for p in paths}, Dialect.TERRAFORM, ".tf")) == 10


def test_hcl_parses(files):
    import tree_sitter
    import tree_sitter_hcl

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
    broken = [p for p, t in files.items() if p.endswith(".tf") and parser.parse(t.encode()).root_node.has_error]
    assert broken == []


def test_templates_parse(files):
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path, text in files.items():
        if path.endswith(".yaml"):
            keys = [key.value for key, _ in yaml.compose(text, Loader=loader).value]
            assert keys == ["AWSTemplateFormatVersion", "Description", "Parameters", "Conditions", "Resources"], path


def test_the_small_file_is_small_and_of_interest():
    text = benchmark_tree.small_file()
    assert of_interest({"a.tf": text}, Dialect.TERRAFORM, ".tf") == ["a.tf"]
    assert len(text) < 2_000


def test_the_yardstick_reads_every_file(tmp_path):
    benchmark_tree.write(str(tmp_path), Size(20, 10, 0.1), seed=0)
    search = os.path.join(os.path.dirname(run.__file__), "search.py")
    command = [sys.executable, search, *run._needles(), str(tmp_path)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "11\n"


def cases(*commands):
    names = (run._BARE, run._READ, *(f"case {number}" for number in range(len(commands))))
    scripts = ("pass", "pass", *commands)
    return [run.Case(name, [sys.executable, "-c", code], ".") for name, code in zip(names, scripts, strict=True)]


def test_measures_time_and_memory():
    rows = run.measured(cases("import time; time.sleep(0.3)", "x = bytearray(100_000_000)"), runs=1)
    bare, _, slow, large = rows
    assert bare.ratio_to_python == 1
    assert slow.wall_seconds > 0.3 > slow.cpu_seconds
    assert slow.ratio_to_python > 2
    assert large.peak_megabytes > 95 > bare.peak_megabytes


@pytest.mark.parametrize(
    "code", ["raise SystemExit(3)", "raise SystemExit(1)", "import sys; print('Traceback', file=sys.stderr)"]
)
def test_a_command_that_fails_is_not_measured(code):
    with pytest.raises(run.WrongEndError, match="case 0: exit status"):
        run.measured(cases(code), runs=1)


def test_the_table_is_aligned_and_json_says_the_same():
    rows = run.measured(cases("pass"), runs=1)
    written = benchmark_tree.Written(100, 10, 10, 1, 2_000_000)
    text = run._text(rows, written)
    table = text.splitlines()[3:]
    assert "100 HCL files, 10 of interest; 10 templates, 1 of interest; 2.0 MB" in text
    assert len({len(line) for line in table}) == 1
    content = json.loads(run._json(rows, written))
    assert [case["case"] for case in content["cases"]] == [row.case for row in rows]
    assert content["written"]["hcl_of_interest"] == 10


@pytest.mark.parametrize("share", ["-0.1", "0.3", "1"])
def test_a_share_that_cannot_be(share, capsys):
    with pytest.raises(SystemExit):
        run.main(["--interest", share])
    assert "a share from 0 to 0.2" in capsys.readouterr().err
