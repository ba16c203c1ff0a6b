"""When a server's garbage is set aside."""

import gc

import pytest

pytest.importorskip("pygls")

from iac_imds_lint.engine import Options, find
from iac_imds_lint.lsp.collecting import Collecting
from iac_imds_lint.sources import Sources
from tests.support import MemoryFiles


@pytest.fixture
def frozen(monkeypatch):
    """What is done, in order; the garbage of other tests stays where it is."""
    done = []
    for name in ("unfreeze", "collect", "freeze"):
        monkeypatch.setattr(gc, name, lambda name=name: done.append(name))
    return done


def test_what_there_is_after_the_first_report_on_files_is_set_aside_once(frozen):
    collecting = Collecting()
    sources = Sources(MemoryFiles({"main.tf": ""}))
    for _ in range(3):
        collecting.after(find(("main.tf",), sources, Options()))
    assert frozen == ["unfreeze", "collect", "freeze"]


def test_files_that_are_read_anew_are_set_aside_in_place_of_the_others(frozen):
    collecting = Collecting()
    for _ in range(2):
        collecting.after(find(("main.tf",), Sources(MemoryFiles({"main.tf": ""})), Options()))
    assert frozen == ["unfreeze", "collect", "freeze"] * 2
