#!/bin/sh
# Before a master leaves on purpose, a replica takes its place: some 100 ms without answers instead of the 7 s in which
# its death is found out. Without a replica, or when it takes more than 10 s, the pod leaves all the same.
#
# PORT: of every node; REDISCLI_USER and REDISCLI_AUTH: who asks.
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
ask "${replica%%:*}" cluster failover >/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do
  if ask "$self" role | head -n 1 | grep -q slave; then exit 0; fi
  sleep 1
done
