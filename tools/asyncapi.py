"""Write docs/asyncapi.json: the stream as an AsyncAPI 3 document, as a server serves it at /asyncapi.json.

python tools/asyncapi.py
python tools/asyncapi.py --check   ends with 1 where the file is not what it would write
"""

from __future__ import annotations

import sys
from pathlib import Path

from liqscape.web.routes.asyncapi import asyncapi_bytes

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "asyncapi.json"


def main() -> int:
    """Write or check the file."""
    if "--check" in sys.argv[1:]:
        is_same = DOCUMENT.is_file() and DOCUMENT.read_bytes() == asyncapi_bytes()
        if not is_same:
            print("docs/asyncapi.json is not what the messages say: run python tools/asyncapi.py", file=sys.stderr)
        return 0 if is_same else 1
    DOCUMENT.write_bytes(asyncapi_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
