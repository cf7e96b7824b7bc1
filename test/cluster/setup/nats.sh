#!/usr/bin/env bash
# nats.sh start|stop: nats-server with JetStream beside the control plane, at $control_plane_ip:4222 for tests and Pods alike.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

case $1 in
stop) stop nats ;;
start)
  start nats "$nats/nats-server" --addr 0.0.0.0 --port 4222 --http_port 8222 --jetstream --store_dir "$run/nats"
  until_ready nats-server nats 20 curl -sf http://127.0.0.1:8222/healthz
  ;;
*) echo 'usage: nats.sh start|stop' >&2 && exit 2 ;;
esac
