#!/bin/sh
# Starts a Docker engine on a machine without one: Debian's packages (docker.io, docker-cli, docker-buildx, docker-compose),
# unpacked into a folder and started from there. It has its own socket, so that no other program uses it. "stop" undoes
# its changes to the network: bridges, rules, the policy of FORWARD, forwarding. Only the folder remains.
#
#   deployments/containers/engine.sh start FOLDER     then: . FOLDER/environment
#   deployments/containers/engine.sh stop FOLDER
#
# Needs root and a Debian mirror (DEBIAN_MIRROR overrides the default). Installs debootstrap with apt if it is missing.
# Takes about a minute and 1 GB.
set -eu
command=${1:?start or stop}
mkdir -p "${2:?a folder}"
folder=$(cd "$2" && pwd)
root=$folder/root
packages='docker.io docker-cli docker-buildx docker-compose containerd runc iptables nftables'

fail() {
  echo "engine.sh: $1" >&2
  exit 1
}

demand() {
  [ "$(id -u)" = 0 ] || fail 'it needs root'
  for program in setsid unshare ip; do
    command -v "$program" >/dev/null || fail "it needs $program (Debian: apt-get install util-linux iproute2)"
  done
  [ -e "$folder/unpacked" ] || command -v debootstrap >/dev/null || install_debootstrap
}

install_debootstrap() {
  command -v apt-get >/dev/null || fail 'it needs debootstrap, and there is no apt-get to install it with'
  echo 'engine.sh: installing debootstrap with apt' >&2
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qqy install debootstrap; } >"$folder/apt.log" 2>&1 || {
    cat "$folder/apt.log" >&2
    fail 'debootstrap could not be installed'
  }
}

unpack() {
  test -e "$folder/unpacked" && return
  rm -rf "$root"
  debootstrap --variant=minbase --foreign --include="$(echo "$packages" | tr ' ' ,)" trixie "$root" \
    ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$folder/debootstrap.log" 2>&1 || {
    tail -n 5 "$folder/debootstrap.log" >&2
    fail 'debootstrap failed, see above; DEBIAN_MIRROR names another mirror'
  }
  for file in "$root"/var/cache/apt/archives/*.deb; do dpkg-deb -x "$file" "$root"; done
  touch "$folder/unpacked"
}

# The programs need the libraries of their own Debian release.
wrap() {
  printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' \
    "$root"/lib64/ld-linux-* "$(echo "$root"/usr/lib/*-linux-gnu)" "$1" >"$2"
  chmod +x "$2"
}

prepare() {
  mkdir -p "$folder/bin" "$folder/sbin" "$folder/config/cli-plugins"
  wrap "$root/usr/bin/docker" "$folder/bin/docker"
  wrap "$root/usr/sbin/nft" "$folder/sbin/nft"
  for plugin in buildx compose; do
    wrap "$root/usr/libexec/docker/cli-plugins/docker-$plugin" "$folder/config/cli-plugins/docker-$plugin"
  done
  for name in iptables ip6tables; do ln -sf "/usr/sbin/$name-nft" "$folder/sbin/$name"; done
  cat >"$folder/environment" <<END
export PATH="$folder/bin:\$PATH" DOCKER_HOST="unix://$folder/socket" DOCKER_CONFIG="$folder/config"
END
}

nft() { "$folder/sbin/nft" "$@"; }
links() { ip -oneline link show | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort; }
forwarding() {
  for name in net/ipv4/ip_forward net/ipv6/conf/all/forwarding net/ipv6/conf/default/forwarding; do
    test ! -e "/proc/sys/$name" || echo "$name $(cat "/proc/sys/$name")"
  done
}

# Saves the state of the network before the engine starts.
remember() {
  test ! -e "$folder/before" || return 0
  rm -rf "$folder/before.new"
  mkdir "$folder/before.new"
  nft list tables >"$folder/before.new/tables"
  for program in iptables ip6tables; do
    inside "$program-nft" --list-rules 2>/dev/null | sed -n "s/^-P FORWARD/$program filter &/p"
  done >"$folder/before.new/policies"
  links >"$folder/before.new/links"
  forwarding >"$folder/before.new/forwarding"
  mv "$folder/before.new" "$folder/before"
}

# Runs in its own mount namespace, in which /usr is the unpacked one.
inside() {
  ROOT_USR="$root/usr" PATH_OF_ENGINE="$folder/sbin:/usr/sbin:/usr/bin" unshare --mount --propagation private sh -c \
    'mount --bind "$ROOT_USR" /usr && export PATH="$PATH_OF_ENGINE" && exec "$@"' inside "$@"
}

# Removes the engine's rules and chains from one table of iptables or ip6tables. Rules of other programs stay, also new ones.
take_rules_out() {
  inside "$1-nft" --table "$2" --list-rules 2>/dev/null >"$folder/listed" || return 0
  {
    echo "*$2"
    grep '^-A' "$folder/listed" | grep -E 'DOCKER|docker0|br-[0-9a-f]{12}' | sed 's/^-A/-D/'
    sed -n 's/^-N \(DOCKER.*\)/-X \1/p' "$folder/listed"
    # The engine sets this policy to DROP.
    if grep -qx -- '-P FORWARD DROP' "$folder/listed" && ! grep -qxF "$1 $2 -P FORWARD DROP" "$folder/before/policies"; then
      echo '-P FORWARD ACCEPT'
    fi
    echo COMMIT
  } >"$folder/restore"
  inside "$1-nft-restore" --noflush "$folder/restore"
}

# Restores the network.
take_back() {
  test -e "$folder/before" || return 0
  links | grep -xE 'docker0|br-[0-9a-f]{12}' | while read -r link; do
    grep -qxF "$link" "$folder/before/links" || ip link delete "$link"
  done
  for program in iptables ip6tables; do
    for table in filter nat raw mangle; do take_rules_out "$program" "$table"; done
  done
  nft list tables | while read -r table; do
    grep -qxF "$table" "$folder/before/tables" || { echo "$table" | grep -qE ' ip6? (filter|nat|raw|mangle)$' && nft delete $table; }
  done
  while read -r name value; do echo "$value" >"/proc/sys/$name"; done <"$folder/before/forwarding"
  if nft list ruleset 2>/dev/null | grep -E 'DOCKER|docker0' >&2; then fail 'these rules of the engine are still there'; fi
  rm -r "$folder/before"
}

start() {
  demand
  unpack
  prepare
  remember
  # Not in a function: the process that is killed at the end must be the engine itself.
  export ROOT_USR="$root/usr" PATH_OF_ENGINE="$folder/sbin:/usr/sbin:/usr/bin"
  setsid unshare --mount --propagation private sh -c \
    'mount --bind "$ROOT_USR" /usr && export PATH="$PATH_OF_ENGINE" && exec dockerd "$@"' engine \
    --host "unix://$folder/socket" --pidfile "$folder/pid" --data-root "$folder/data" --exec-root "$folder/exec" \
    >"$folder/log" 2>&1 &
  . "$folder/environment"
  tries=0
  until docker version >"$folder/version" 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" = 60 ]; then
      cat "$folder/version" >&2
      tail "$folder/log" >&2
      exit 1
    fi
    sleep 1
  done
  echo ". $folder/environment"
}

stop() {
  if [ -e "$folder/pid" ]; then
    kill "$(cat "$folder/pid")" 2>/dev/null || rm -f "$folder/pid"
    while [ -e "$folder/pid" ]; do sleep 1; done
  fi
  take_back
}

case $command in
start) start ;;
stop) stop ;;
*)
  echo 'start or stop' >&2
  exit 2
  ;;
esac
