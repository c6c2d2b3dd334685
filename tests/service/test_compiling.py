"""Who is told of the compiler may meet it in the moment it is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

MEET = """
import sys, threading, time
import liqscape.risk.kernels, liqscape.service  # Python takes a package out of its table for a moment as it loads it
sys.setswitchinterval(1e-5)

def load():
    import liqscape.risk.kernels.jit

def listen():
    from liqscape.service.compiling import compiling_reporter
    time.sleep({later})
    with compiling_reporter(lambda compiled, needed: None):
        pass

threads = [threading.Thread(target=work) for work in (load, listen, load)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("met")
"""
LONG_S = 60.0
"""They would wait for ever; this is only when the test gives up."""


@pytest.mark.parametrize("later", [0.0, 0.02, 0.2])
def test_threads_that_meet_the_compiler_while_it_is_loaded_do_not_wait_for_each_other(later: float) -> None:
    code = MEET.format(later=later)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONG_S, check=True)
    assert done.stdout == "met\n"
    assert done.stderr == ""
