#!/bin/sh
# Makes one cluster of the nodes, with a replica for each master. Does nothing where that was done before, so it runs
# at every apply.
#
# PEERS: host names, PORT: of every node; REPLICAS of each master; REDISCLI_USER and REDISCLI_AUTH: who asks;
# WAIT_SECONDS for the nodes to be there.
set -eu
limit=$(($(date +%s) + ${WAIT_SECONDS:-300}))

# Nodes are asked by address: redis-cli itself names them so to each other.
ask() {
  address=$(getent hosts "$1" | awk '{ print $1; exit }')
  shift
  [ -n "$address" ] && timeout 5 redis-cli -h "$address" -p "$PORT" --user "$REDISCLI_USER" "$@"
}

# $1: what is waited for, in words; the rest: what answers 0 when it is so.
wait_for() {
  what=$1
  shift
  until "$@"; do
    if [ "$(date +%s)" -ge "$limit" ]; then
      echo "waited in vain for $what" >&2
      exit 1
    fi
    sleep 1
  done
}

answers() { [ "$(ask "$1" ping 2>/dev/null)" = PONG ]; }
# All slots are served, and it knows every node: the state alone is ok before the last replica has been heard of.
is_whole() {
  info=$(ask "$1" cluster info 2>/dev/null | tr -d '\r') || return 1
  case "$info" in *cluster_state:ok*) ;; *) return 1 ;; esac
  # shellcheck disable=SC2086 # to count them
  set -- $PEERS
  printf '%s\n' "$info" | grep -q "^cluster_known_nodes:$#\$"
}
has_all_slots() { ask "$1" cluster info | grep -q '^cluster_slots_assigned:16384'; }
is_alone() { ask "$1" cluster info | tr -d '\r' | grep -q '^cluster_known_nodes:1$'; }

nodes=''
for peer in $PEERS; do
  wait_for "$peer to answer: is its pod running, and is the password in the Secret tickwire-redis its own?" answers "$peer"
  nodes="$nodes $(getent hosts "$peer" | awk '{ print $1; exit }'):$PORT"
done
first=${PEERS%% *}

if has_all_slots "$first"; then
  echo 'the cluster is there already'
elif ! is_alone "$first"; then
  echo 'An earlier set-up was cut off half-way. Nothing in there is to be kept, so begin again:' >&2
  echo '  kubectl delete statefulset,pvc -l app.kubernetes.io/component=redis, then apply once more' >&2
  exit 1
else
  # shellcheck disable=SC2086 # one argument for each node
  redis-cli --user "$REDISCLI_USER" --cluster create $nodes --cluster-replicas "$REPLICAS" --cluster-yes
fi
for peer in $PEERS; do
  wait_for "$peer to find the cluster whole" is_whole "$peer"
done
echo 'the cluster is whole'
