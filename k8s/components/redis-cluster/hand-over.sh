#!/bin/sh
# Before a master leaves on purpose, a replica takes its place: some 100 ms without answers instead of the 7 s in which
# its death is found out. Without a replica, or when it takes more than HAND_OVER_SECONDS, the pod leaves all the same.
#
# PORT: of every node; REDISCLI_USER and REDISCLI_AUTH: who asks; HAND_OVER_SECONDS: how long a
# replica may take, 10 unless told.
set -u
self=${SELF:-127.0.0.1}

ask() {
  host=$1
  shift
  redis-cli -h "$host" -p "$PORT" --user "$REDISCLI_USER" "$@" 2>/dev/null
}

id=$(ask "$self" cluster myid) || exit 0
# id address:port@bus flags master …: the first replica of this node that is there.
replica=$(ask "$self" cluster nodes | awk -v id="$id" '$3 == "slave" && $4 == id && $8 == "connected" { print $2; exit }')
[ -n "$replica" ] || exit 0
waited=0
while [ "$waited" -lt "${HAND_OVER_SECONDS:-10}" ]; do
  # Redis gives an attempt up after 5 s without a word, when the replica or the other masters are too busy.
  if [ $((waited % 6)) -eq 0 ]; then ask "${replica%%:*}" cluster failover >/dev/null || exit 0; fi
  if ask "$self" role | head -n 1 | grep -q slave; then exit 0; fi
  sleep 1
  waited=$((waited + 1))
done
