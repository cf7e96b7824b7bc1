#!/usr/bin/env bash
# image-build.sh operator|trial-runner ARCHIVE: the image that the Dockerfile describes, as an archive for `docker load` or
# `ctr images import`, without a daemon. Its name carries the version of package.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

image=$1 archive=$2
work=$(mktemp -d -p "$(dirname "$archive")")
trap 'rm -rf "$work"' EXIT
scripts/image-layers.sh "$image" "$work"
REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)
export REVISION
version=$(node -p 'require("./package.json").version')
scripts/image-archive.sh "docker.io/archsearch/$image:$version" "$archive" "$(node scripts/image-config.ts "$image")" \
  "$work"/{system,packages,archsearch}
