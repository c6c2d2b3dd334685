#!/usr/bin/env bash
# Says clearly what is missing where Node 20 and npm are not there.
set -euo pipefail

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "liqscape set-up: the page needs Node 20 or newer and npm: apt-get install nodejs npm" >&2
    exit 1
fi
if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)'; then
    echo "liqscape set-up: Node $(node --version) is too old, the page needs 20 or newer" >&2
    exit 1
fi
