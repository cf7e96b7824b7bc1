#!/usr/bin/env bash
# An authority of the cluster's own, certificates and kubeconfigs of its parts and of an administrator, and the key that signs
# ServiceAccount tokens.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
umask 077
mkdir -p "$pki"
cd "$pki"

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null; }

# Name of the files, subject, use, alternative names.
certificate() {
  key "$1"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr" 2>/dev/null
  {
    echo "extendedKeyUsage=$3"
    echo 'keyUsage=critical,digitalSignature'
    if [ -n "${4:-}" ]; then echo "subjectAltName=$4"; fi
  } >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
  rm "$1.csr" "$1.ext"
}

kubeconfig() {
  cat >"$1.kubeconfig" <<Y
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://$control_plane_ip:443", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}}]
contexts: [{name: test, context: {cluster: test, user: $1}}]
current-context: test
Y
}

key ca
openssl req -x509 -new -key ca.key -subj /CN=test-cluster -days 30 -out ca.crt \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
service=kubernetes.default.svc
certificate apiserver /CN=kube-apiserver serverAuth \
  "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:$service,DNS:$service.cluster.local,IP:127.0.0.1,IP:$control_plane_ip,IP:10.96.0.1"
certificate apiserver-kubelet '/O=system:masters/CN=kube-apiserver-kubelet-client' clientAuth
certificate admin '/O=system:masters/CN=admin' clientAuth
certificate controller-manager '/CN=system:kube-controller-manager' clientAuth
certificate scheduler '/CN=system:kube-scheduler' clientAuth
certificate proxy '/CN=system:kube-proxy' clientAuth
for node in "${nodes[@]}"; do
  certificate "kubelet-$node" "/O=system:nodes/CN=system:node:$node" clientAuth
  certificate "kubelet-serving-$node" "/O=system:nodes/CN=system:node:$node" serverAuth \
    "DNS:$node,IP:127.0.0.1,IP:10.250.0.$(node_number "$node")"
  kubeconfig "kubelet-$node"
done
for name in admin controller-manager scheduler proxy; do kubeconfig "$name"; done
openssl genrsa -out service-accounts.key 2048 2>/dev/null
openssl rsa -in service-accounts.key -pubout -out service-accounts.pub 2>/dev/null
