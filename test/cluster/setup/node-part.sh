#!/usr/bin/env bash
# node-part.sh start|stop kubelet|containerd NODE: a part of a node alone; it may die and come back while the containers go on.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

action=$1 part=$2 node=$3
home=$run/$node
start_in_node() { start "$part-$node" nsenter --mount --net --target "$(cat "$run/$node.pid")" "$@"; }

case $action-$part in
stop-kubelet | stop-containerd) stop "$part-$node" ;;
start-kubelet)
  start_in_node "$bin/kubelet" --config="$home/kubelet.yaml" --kubeconfig="$pki/kubelet-$node.kubeconfig" --root-dir=/var/lib/kubelet \
    --cert-dir="$home/certificates" --hostname-override="$node" --node-ip="10.250.0.$(node_number "$node")" --v=2
  ;;
start-containerd)
  start_in_node containerd --config "$home/containerd.toml" --log-level warn
  until_ready containerd "containerd-$node" 20 ctr --address "$home/containerd.sock" version
  ;;
*) echo 'usage: node-part.sh start|stop kubelet|containerd NODE' >&2 && exit 2 ;;
esac
