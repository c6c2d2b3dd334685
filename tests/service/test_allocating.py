"""Threads share the arenas of the C library: told by its own account of itself."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

ALLOCATE = """
import ctypes, threading
from pathlib import Path
from liqscape.service.executors import open_executors

library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.fopen.restype = ctypes.c_void_p
everybody = threading.Barrier(8)

def allocate():
    everybody.wait()
    assert library.malloc(40_000)
    everybody.wait()

with open_executors():
    threads = [threading.Thread(target=allocate) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
file = library.fopen(b"{path}", b"w")
library.malloc_info(0, ctypes.c_void_p(file))
library.fclose(ctypes.c_void_p(file))
print(Path("{path}").read_text().count("<heap nr="))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas are glibc's")
@pytest.mark.parametrize("chosen", [None, "5"])
def test_threads_share_two_arenas_unless_the_user_chose(tmp_path: os.PathLike[str], chosen: str | None) -> None:
    others = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    environment = others if chosen is None else {**others, "MALLOC_ARENA_MAX": chosen}
    code = ALLOCATE.format(path=os.path.join(tmp_path, "arenas.xml"))
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert (int(done.stdout) <= 2) == (chosen is None)
