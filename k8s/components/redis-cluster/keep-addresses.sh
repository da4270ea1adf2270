#!/bin/sh
# A pod comes back with another address. The others learn it from the pod as long as one of them is where the pod
# remembers it; when all restart at once, nobody is. So each pod looks up its peers by name, and greets those that
# its node knows under no such address. To greet a known node again only renews its address.
#
# PEERS: host names, PORT: of every node; REDISCLI_USER and REDISCLI_AUTH: who asks; LOOK_SECONDS between two looks.
set -u
trap 'exit 0' TERM INT

look() {
  known=$(redis-cli -h "${SELF:-127.0.0.1}" -p "$PORT" --user "$REDISCLI_USER" cluster nodes 2>/dev/null) || return 0
  # A node that knows only itself is not in a cluster yet, and the set-up wants it so.
  [ "$(printf '%s\n' "$known" | wc -l)" -gt 1 ] || return 0
  for peer in $PEERS; do
    address=$(getent hosts "$peer" | awk '{ print $1; exit }')
    case "$known" in *" $address:$PORT@"*) continue ;; esac
    [ -n "$address" ] || continue
    echo "greeting $peer at $address"
    redis-cli -h "${SELF:-127.0.0.1}" -p "$PORT" --user "$REDISCLI_USER" cluster meet "$address" "$PORT"
  done
}

while true; do
  look
  sleep "${LOOK_SECONDS:-5}" &
  wait $!
done
