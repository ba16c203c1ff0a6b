"""The documentation says what is so: examples are run, generated pages compared, links followed."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from iac_imds_lint import config, rules
from iac_imds_lint.cli.commands import cli
from iac_imds_lint.output.words import known
from iac_imds_lint.version import HOME
from tests.shell import run

TOP = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md")])
COMPARISON = TOP / "tests" / "fixtures" / "comparison"
KNOWN = known()
FENCE = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def printed(directory: Path, command: str) -> str:
    """What a command line prints: standard output, then standard error."""
    ran = run(directory, *shlex.split(command)[1:])
    return ran.out.decode() + ran.err


EXAMPLES = [page for page in DOCUMENTS if "```console" in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: page.name)
def test_a_page_shows_what_happens(page: Path, tmp_path: Path) -> None:
    for language, name, text in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "console":
            command, expected = text.removeprefix("$ ").split("\n", 1)
            assert command.startswith("iac-imds-lint "), "what is no command of ours is `sh`, and not run"
            assert printed(tmp_path, command) == expected
        elif name:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")


def generator() -> dict[str, object]:
    spec = importlib.util.spec_from_file_location("generate", TOP / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.DOCUMENTS  # type: ignore[no-any-return]


@pytest.mark.parametrize(("name", "document"), generator().items(), ids=lambda value: str(value)[:20])
def test_a_generated_page_is_up_to_date(name: str, document) -> None:  # type: ignore[no-untyped-def]
    assert (TOP / "docs" / name).read_text(encoding="utf-8") == document(), "run: python docs/generate.py"


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> Iterator[tuple[str, str]]:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            name, _, anchor = target.partition("#")
            yield name, anchor


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for name, anchor in links(page):
        target = page.parent / name if name else page
        assert target.exists(), f"{page.name} links to {name}"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {name}#{anchor}"


def test_every_rule_has_a_page_to_which_its_address_leads() -> None:
    pages = {f"{HOME}/blob/main/{page.relative_to(TOP).as_posix()}" for page in TOP.glob("docs/rules/*.md")}
    assert pages == {rule.url for rule in rules.RULES}


def test_every_option_of_the_command_is_documented() -> None:
    usage = (TOP / "docs" / "usage.md").read_text(encoding="utf-8")
    for command in ("check", "inventory", "server"):
        for parameter in cli.commands[command].params:
            for option in parameter.opts:
                assert not option.startswith("--") or f"`{option}" in usage, f"{command} {option}"


@pytest.mark.parametrize("key", config.KEYS, ids=lambda key: key.name)
def test_the_example_of_a_key_is_one_that_counts(key: config.Key, tmp_path: Path) -> None:
    (tmp_path / ".iac-imds-lint.toml").write_text(f"{key.name} = {key.example}\n", encoding="utf-8")
    settings = config.load(KNOWN, str(tmp_path))
    assert getattr(settings, key.field) != getattr(config.Settings(), key.field), "it says something"


def test_the_configuration_that_is_shown_is_one(tmp_path: Path) -> None:
    page = (TOP / "docs" / "configuration.md").read_text(encoding="utf-8")
    ((_, name, text),) = FENCE.findall(page)
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(f"[tool.iac-imds-lint]\n{text}", encoding="utf-8")
    settings = config.load(KNOWN, str(tmp_path))
    assert all(getattr(settings, key.field) != getattr(config.Settings(), key.field) for key in config.KEYS)
    assert config.load(KNOWN, file=str(tmp_path / "pyproject.toml")) == settings


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages as mkdocs makes them; whatever it warns of ends the build."""
    pytest.importorskip("mkdocs")
    pytest.importorskip("pymdownx")
    made = tmp_path_factory.mktemp("site")
    # Not --quiet, which keeps mkdocs from counting what it warns of.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(made)]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


def test_every_page_is_built(site: Path) -> None:
    sources = [page.relative_to(TOP / "docs").with_suffix("") for page in TOP.glob("docs/**/*.md")]
    pages = {page.parent.relative_to(site).as_posix() for page in site.rglob("index.html")}
    assert pages == {".", "contributing", *(source.as_posix() for source in sources)}


def test_no_markdown_is_left_in_a_page(site: Path) -> None:
    """What GitHub takes for a list, a fence or a link, mkdocs has to take for one too."""
    for page in site.rglob("index.html"):
        text = re.sub(r"<(pre|code)\b.*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        article = text.partition('itemprop="articleBody"')[2].partition("<footer")[0]
        assert article, page
        assert re.findall(r"^(?:[-*|] .*|```.*)|\]\(\S*|\]\[\S*", article, re.MULTILINE) == [], page


def test_the_name_of_a_file_stands_above_it(site: Path) -> None:
    home = (site / "index.html").read_text(encoding="utf-8")
    assert re.search(r"<p><code>main\.tf</code>:</p>\n<[^\n]*<code[^\n>]*>variable .*http_tokens", home)


def compared() -> list[tuple[str, set[str]]]:
    """The cases of the comparison, each with the codes that the page says we report."""
    page = (TOP / "docs" / "comparison.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)`: [^|]* \|[^|]*\| ([^|]*) \|", page, re.MULTILINE)
    return [(case, set(re.findall(r"IMDS\d+", ours))) for case, ours in rows]


def test_every_case_of_the_comparison_is_in_its_table() -> None:
    assert sorted(case for case, _ in compared()) == sorted(path.name for path in COMPARISON.iterdir())


@pytest.mark.parametrize(("case", "codes"), compared(), ids=lambda value: value if isinstance(value, str) else "")
def test_the_comparison_says_what_we_say(case: str, codes: set[str]) -> None:
    ran = run(COMPARISON / case, "check", "--ignore", "IMDS003,IMDS006", "--output-format", "json")
    assert {finding["code"] for finding in json.loads(ran.out)} == codes
