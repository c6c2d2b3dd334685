"""`python -m liqscape` is the same as `liqscape`."""

import sys

from liqscape.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
