#!/bin/sh
# Writes requirements.txt, requirements-dev.txt and requirements-bench.txt, every package with its hashes: sh tools/lock.sh PATH-TO-UV
# setuptools is locked too, because Candour itself is built inside the environment.
set -eu

uv=$1
build=$(mktemp)
trap 'rm -f "$build"' EXIT
echo 'setuptools>=80' >"$build"

lock() {
    target=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
        --no-annotate --output-file "$target" "$@" pyproject.toml "$build"
    if grep -n '://' "$target"; then
        echo "$target names a host: remove it." >&2
        exit 1
    fi
}

lock requirements.txt
lock requirements-dev.txt --extra dev --extra spark --constraint requirements.txt
"$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
    --constraint requirements-dev.txt --output-file requirements-bench.txt tools/bench.in
