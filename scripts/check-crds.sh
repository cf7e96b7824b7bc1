#!/usr/bin/env bash
# The committed custom resource definitions are those that api/ generates: made again beside them and compared.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
npx archsearch crds --output "$fresh"
diff -ru crds "$fresh" || { echo "crds/ differs from what api/ says: run 'npm run crds' and commit the result" >&2; exit 1; }
