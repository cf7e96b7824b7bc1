#!/usr/bin/env bash
# nats-image.sh: archsearch/nats:test, the NATS server that the chart runs, in the containerd of every node.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

archive=$images/nats-$(basename "$nats").tar
if [ ! -e "$archive" ]; then
  folder=$(mktemp -d -p "$root")
  trap 'rm -rf "$folder"' EXIT
  cp "$nats/nats-server" "$folder/nats-server"
  "$repository/scripts/image-archive.sh" archsearch/nats:test "$archive" '{"Entrypoint": ["/nats-server"]}' "$folder"
fi
for node in "${nodes[@]}"; do "$here/load-images.sh" "$node" "$archive"; done
