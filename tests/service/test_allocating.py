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


GIVE_BACK = """
import ctypes
from pathlib import Path
from liqscape.service.allocating import give_back_freed

def resident_kb():
    return int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")))

library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
blocks = [library.malloc(64_000) for _ in range(2_000)]
for block in blocks:
    ctypes.memset(block, 1, 64_000)
for number, block in enumerate(blocks):
    if number % 20 != 19:  # what is held between them keeps them from going by themselves
        library.free(block)
before = resident_kb()
assert give_back_freed()
print(before - resident_kb())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries have no such call")
def test_what_was_freed_goes_back_to_the_kernel() -> None:
    done = subprocess.run([sys.executable, "-c", GIVE_BACK], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 60_000
