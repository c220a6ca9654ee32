#!/bin/sh
# Builds snac, a small server with Mastodon's interface, from Debian's source into var/mastodon; done at once when it is there already.
# It takes some seconds and touches neither the machine's package lists nor its programs.
set -eu

target=var/mastodon
[ -x "$target/snac" ] && exit 0

fail() {
    echo "The Mastodon server could not be built: $1; $target/build.log says why. It needs apt with Debian's sources, gcc, make and libssl-dev." >&2
    exit 2
}

mkdir -p "$target/apt/lists/partial" "$target/apt/cache/archives/partial" "$target/lib"
cd "$target"
: >build.log
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | grep -v security | head -n 1 | cut -d ' ' -f 1)
[ -n "$mirror" ] || mirror=$(sed -n 's/^deb *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' /etc/apt/sources.list 2>/dev/null | grep -v security | head -n 1)
[ -n "$mirror" ] || { cd ../..; fail "this machine names no Debian mirror"; }
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb-src [signed-by=$keys] $mirror trixie main" >apt/sources.list
own="-o Dir::Etc::sourcelist=$PWD/apt/sources.list -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$PWD/apt/lists -o Dir::Cache=$PWD/apt/cache"

# shellcheck disable=SC2086  # the options are words
{ apt-get $own update && apt-get $own source --download-only snac2; } >>build.log 2>&1 || { cd ../..; fail "its source could not be fetched"; }
rm -rf source && mkdir source && tar -xf snac2_*.orig.tar.* -C source --strip-components 1

# Debian keeps curl's headers in a package of its own; unpacked beside the source they serve as well as installed.
headers=""
if ! echo '#include <curl/curl.h>' | cc -E - >/dev/null 2>&1; then
    apt-get download libcurl4-openssl-dev >>build.log 2>&1 || { cd ../..; fail "curl's headers could not be fetched"; }
    dpkg -x libcurl4-openssl-dev_*.deb curl
    headers=$(dirname "$(dirname "$(find "$PWD/curl" -name curl.h | head -n 1)")")
    ln -sf "$(/sbin/ldconfig -p | sed -n 's/.*libcurl\.so\.4 .*=> //p' | head -n 1)" lib/libcurl.so
fi
make -C source CFLAGS="-O1 ${headers:+-I$headers}" LDFLAGS="-L$PWD/lib" >>build.log 2>&1 || { cd ../..; fail "it does not compile"; }
cp source/snac snac
rm -rf apt curl source ./*.deb snac2_*
