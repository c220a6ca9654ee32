#!/bin/sh
# Installs the real Bluesky server for the network lane and `make run-network` into var/network (about 360 MB, three minutes).
# Needs Node 20 or newer with npm, and a C++ compiler for its database module.
set -eu
cd "$(dirname "$0")/.."
mkdir -p var/network
cd var/network
[ -f package.json ] || printf '{"name": "candour-network", "private": true}\n' > package.json
# Headers that came with Node spare a download of their own.
prefix=$(node -p 'require("node:path").resolve(process.execPath, "..", "..")')
if [ -d "$prefix/include/node" ]; then
  npm_config_nodedir=$prefix
  export npm_config_nodedir
fi
npm install --no-audit --no-fund @atproto/dev-env@0.3.215
