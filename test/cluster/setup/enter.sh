#!/usr/bin/env bash
# Runs a command in the cluster's own network namespace (made on first use): the control plane and the tests live there; it routes between
# the nodes, each in a namespace of its own, and reaches Pods and Services. Nothing of it has a way out or is reachable from the machine.
# nsenter and not `ip netns exec`, which mounts a new /sys without the cgroups.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

if ! running "$network_pid"; then
  setsid unshare --net sleep infinity </dev/null >/dev/null 2>&1 &
  echo $! >"$network_pid"
  until [ "$(readlink "/proc/$(cat "$network_pid")/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
  inside=(nsenter --net --target "$(cat "$network_pid")")
  "${inside[@]}" ip link set lo up
  for address in "$control_plane_ip" 10.96.0.1; do "${inside[@]}" ip address add "$address/32" dev lo; done
  "${inside[@]}" sysctl -qw net.ipv4.ip_forward=1
fi
exec nsenter --net --target "$(cat "$network_pid")" "$@"
