#!/usr/bin/env bash
# Prints the folder that holds prometheus and promtool: installed ones of version 3, or those that are built once from the Go module proxy
# and kept in the cache under their version (several minutes). Tests on the cluster call it; nothing else needs it.
set -euo pipefail

# The module's version: Prometheus 3.16.
version=v0.316.0
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if installed=$(command -v prometheus) && command -v promtool >/dev/null &&
  prometheus --version 2>&1 | grep -qE 'version ([3-9]|[1-9][0-9])\.'; then
  dirname "$installed"
  exit 0
fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/archsearch/prometheus-$version
if [ ! -x "$cache/prometheus" ]; then
  go=$("$scripts/go.sh")
  mkdir -p "$(dirname "$cache")"
  work=$(mktemp -d -p "$(dirname "$cache")")
  trap 'rm -rf "$work"' EXIT
  echo "prometheus: building $version (once; several minutes)" >&2
  # The Go that it asks for, so that an older one fetches it.
  printf 'module archsearch.dev/prometheus\n\ngo 1.26.7\n\nrequire github.com/prometheus/prometheus %s\n' "$version" >"$work/go.mod"
  # Of all that it can discover targets by, Kubernetes alone: the clients of a dozen clouds are most of what there is to build. Its pages
  # are not built in, and nobody here looks at them.
  (cd "$work" && CGO_ENABLED=0 GOFLAGS='' GOTOOLCHAIN=auto nice -n 15 "$go" build -p 1 -mod=mod -trimpath -buildvcs=false -gcflags=all=-dwarf=false \
    -tags netgo,remove_all_sd,enable_kubernetes_sd -ldflags '-s -w' -o "$work/bin/" \
    github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool) >&2
  chmod 755 "$work/bin"
  # In one step: whoever builds at the same time finds all of it or nothing.
  mv -T "$work/bin" "$cache" 2>/dev/null || [ -x "$cache/prometheus" ]
fi
echo "$cache"
