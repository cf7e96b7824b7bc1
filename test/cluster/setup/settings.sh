# Sourced by every script here: versions, places and addresses. What is built is kept under $root by version; what runs is under $run.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../../.." && pwd)

kubernetes_version=v1.37.2
nats_version=2.15.1

root=${ARCHSEARCH_CLUSTER_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/archsearch/cluster}
mkdir -p "$root"
# Another version or another line of ours in what is linked together is another folder.
sources=$(cat "$here/hyperkube"/* "$here/coredns"/* | sha256sum | cut -c1-8)
bin=$root/kubernetes-$kubernetes_version-$sources
nats=$root/nats-$nats_version
images=$root/images
run=$root/run
pki=$run/pki
logs=$run/log
network_pid=$root/network.pid
# Two clusters on one machine must not share them: a kubelet clears away what it does not know.
cgroup_of() { echo "/archsearch-$(cksum <<<"$root" | cut -d' ' -f1)-$1"; }

# The API server is at $control_plane_ip, the i-th node at 10.250.0.i with its Pods in 10.244.i.0/24. The first address of the services'
# range is the API server's, the tenth the DNS's.
nodes=(node-a node-b)
declare -A gpus_of=([node-a]=8 [node-b]=4)
control_plane_ip=10.250.0.254
pod_range=10.244.0.0/16
service_range=10.96.0.0/16
node_number() {
  local i
  for i in "${!nodes[@]}"; do
    if [ "${nodes[$i]}" = "$1" ]; then echo $((i + 1)) && return; fi
  done
  echo "$1 is not one of the nodes ${nodes[*]}" >&2 && return 1
}

export PATH=$bin:$nats:$repository/node_modules/.bin:$PATH
export KUBECONFIG=$pki/admin.kubeconfig
# All that is started here inherits it: the system uses process ids again, and a recorded one is ours only while its process has this.
export ARCHSEARCH_CLUSTER=$root

running() { [ -f "$1" ] && grep -qzxF "ARCHSEARCH_CLUSTER=$root" "/proc/$(cat "$1")/environ" 2>/dev/null; }

# Name, command: starts it apart from this shell, its output in a log and its process id in a file of that name. Once: whose id is
# overwritten is never ended.
start() {
  local name=$1
  shift
  if running "$run/$name.pid"; then echo "$name runs already" >&2 && return 1; fi
  mkdir -p "$logs"
  setsid "$@" >>"$logs/$name.log" 2>&1 </dev/null &
  echo $! >"$run/$name.pid"
}

# Name: ends it, with SIGKILL after ten seconds.
stop() {
  local file=$run/$1.pid
  [ -f "$file" ] || return 0
  local i pid
  pid=$(cat "$file")
  if running "$file"; then kill "$pid"; fi
  for ((i = 0; i < 100; i++)); do
    running "$file" || break
    sleep 0.1
  done
  if running "$file"; then kill -9 "$pid"; fi
  rm -f "$file"
}

# What, name of the log to show, seconds, command: waits until the command succeeds.
until_ready() {
  local what=$1 log=$2 deadline=$((SECONDS + $3))
  shift 3
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "$what is not ready; the end of $logs/$log.log:" >&2
      tail -n 20 "$logs/$log.log" >&2
      return 1
    fi
    sleep 0.2
  done
}

started=${started:-$(date +%s%N)}
export started
say() { printf '%7.1f s  %s\n' "$(($(date +%s%N) - started))e-9" "$*" >&2; }
