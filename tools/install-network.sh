#!/bin/sh
# Installs the Bluesky server of the network lane into var/network; done at once when it is there already.
set -eu

here=$(dirname "$0")/network
target=var/network

command -v npm >/dev/null 2>&1 || {
    echo "npm is missing: install Node 20, then repeat; .ci/run shows one way." >&2
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
# npm has ended with success and half of the packages before, so the server is loaded once; what the registry did not give may come again.
complete() { (cd "$target" && node -e "require('@atproto/dev-env'); process.exit(0)") >>"$target/install.log" 2>&1; }
attempt=1
until npm ci --prefix "$target" --no-audit --no-fund >"$target/install.log" 2>&1 && complete; do
    [ "$attempt" -lt 3 ] || {
        echo "The Bluesky server could not be installed: $target/install.log says why; it needs Node 20 with its headers, gcc, g++ and make." >&2
        exit 2
    }
    attempt=$((attempt + 1))
    echo "The packages of the Bluesky server came only in part: once more ($attempt of 3)"
done
cp "$here/package-lock.json" "$target/installed-lock.json"
