#!/bin/sh
# Makes .venv from a hash-locked requirements file: sh tools/setup.sh requirements.txt
# PYTHON names the interpreter. Needs nothing but Python 3.11 with its venv module.
set -eu

stop() {
    echo "$1" >&2
    exit 2
}

requirements=$1

# The system's own Python first: distributions build it with profile-guided optimisation, which a local build seldom has, and a page
# takes about an eighth less time by it.
usable() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}
python=${PYTHON:-python3}
[ -n "${PYTHON:-}" ] || ! usable /usr/bin/python3 || python=/usr/bin/python3

command -v "$python" >/dev/null 2>&1 || stop "There is no $python here: install Python 3.11 or newer, or name one with PYTHON=..."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "$python is older than 3.11: install a newer Python, or name one with PYTHON=..."

# Debian ships Python without the part that fills a new environment.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        line='apt-get install -y --no-install-recommends python3-venv'
        { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; } ||
            stop "Python's venv module is missing: have an administrator run '$line', then repeat."
        echo "Installing python3-venv"
        { apt-get -qq update && DEBIAN_FRONTEND=noninteractive $line; } >/dev/null ||
            stop "python3-venv could not be installed: run '$line' and see what it says."
    fi
    "$python" -m venv .venv || stop "The environment .venv could not be made: see the lines above."
fi

echo "Installing what $requirements lists, by hash"
.venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --requirement "$requirements" ||
    stop "The packages could not be installed: see the lines above, then repeat; what is installed stays."
.venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . ||
    stop "Candour itself could not be installed: see the lines above."

# Half a minute once; afterwards every start reads it (packs: docs/screening.md). Without it screening compiles for itself, or runs by its reference.
echo "Compiling the screening kernel and the language packs"
.venv/bin/python -m candour.screening.warm || echo "The screening kernel could not be compiled: screening runs at the speed of its reference." >&2
