#!/usr/bin/env bash
# load-images.sh NODE ARCHIVE...: puts image archives into a node's containerd; what is there already costs little.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

node=$1
shift
for archive in "$@"; do
  ctr --address "$run/$node/containerd.sock" --namespace k8s.io images import "$archive" >/dev/null
done
