#!/usr/bin/env bash
# Prints the path of kubeconform: an installed one, or the one that is built once from the Go module proxy and kept in the cache under its
# version. Tests on the cluster call it, with schemas that they ask the API server for; nothing else needs it.
set -euo pipefail

version=v0.8.0
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if installed=$(command -v kubeconform); then
  echo "$installed"
  exit 0
fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/archsearch/kubeconform-$version
if [ ! -x "$cache/kubeconform" ]; then
  go=$("$scripts/go.sh")
  mkdir -p "$cache"
  work=$(mktemp -d -p "$cache")
  trap 'rm -rf "$work"' EXIT
  echo "kubeconform: building $version (once)" >&2
  GOBIN=$work CGO_ENABLED=0 GOFLAGS='' GOTOOLCHAIN=auto nice -n 15 "$go" install -trimpath -ldflags '-s -w' \
    "github.com/yannh/kubeconform/cmd/kubeconform@$version" >&2
  # In one step: whoever builds at the same time finds all of it or nothing.
  mv -f "$work/kubeconform" "$cache/kubeconform"
fi
echo "$cache/kubeconform"
