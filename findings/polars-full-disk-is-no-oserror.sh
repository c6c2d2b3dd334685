#!/usr/bin/env bash
# A full disk met by polars while it writes Parquet is a ComputeError without errno, even through a Python file object.
#
# One would guess: OSError with errno ENOSPC, as from any write to a Python file; all the more where the file was opened by us.
# What happens: the file's own OSError is swallowed and polars raises `polars.exceptions.ComputeError`, which is no OSError and
# has neither errno nor file name; only its words tell of the disk. The same for a lazy sink and for a frame.
# Why it matters: a map that keeps its history runs for months, and its disk fills. Code that waits for room on OSError takes
# this for damage or a fault of its own and gives up. Hand over a file object of one's own that remembers what write() raised.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install polars==2.1.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import polars as pl

levels = pl.DataFrame({"price": [float(number) for number in range(200_000)]})


class Remembering:
    """Passes writes on and keeps what the disk said."""

    def __init__(self, file):
        self.file, self.error = file, None

    def write(self, content):
        try:
            return self.file.write(content)
        except OSError as error:
            self.error = error
            raise

    def flush(self):
        self.file.flush()

    def close(self):
        pass


def outcome(write):
    try:
        write()
    except Exception as error:
        return error
    return None


def own(file):
    return outcome(lambda: levels.lazy().sink_parquet(file))


with open("/dev/full", "wb", buffering=0) as full:
    plain = outcome(lambda: full.write(b"x"))
    through_file = own(full)
    remembering = Remembering(full)
    through_own = own(remembering)
    frame = outcome(lambda: levels.write_parquet(full))
print("polars", pl.__version__, "| plain write:", repr(plain))
for name, error in (("sink", through_file), ("frame", frame), ("own file", through_own)):
    print(f"{name}: {type(error).__mro__[0].__name__}, OSError: {isinstance(error, OSError)}, errno: {getattr(error, 'errno', None)}")
print("what the own file kept:", repr(remembering.error))
as_seen = isinstance(plain, OSError) and remembering.error is not None and remembering.error.errno == plain.errno
as_seen = as_seen and all(error is not None and not isinstance(error, OSError) for error in (through_file, frame, through_own))
sys.exit(0 if as_seen else 1)
PYTHON
