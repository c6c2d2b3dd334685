#!/usr/bin/env bash
# Numba does not read its cache from a folder that cannot be written.
#
# One would guess: kernels compiled while an image is built (NUMBA_CACHE_DIR names a folder of it) are loaded by a container whose
# root is read-only, because loading needs no writing.
# What happens: the folder is passed over before it is looked into, since a file cannot be made in it. With another place to write
# (the user's cache folder) everything is compiled again there, in silence; without one `cache=True` raises. Written to once more,
# the same folder gives its kernel back.
# Why it matters: the solvers of a whole market take minutes to compile, at every start of every container, and the map answers nobody
# meanwhile. Name a locator of one's own by NUMBA_CACHE_LOCATOR_CLASSES that only reads, or copy the cache to a tmpfs at the start.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install numba==0.68.1 numpy==2.4.6
mkdir "$folder/kernels" "$folder/home" "$folder/code"
cat > "$folder/code/kernel.py" <<'PYTHON'
import numba


def level(size, raw_usd, maintenance):
    """Mark at which a long has no more than its maintenance margin."""
    return -raw_usd / (size * (1.0 - maintenance))


try:
    kernel = numba.njit(cache=True)(level)
    kernel(2.0, -100_000.0, 0.0125)
    print(sum(kernel.stats.cache_hits.values()))
except RuntimeError as error:
    print("RuntimeError:", str(error).partition(" for file")[0])
PYTHON
without_rights=()  # root writes in folders that are read-only; not without this right
[ "$(id -u)" != 0 ] || without_rights=(setpriv --bounding-set=-dac_override)
run() {
    HOME="$1" XDG_CACHE_HOME="$1" NUMBA_CACHE_DIR="$folder/kernels" "${without_rights[@]}" "$folder/env/bin/python" "$folder/code/kernel.py"
}
"$folder/env/bin/python" -c 'from importlib.metadata import version; print("numba", version("numba"))'
run "$folder/home" > /dev/null
first=$(run "$folder/home")
chmod -R a-w "$folder/kernels" "$folder/code"
read_only=$(run "$folder/home")
nowhere=$(run /proc/1)
chmod -R u+w "$folder/kernels"
again=$(run "$folder/home")
echo "kernels loaded from the folder: written $first, read-only $read_only, written again $again"
echo "read-only, and no other place to write: $nowhere"
[ "$first" = 1 ] && [ "$read_only" = 0 ] && [ "$again" = 1 ] && [[ "$nowhere" == RuntimeError:* ]]
