#!/usr/bin/env bash
# The committed custom resource definitions, and the chart's copy of them, are those that api/ generates: made again beside them and compared.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
npx archsearch crds --output "$fresh"
for copy in crds helm/archsearch/files/crds; do
  diff -ru "$copy" "$fresh" || { echo "$copy differs from what api/ says: run 'npm run crds' and commit the result" >&2; exit 1; }
done
