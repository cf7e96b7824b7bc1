#!/usr/bin/env bash
# etcd, API server, controllers and scheduler, from nothing; run it through enter.sh.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

rm -rf "$run"
mkdir -p "$logs"
"$here/certificates.sh"
# The state of a test is not worth waiting for a disk.
start etcd "$bin/etcd" --name test --data-dir "$run/etcd" --unsafe-no-fsync --log-level warn \
  --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
  --initial-cluster test=http://127.0.0.1:2380
"$here/api-server.sh" start
say 'API server ready'

client() { echo "--kubeconfig=$pki/$1.kubeconfig --authentication-kubeconfig=$pki/$1.kubeconfig"; }
# shellcheck disable=SC2046 # two words
start controller-manager "$bin/kube-controller-manager" $(client controller-manager) \
  --authorization-kubeconfig="$pki/controller-manager.kubeconfig" --bind-address=127.0.0.1 --secure-port=10257 \
  --use-service-account-credentials=true --service-account-private-key-file="$pki/service-accounts.key" \
  --root-ca-file="$pki/ca.crt" --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
  --leader-elect=false --profiling=false --kube-api-qps=500 --kube-api-burst=1000 --node-monitor-grace-period=30s
# shellcheck disable=SC2046
start scheduler "$bin/kube-scheduler" $(client scheduler) --bind-address=127.0.0.1 --secure-port=10259 \
  --leader-elect=false --profiling=false --kube-api-qps=500 --kube-api-burst=1000
until_ready 'the controller manager' controller-manager 120 curl -skf https://127.0.0.1:10257/healthz
until_ready 'the scheduler' scheduler 120 curl -skf https://127.0.0.1:10259/healthz
until_ready 'the default ServiceAccount' controller-manager 120 kubectl get serviceaccount default --namespace default
say 'control plane ready'
