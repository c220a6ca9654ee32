#!/bin/sh
# Installs the Bluesky server of the network lane into var/network; done at once when it is there already.
set -eu

here=$(dirname "$0")/network
target=var/network

command -v npm >/dev/null 2>&1 || {
    echo "npm is missing: install Node 20 or newer (Debian: apt-get install -y nodejs npm), then repeat." >&2
    exit 2
}
cmp -s "$here/package-lock.json" "$target/installed-lock.json" && exit 0

# One of its packages is compiled; Node's own headers serve when they lie beside the program.
prefix=$(node -p "path.dirname(path.dirname(process.execPath))")
if [ -z "${npm_config_nodedir:-}" ] && [ -e "$prefix/include/node/node.h" ]; then
    export npm_config_nodedir="$prefix"
fi

mkdir -p "$target"
cp "$here/package.json" "$here/package-lock.json" "$target/"
echo "Installing the Bluesky server into $target; this takes some minutes"
npm ci --prefix "$target" --no-audit --no-fund --loglevel=error || {
    echo "The Bluesky server could not be installed: see the lines above; a compiler (gcc, g++, make) and Node's headers are needed." >&2
    exit 2
}
cp "$here/package-lock.json" "$target/installed-lock.json"
