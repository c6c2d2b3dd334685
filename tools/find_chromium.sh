#!/usr/bin/env bash
# Finds the Chromium of the browser tests, or installs it where it may; --print only prints its path.
# CHROMIUM=/path/to/it names one. The headless shell is looked for first: without the windows, tabs and toolbars that
# nobody sees, opening a map takes half the processor time, all tests two thirds.
set -euo pipefail
here="${BASH_SOURCE[0]%/*}"

find_it() {
    local name
    for name in "${CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
        # Ubuntu's chromium-browser may be a stub that only asks for a snap: it has to answer.
        if [ -n "$name" ] && command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

if [ "${1:-}" = --print ]; then
    find_it
    exit
fi
# A browser that is there is left as it is: installing the shell beside it could replace it by a newer one.
if ! find_it >/dev/null; then
    "$here/apt_install.sh" chromium-headless-shell || "$here/apt_install.sh" chromium || true
fi
if ! found="$(find_it)"; then
    cat >&2 <<'TEXT'
liqscape set-up: the browser tests need Chromium, and it could not be installed from here.
  Debian:  sudo apt-get install chromium-headless-shell
  Ubuntu:  sudo snap install chromium
  or name one that is there:  CHROMIUM=/path/to/chrome make test
TEXT
    exit 1
fi
case "$found" in
    *headless-shell) echo "== browser: $found" ;;
    *) echo "== browser: $found (with Debian's chromium-headless-shell its tests take two thirds of the processor time)" ;;
esac
