#!/bin/sh
# Writes the Secrets of one installation, with passwords made up here, into a folder of its own (by default
# k8s/secrets, which Git ignores): sh k8s/make-secrets.sh && kubectl apply -k k8s/secrets
# What else is secret (TICKWIRE_JWT_SECRET, keys of venues) goes into hub.env and feed.env there, a line each.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/secrets}
namespace=${2:-tickwire}

if [ -e "$folder" ]; then
  echo "$folder is there already; to make new passwords, move it away first" >&2
  exit 1
fi
umask 077
mkdir -p "$folder"

password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
hub=$(password) feed=$(password) admin=$(password) replica=$(password)

# Redis itself refuses a file with comments. The rights of hub and adapter are those that the tests run with.
{
  echo 'user default off'
  sed -e "s/>change-me-hub/>$hub/" -e "s/>change-me-feed/>$feed/" "$here/../docs/redis-users.acl"
  echo "user tickwire-replica on >$replica -@all +psync +replconf +ping"
  echo "user tickwire-admin on >$admin ~* &* +@all"
} >"$folder/users.acl"
printf 'masteruser tickwire-replica\nmasterauth %s\n' "$replica" >"$folder/replica.conf"
printf '%s' "$admin" >"$folder/admin-password"
{
  echo "TICKWIRE_REDIS_URL=redis://tickwire-hub:$hub@tickwire-redis:6379"
  echo "TICKWIRE_HUB_SECRET=$(password)"
} >"$folder/hub.env"
echo "TICKWIRE_REDIS_URL=redis://tickwire-feed:$feed@tickwire-redis:6379" >"$folder/feed.env"

cat >"$folder/kustomization.yaml" <<END
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: $namespace
generatorOptions:
  disableNameSuffixHash: true
secretGenerator:
  - name: tickwire-hub
    envs: [hub.env]
  - name: tickwire-feed
    envs: [feed.env]
  - name: tickwire-redis
    files: [users.acl, replica.conf, admin-password]
END
echo "written to $folder; now: kubectl apply -k $folder"
