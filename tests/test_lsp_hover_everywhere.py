"""Hover at every place of real modules and templates: nothing breaks, and what is said agrees with the inventory."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("lsprotocol")
pytest.importorskip("pygls")

from iac_imds_lint import engine
from iac_imds_lint.engine import Options
from iac_imds_lint.lsp.hover import said
from iac_imds_lint.lsp.markup import PLAIN
from iac_imds_lint.source import SourceFile
from iac_imds_lint.sources import Sources
from tests.support import MemoryFiles

FIXTURES = Path(__file__).parent / "fixtures" / "comparison"
TOKENS = re.compile(r"[\w.\"]+")


def texts(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))
def test_every_place(name: str) -> None:
    files = texts(FIXTURES / name)
    sources, options = Sources(MemoryFiles(files)), Options()
    report = engine.find(tuple(sorted(files)), sources, options)
    heads = {row.span: row for row in report.inventory}
    told = set()
    for path in files:
        source = sources.read(path)
        assert isinstance(source, SourceFile)
        for token in TOKENS.finditer(source.text):
            found = said(path, token.start(), report, options, PLAIN)
            if found is not None:
                place, text = found
                assert place.path == path
                assert place.start <= token.start() < place.end
                assert "\n" not in source.slice(place)
                assert text
                if place in heads:
                    told.add(place)
                    assert text.startswith(f"{heads[place].posture.value}: ")
    assert told == set(heads)
