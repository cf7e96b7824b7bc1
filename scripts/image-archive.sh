#!/usr/bin/env bash
# image-archive.sh NAME:TAG ARCHIVE CONFIG FOLDER...: an image archive (`docker load`, `ctr images import`) with one layer per folder, the
# lowest first; CONFIG is the image's configuration as JSON (User, Entrypoint, Env, …). Needs no daemon and no network. The same folders
# give the same layers, whenever it is done.
set -euo pipefail

name=$1 archive=$2 config=$3
shift 3
work=$(mktemp -d -p "$(dirname "$archive")")
trap 'rm -rf "$work"' EXIT

layers='' digests='' number=0
for folder in "$@"; do
  file=layer$((++number)).tar
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=gnu -C "$folder" -cf "$work/$file" .
  layers+=",\"$file\""
  digests+=",\"sha256:$(sha256sum "$work/$file" | cut -d' ' -f1)\""
done
cat >"$work/config.json" <<J
{"architecture": "amd64", "os": "linux", "config": $config, "rootfs": {"type": "layers", "diff_ids": [${digests#,}]}}
J
echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"$name\"], \"Layers\": [${layers#,}]}]" >"$work/manifest.json"
tar -C "$work" --remove-files -cf "$work.tar" .
mv "$work.tar" "$archive"
