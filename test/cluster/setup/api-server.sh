#!/usr/bin/env bash
# api-server.sh start|stop: the API server alone, which may go and come while etcd stays.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

ready() { curl -sf --cacert "$pki/ca.crt" --cert "$pki/admin.crt" --key "$pki/admin.key" https://127.0.0.1/readyz; }

case $1 in
stop) stop api-server ;;
start)
  start api-server "$bin/kube-apiserver" \
    --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 --secure-port=443 --advertise-address="$control_plane_ip" \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --kubelet-client-certificate="$pki/apiserver-kubelet.crt" --kubelet-client-key="$pki/apiserver-kubelet.key" \
    --kubelet-preferred-address-types=InternalIP --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$pki/service-accounts.pub" --service-account-signing-key-file="$pki/service-accounts.key" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --service-cluster-ip-range="$service_range" \
    --allow-privileged=true --profiling=false
  until_ready 'the API server' api-server 180 ready
  ;;
*) echo 'usage: api-server.sh start|stop' >&2 && exit 2 ;;
esac
