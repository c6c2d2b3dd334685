#!/usr/bin/env bash
# Finds the nginx of the proxy tests, or unpacks one under .venv/nginx; --print only prints its path. It is not
# installed: a package that is installed starts a server on port 80. NGINX=/path/to/it names one.
set -euo pipefail
unpacked="${VENV:-.venv}/nginx"

find_it() {
    local name
    for name in "${NGINX:-}" nginx /usr/sbin/nginx "$unpacked/usr/sbin/nginx"; do
        if [ -n "$name" ] && command -v "$name" >/dev/null && "$name" -v >/dev/null 2>&1; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

unpack_it() {
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
    local work name
    work="$(mktemp -d)"
    mkdir -p "$unpacked"
    # The binary's package has had these names.
    for name in nginx nginx-core nginx-light; do
        (cd "$work" && apt-get -qq download "$name") >/dev/null 2>&1 || continue
        for package in "$work"/*.deb; do
            dpkg -x "$package" "$unpacked"
        done
        [ -x "$unpacked/usr/sbin/nginx" ] && break
    done
    rm -rf "$work"
    [ -x "$unpacked/usr/sbin/nginx" ]
}

if [ "${1:-}" = --print ]; then
    find_it
    exit
fi
if ! find_it >/dev/null; then
    unpack_it || true
fi
if found="$(find_it)"; then
    echo "== proxy: $found"
else
    echo "liqscape set-up: no nginx here, so the tests of the proxy example are skipped; NGINX=/path/to/nginx names one"
fi
