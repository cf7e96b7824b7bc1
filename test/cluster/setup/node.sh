#!/usr/bin/env bash
# node.sh NODE: a machine of the cluster: containerd, kubelet, kube-proxy, network policies and a device plugin with GPUs that have nothing
# behind them, in a network and a mount namespace of their own, so that /var/lib/kubelet and the like are this node's. Run it through
# enter.sh, after control-plane.sh.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

node=$1
number=$(node_number "$node")
gpus=${gpus_of[$node]}
ip=10.250.0.$number
home=$run/$node
cgroup=$(cgroup_of "$node")
mkdir -p "$home"/{containerd,network.d}

# A starting kubelet writes these; stop.sh puts them back.
remember_kernel_settings() {
  local file=$run/kernel.settings name
  [ -f "$file" ] && return
  for name in vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes; do
    echo "$name=$(sysctl -n "$name")"
  done >"$file"
}

# With version 1 of the cgroups the node's own must exist in every hierarchy, its processors filled in, before the kubelet starts.
make_cgroups() {
  local hierarchy file
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p "/sys/fs/cgroup$cgroup"
    return
  fi
  for hierarchy in /sys/fs/cgroup/*/; do
    [ -e "$hierarchy/cgroup.procs" ] || continue
    mkdir -p "$hierarchy$cgroup"
    for file in cpuset.cpus cpuset.mems; do
      if [ -f "$hierarchy/$file" ]; then cat "$hierarchy/$file" >"$hierarchy$cgroup/$file"; fi
    done
  done
}

write_configuration() {
  cat >"$home/containerd.toml" <<T
version = 2
root = "$home/containerd"
state = "$home/state"
[grpc]
  address = "$home/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$home/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.local/pause:1"
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$home/network.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
T
  cat >"$home/network.d/10-pods.conflist" <<J
{"cniVersion": "1.0.0", "name": "pods", "plugins": [{
  "type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "hairpinMode": true,
  "ipam": {"type": "host-local", "dataDir": "$home/addresses", "ranges": [[{"subnet": "10.244.$number.0/24"}]]}
}]}
J
  cat >"$home/kube-proxy.yaml" <<Y
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
hostnameOverride: $node
clientConnection: {kubeconfig: $pki/proxy.kubeconfig}
mode: nftables
nftables: {minSyncPeriod: 100ms}
detectLocalMode: ClusterCIDR
clusterCIDR: $pod_range
conntrack: {maxPerCore: 0}
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
Y
  cat >"$home/kubelet.yaml" <<Y
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupRoot: $cgroup
containerRuntimeEndpoint: unix://$home/containerd.sock
address: $ip
port: 10250
healthzBindAddress: 127.0.0.1
healthzPort: 10248
readOnlyPort: 0
tlsCertFile: $pki/kubelet-serving-$node.crt
tlsPrivateKeyFile: $pki/kubelet-serving-$node.key
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: $pki/ca.crt}}
authorization: {mode: AlwaysAllow}
resolvConf: ""
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
makeIPTablesUtilChains: false
failSwapOn: false
enforceNodeAllocatable: [pods]
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 0%, imagefs.inodesFree: 0%}
imageGCHighThresholdPercent: 100
podLogsDir: $home/pod-logs
registerNode: true
nodeStatusUpdateFrequency: 2s
nodeLeaseDurationSeconds: 10
syncFrequency: 5s
volumeStatsAggPeriod: 1m
shutdownGracePeriod: 0s
serializeImagePulls: false
Y
}

make_namespaces() {
  start "$node" unshare --mount --net sleep infinity
  local holder veth=veth$number folder
  holder=$(cat "$run/$node.pid")
  until [ "$(readlink "/proc/$holder/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
  in_node=(nsenter --mount --net --target "$holder")
  "${in_node[@]}" mount --make-rprivate /
  for folder in /var/lib/kubelet /var/lib/cni /var/log/containers /run/containerd /run/netns; do
    mkdir -p "$folder" "$home/mounted$folder"
    "${in_node[@]}" mount --bind "$home/mounted$folder" "$folder"
  done
  "${in_node[@]}" mount --make-rshared /var/lib/kubelet
  # A cable to the cluster's namespace, which gets the routes to this node's Pods and, through the first node there is, to the services.
  ip link add "$veth" type veth peer name eth0 netns "$holder"
  "${in_node[@]}" ip link set lo up
  "${in_node[@]}" ip address add "$ip/32" dev eth0
  "${in_node[@]}" ip link set eth0 up
  "${in_node[@]}" ip route add default via "$control_plane_ip" dev eth0 onlink
  ip link set "$veth" up
  ip route add "$ip" dev "$veth" src "$control_plane_ip"
  ip route add "10.244.$number.0/24" via "$ip" dev "$veth"
  ip route add "$service_range" via "$ip" dev "$veth" metric "$number"
  "${in_node[@]}" sysctl -qw net.ipv4.ip_forward=1
  # Absent where the kernel's bridge filter is built as a module that is not loaded; it only matters for network policies.
  "${in_node[@]}" sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null || true
}

ready_with_gpus() {
  [ "$(kubectl get node "$node" -o \
    'jsonpath={.status.conditions[?(@.type=="Ready")].status}/{.status.allocatable.nvidia\.com/gpu}')" = "True/$gpus" ]
}

remember_kernel_settings
make_cgroups
write_configuration
make_namespaces
"$here/node-part.sh" start containerd "$node"
"$here/load-images.sh" "$node" "$images"/{pause,coredns,busybox}.tar
"$here/node-part.sh" start kubelet "$node"
start "kube-proxy-$node" "${in_node[@]}" "$bin/kube-proxy" --config="$home/kube-proxy.yaml"
start "network-policies-$node" "${in_node[@]}" "$bin/hyperkube" network-policies -kubeconfig "$KUBECONFIG" -node "$node" -services "$service_range"
start "gpus-$node" "${in_node[@]}" "$bin/hyperkube" device-plugin -n "$gpus" -unhealthy "$home/unhealthy-gpus"
until_ready "$node" "kubelet-$node" 120 ready_with_gpus
say "$node ready with $gpus GPUs"
