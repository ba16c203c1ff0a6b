"""When the garbage of a server is collected: never between a keystroke and its diagnostics, if that takes long."""

from __future__ import annotations

import gc
from weakref import WeakSet

from iac_imds_lint.report import Report
from iac_imds_lint.sources import Sources


class Collecting:
    """What is done about garbage after reports.

    Going through all that was made of 2,000 modules takes 150 ms, and nearly all of it stays as long as the folder. So
    what there is after the first report on a folder is set aside; what comes later is collected by itself, and is
    little. Files that are read anew leave all that was set aside for them to be collected.
    """

    def __init__(self) -> None:
        self._known: WeakSet[Sources] = WeakSet()

    def after(self, report: Report) -> None:
        """A report was made. The pause goes unnoticed in the run that reads all files."""
        if report.sources not in self._known:
            self._known.add(report.sources)
            gc.unfreeze()
            gc.collect()
            gc.freeze()
