#!/usr/bin/env bash
# Creates the virtual environment $VENV with $PYTHON and installs liqscape in it, editable, with the extras named.
# Exact versions come from constraints.txt. Safe to run again: pip leaves alone what is already right.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python="${PYTHON:-python3}"
venv="${VENV:-.venv}"
extras="$(IFS=,; echo "$*")"

fail() {
    echo "liqscape set-up: $*" >&2
    exit 1
}

command -v "$python" >/dev/null || fail "$python is not there; install Python 3.11 or newer (apt-get install python3 python3-venv) or name one: make PYTHON=python3.12 ..."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old; name Python 3.11 or newer: make PYTHON=python3.12 ..."

if [ ! -x "$venv/bin/python" ]; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        package="$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')"
        tools/apt_install.sh "$package" || tools/apt_install.sh python3-venv ||
            fail "$python cannot make virtual environments; run: sudo apt-get install $package"
    fi
    echo "== creating $venv with $("$python" --version)"
    "$python" -m venv "$venv"
fi

echo "== installing liqscape${extras:+ [$extras]} and what it needs"
pip=("$venv/bin/python" -m pip --disable-pip-version-check install --constraint constraints.txt)
[ -t 1 ] || pip+=(--quiet)
# The build backend first, pinned like the rest, so that no second environment is made to build in.
"${pip[@]}" hatchling editables
"${pip[@]}" --no-build-isolation --editable ".${extras:+[$extras]}"
