#!/usr/bin/env bash
# Ends all that the scripts here started, by process id; removes the cgroups and puts the kernel's settings back. Harmless when nothing runs.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

# Containers outlive containerd, so they are ended through it.
end_containers() {
  local socket=$run/$1/containerd.sock id
  [ -S "$socket" ] || return 0
  local client=(timeout 20 ctr --address "$socket" --namespace k8s.io)
  for id in $("${client[@]}" tasks list --quiet 2>/dev/null); do
    "${client[@]}" tasks kill --signal SIGKILL "$id" 2>/dev/null
    "${client[@]}" tasks delete --force "$id" >/dev/null 2>&1
  done
}

remove_cgroups() {
  local hierarchy
  for hierarchy in /sys/fs/cgroup/ /sys/fs/cgroup/*/; do
    [ -d "$hierarchy$(cgroup_of "$1")" ] || continue
    find "$hierarchy$(cgroup_of "$1")" -depth -type d -exec rmdir {} \; 2>/dev/null
  done
}

for node in "${nodes[@]}"; do
  for part in gpus kubelet kube-proxy network-policies; do stop "$part-$node"; done
  end_containers "$node"
  stop "containerd-$node"
  stop "$node"
  remove_cgroups "$node"
done
# The API server before etcd: without it, it waits for long.
for part in nats scheduler controller-manager api-server etcd; do stop "$part"; done
if [ -f "$run/kernel.settings" ]; then sysctl -q -p "$run/kernel.settings"; fi
if running "$network_pid"; then kill "$(cat "$network_pid")"; fi
rm -f "$network_pid"
exit 0
