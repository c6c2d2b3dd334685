"""Loading kernels imports no linear algebra, and whoever multiplies matrices beside them still can."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
import numba
from liqscape.risk.kernels import levels
from liqscape.ledger.kernels.standing import spread_roots

into = np.zeros(2)
spread_roots(np.array([1], np.int32), np.array([5.0]), into)
assert into.tolist() == [0.0, 5.0]
assert "numba.np.arraymath" in sys.modules
print(*(name for name in ("scipy.linalg", "numpy.f2py", "numpy.testing") if name in sys.modules), sep=",")


@numba.njit
def theirs(one, other):
    return one.dot(other), np.cov(one)


product, spread = theirs(np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]]))
assert product.tolist() == [[1.0, 2.0], [3.0, 4.0]]
assert spread.tolist() == [[0.5, -0.5], [-0.5, 0.5]]
print("scipy.linalg" in sys.modules)
"""


def test_kernels_load_no_linear_algebra_and_that_of_others_works_beside_them() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    loaded, is_there = done.stdout.splitlines()
    assert (loaded, is_there) == ("", "True")
