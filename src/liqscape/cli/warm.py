"""`liqscape warm`: everything that is compiled is compiled now."""

from __future__ import annotations

import time


def warm() -> None:
    """Compile everything that servers and simulations need, and keep it.

    A new machine or version compiles its kernels once; a server that starts after this command answers everything at
    once, simulations, ensembles and walks of deleveraging among it. Without it a server compiles beside itself, and
    refuses meanwhile what it cannot answer yet. Takes one to three minutes of two cores, again seconds. The compiled
    code stands beside the package, or where NUMBA_CACHE_DIR says; it is for the processor it was made on.
    """
    from liqscape.cli.serving import progress_to
    from liqscape.service.warming.beside import warming_beside
    from liqscape.service.warming.kept import kept_folder

    began = time.monotonic()
    folder = kept_folder()
    with progress_to("compiling kernels", 0, 100) as progress:

        def tell(compiled: int, needed: int) -> None:
            progress(100 * compiled // max(needed, 1))

        with warming_beside(tell=tell) as warming:
            warming.wait()
    print(f"liqscape: kernels are compiled and kept below {folder.parent}, {time.monotonic() - began:.0f} s")
