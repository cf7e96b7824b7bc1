#!/usr/bin/env bash
# run.sh [TEST FILE...]: a whole Kubernetes cluster on this machine, the tests of test/cluster on it, and nothing left behind.
#
#   ARCHSEARCH_CLUSTER_KEEP=1   leave the cluster up, and take the one that is up: for development. setup/stop.sh ends it, and
#                               setup/enter.sh kubectl … looks around in it.
#   ARCHSEARCH_CLUSTER_ROOT     where what is built and what runs is kept, ~/.cache/archsearch/cluster by default
#
# Exit code 77: this machine cannot run it, for the reason that is told.
set -euo pipefail

cannot() {
  echo "test:cluster: $*" >&2
  exit 77
}
if [ "$(uname -sm)" != 'Linux x86_64' ] || [ "$(id -u)" -ne 0 ]; then
  cannot "it starts containers and network namespaces and needs root on Linux x86-64; this is $(uname -sm) as $(id -un)"
fi
unshare --mount --net true 2>/dev/null || cannot 'no namespaces can be made here, not even by root: run it on a machine or in a virtual one'
missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need containerd containerd
need runc runc
need busybox busybox-static
need nft nftables
need iptables iptables
need ipset ipset
need ip iproute2
need curl curl
need openssl openssl
need cc gcc
need python3 python3-pip
need buildah buildah
[ -x /usr/lib/cni/bridge ] || missing+=(containernetworking-plugins)
if [ ${#missing[@]} -gt 0 ]; then
  cannot "apt-get install --no-install-recommends ${missing[*]}"
fi

. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
cd "$repository"
exec 9>"$root/lock"
if ! flock --nonblock 9; then
  echo "another run of the test cluster is under way (ARCHSEARCH_CLUSTER_ROOT=$root)" >&2
  exit 2
fi

keep=${ARCHSEARCH_CLUSTER_KEEP:-}
finish() {
  local code=$?
  if [ -n "$keep" ]; then say 'the cluster stays up: test/cluster/setup/stop.sh ends it' && return; fi
  "$here/stop.sh" 9>&-
  say "cluster ended; exit code $code"
}

up() { running "$network_pid" && "$here/enter.sh" kubectl get --raw /readyz >/dev/null 2>&1; }

"$here/build.sh"
"$here/images.sh"
trap finish EXIT
trap 'exit 130' INT TERM
if [ -n "$keep" ] && up; then
  say 'the cluster that is up is taken'
else
  "$here/stop.sh" 9>&-
  "$here/enter.sh" "$here/control-plane.sh" 9>&-
  "$here/enter.sh" "$here/nats.sh" start 9>&-
  jobs=()
  for node in "${nodes[@]}"; do
    "$here/enter.sh" "$here/node.sh" "$node" 9>&- &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job"; done
  "$here/enter.sh" kubectl apply -f "$here/dns.yaml" >/dev/null
  "$here/enter.sh" kubectl rollout status --namespace kube-system deployment/coredns --timeout=120s >/dev/null
  say 'DNS ready'
fi
# Of a process in the machine's own network: the tests run in the cluster's, which has no way out.
export ARCHSEARCH_CLUSTER_OUTSIDE=$$
tests() { "$here/enter.sh" node --test --test-concurrency="$1" "${@:2}" 9>&-; }
if [ $# -gt 0 ]; then
  tests 4 "$@"
else
  failed=0
  tests 4 'test/cluster/facts/*.test.ts' 'test/cluster/contract/*.test.ts' 'test/cluster/images/*.test.ts' || failed=1
  # An operator looks after all searches that there are, and some tests take the API server away: these are alone on the cluster.
  tests 1 'test/cluster/operator/*.test.ts' 'test/cluster/e2e/*.test.ts' || failed=1
  [ "$failed" -eq 0 ]
fi
say 'tests passed'
