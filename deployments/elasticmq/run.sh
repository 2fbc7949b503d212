#!/bin/sh
# Runs ElasticMQ 1.7.1 without Docker on 127.0.0.1, port $1 (default 9324), until it gets a signal.
#
# The first run installs it from Maven Central into the cache folder ($XDG_CACHE_HOME or ~/.cache). It needs Maven, and Java 11
# or newer; as root on Debian or Ubuntu it installs missing ones with apt. With --install it only installs. It says
# what is missing, with exit code 1.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=${1:-9324}
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/event-processor
home=$cache/elasticmq-$(cksum <"$here/pom.xml" | cut -d ' ' -f 1)

fail() {
  echo "ElasticMQ 1.7.1 cannot be installed: $1" >&2
  exit 1
}

have() { command -v "$1" >/dev/null; }

apt_install() {
  if [ "$(id -u)" != 0 ] || ! have apt-get; then return 1; fi
  echo "installing $* with apt" >&2
  { timeout 120 apt-get -qq update && DEBIAN_FRONTEND=noninteractive timeout 400 apt-get -qqy install "$@"; } >&2
}

install() {
  have mvn || apt_install maven || fail 'Maven is missing (Debian: apt-get install maven)'
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/elasticmq.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "installing ElasticMQ 1.7.1 into $home" >&2
  mvn --quiet --batch-mode --file "$here/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$work/lib" >&2 || fail 'see what Maven says above'
  # If two run at once, the first one wins; the other's work is discarded.
  mv -T "$work/lib" "$home" 2>/dev/null || test -d "$home"
  rm -rf "$work"
  trap - EXIT
}

have java || apt_install default-jre-headless || fail 'Java is missing (Debian: apt-get install default-jre-headless)'
test -d "$home" || install
if [ "$port" = --install ]; then exit 0; fi

exec java -Xmx512m -Dnode-address.host=127.0.0.1 -Dnode-address.port="$port" \
  -Drest-sqs.bind-hostname=127.0.0.1 -Drest-sqs.bind-port="$port" -Drest-stats.enabled=false \
  -cp "$home/*" org.elasticmq.server.Main
