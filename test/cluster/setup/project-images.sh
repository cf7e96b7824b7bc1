#!/usr/bin/env bash
# project-images.sh: the images of operator and trial runner, as the Dockerfile describes them, in the containerd of every node. Built
# when something that goes into them has changed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
cd "$repository"

exec 8>"$root/images.lock"
flock 8
parts=(package-lock.json Dockerfile tsconfig.image.json scripts search api operator trial-runner report cli crds examples)
key=$(find "${parts[@]}" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)
npm run --silent setup
for image in operator trial-runner; do
  archive=$images/archsearch-$image-$key.tar
  if [ ! -e "$archive" ]; then
    rm -f "$images/archsearch-$image"-*.tar
    scripts/image-build.sh "$image" "$archive"
    say "image $image built"
  fi
  for node in "${nodes[@]}"; do
    loaded=$run/$node/$image.loaded
    [ "$(cat "$loaded" 2>/dev/null)" = "$key" ] && continue
    "$here/load-images.sh" "$node" "$archive"
    echo "$key" >"$loaded"
    say "image $image loaded on $node"
  done
done
