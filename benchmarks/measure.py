"""Run a command once and say what it took, as JSON: ``python -S measure.py DIRECTORY COMMAND...``.

A process of its own, and a small one: what the kernel reports as a child's peak memory is never less than the peak of
the process that started it.
"""

from __future__ import annotations

import os
import sys
import time


def main(directory: str, command: list[str]) -> None:
    """Print wall and CPU seconds, peak memory in kB (children that it waited for included) and the exit status."""
    os.chdir(directory)
    null = os.open(os.devnull, os.O_RDWR)
    streams = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=streams)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - start
    memory = used.ru_maxrss // (1024 if sys.platform == "darwin" else 1)
    cpu = used.ru_utime + used.ru_stime
    print(f'{{"wall": {wall}, "cpu": {cpu}, "memory": {memory}, "status": {os.waitstatus_to_exitcode(status)}}}')


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
