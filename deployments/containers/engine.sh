#!/bin/sh
# A Docker engine where there is none: Debian's own (docker.io, docker-cli, docker-buildx, docker-compose), unpacked
# into a folder and started from there. Nothing is installed into the machine, and no other program finds the engine:
# it has a socket of its own. What stays after it has stopped are the folder and, until the next boot, its iptables rules.
#
#   deployments/containers/engine.sh start FOLDER     then: . FOLDER/environment
#   deployments/containers/engine.sh stop FOLDER
#
# Needs root, debootstrap and a Debian mirror (DEBIAN_MIRROR). Takes about a minute and 1 GB.
set -eu
command=${1:?start or stop}
mkdir -p "${2:?a folder}"
folder=$(cd "$2" && pwd)
root=$folder/root
packages='docker.io docker-cli docker-buildx docker-compose containerd runc iptables'

unpack() {
  test -e "$folder/unpacked" && return
  debootstrap --variant=minbase --foreign --include="$(echo "$packages" | tr ' ' ,)" trixie "$root" \
    ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$folder/debootstrap.log"
  for file in "$root"/var/cache/apt/archives/*.deb; do dpkg-deb -x "$file" "$root"; done
  touch "$folder/unpacked"
}

# The programs are linked with libraries of their own release.
wrap() {
  printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' \
    "$root"/lib64/ld-linux-* "$(echo "$root"/usr/lib/*-linux-gnu)" "$1" >"$2"
  chmod +x "$2"
}

prepare() {
  mkdir -p "$folder/bin" "$folder/sbin" "$folder/config/cli-plugins"
  wrap "$root/usr/bin/docker" "$folder/bin/docker"
  for plugin in buildx compose; do
    wrap "$root/usr/libexec/docker/cli-plugins/docker-$plugin" "$folder/config/cli-plugins/docker-$plugin"
  done
  for name in iptables ip6tables; do ln -sf "/usr/sbin/$name-nft" "$folder/sbin/$name"; done
  cat >"$folder/environment" <<END
export PATH="$folder/bin:\$PATH" DOCKER_HOST="unix://$folder/socket" DOCKER_CONFIG="$folder/config"
END
}

start() {
  unpack
  prepare
  # In a view of the machine of its own, in which /usr is the unpacked one.
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

case $command in
start) start ;;
stop)
  kill "$(cat "$folder/pid")"
  while [ -e "$folder/pid" ]; do sleep 1; done
  ;;
*)
  echo 'start or stop' >&2
  exit 2
  ;;
esac
