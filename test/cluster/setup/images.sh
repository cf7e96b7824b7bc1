#!/usr/bin/env bash
# The images that the cluster itself needs, from this machine's own files: the sandbox of every Pod, DNS, and a shell for the Pods of
# tests. Made anew when their parts changed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

path='"Env": ["PATH=/bin"]'
mkdir -p "$images"

# Name, configuration, file → place in the image.
image() {
  local name=$1 config=$2 source=$3 place=$4 work
  if [ "$images/$name.tar" -nt "$source" ] && [ "$images/$name.tar" -nt "${BASH_SOURCE[0]}" ]; then return; fi
  work=$(mktemp -d)
  mkdir -p "$work/$(dirname "$place")" "$work/tmp" "$work/etc"
  chmod 755 "$work"
  chmod 1777 "$work/tmp"
  echo 'nobody:x:65534:65534:nobody:/:/bin/false' >"$work/etc/passwd"
  cp -L "$source" "$work/$place"
  if [ "$name" = busybox ]; then
    for applet in $("$source" --list | grep -vx busybox); do ln -s busybox "$work/bin/$applet"; done
  fi
  "$repository/scripts/image-archive.sh" "registry.local/$name:1" "$images/$name.tar" "$config" "$work"
  rm -rf "$work"
}

cc -Os -static -s -o "$root/pause" -x c - <"$here/pause.c"
if cmp -s "$root/pause" "$images/pause"; then rm "$root/pause"; else mv "$root/pause" "$images/pause"; fi
image pause '{"Entrypoint": ["/pause"]}' "$images/pause" pause
image coredns '{"Entrypoint": ["/coredns"]}' "$bin/coredns" coredns
image busybox "{$path}" "$(command -v busybox)" bin/busybox
