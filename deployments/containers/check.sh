#!/bin/sh
# Builds the image, brings the compose file up, and looks whether the containers do what they should:
#
#   - the processor becomes healthy, and says on /readyz that PostgreSQL and SQS are fine
#   - the producers load it, and rows arrive in PostgreSQL
#   - it runs as a user that is not root, on a read-only root file system, without any capability
#   - "docker stop" drains: exit code 0, balanced books, and as many rows as it says it stored
#
# and tells the image's size and how long the start takes. Leaves nothing running. With the public images, or with
# stand-ins where no registry is reached:
#
#   deployments/containers/check.sh
#   deployments/containers/stand-ins.sh && . deployments/containers/stand-ins.env && deployments/containers/check.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
# A project and ports of its own: what else runs here is left alone.
cat >"$work/ports.yaml" <<'END'
services:
  localstack: { ports: !reset [] }
  postgres: { ports: !reset [] }
  test-postgres: { ports: !reset [] }
  processor: { ports: !override ["127.0.0.1::8080"] }
END
compose() { docker compose --project-name event-processor-check -f "$here/../docker-compose.yaml" -f "$work/ports.yaml" "$@"; }
trap 'compose down --volumes --timeout 5 >/dev/null 2>&1; rm -rf "$work"' EXIT

fail() {
  echo "FAIL  $1" >&2
  compose logs --no-log-prefix --tail 20 processor >&2
  exit 1
}
ok() { echo "ok    $1"; }
now_ms() { date +%s%3N; }

# what, seconds, command: tried until it succeeds
await() {
  what=$1 deadline=$(($(date +%s) + $2))
  shift 2
  until "$@" >"$work/answer" 2>&1; do
    if [ "$(date +%s)" -gt "$deadline" ]; then
      cat "$work/answer" >&2
      fail "$what"
    fi
    sleep 0.2
  done
}

healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' "$1")" = healthy ]; }
rows() {
  compose exec -T -e PGPASSWORD=postgres postgres psql --host=127.0.0.1 --username=postgres --dbname=events \
    --tuples-only --no-align --command="select count(*) from $1"
}
more_rows_than() { [ "$(rows message)" -gt "$1" ]; }
last_log() { docker logs "$processor" 2>/dev/null | grep '"msg":"stopped"' | tail -1; }

compose build --quiet processor
ok "image: $(docker image inspect event-processor --format '{{.Size}}' | awk '{printf "%.0f MB", $1 / 1e6}'), of which ours: \
$(docker image history event-processor --human=false --format '{{.Size}} {{.CreatedBy}}' |
  awk '/COPY|WORKDIR|ENV NODE_ENV/ && !/\/usr\/local/ {sum += $1} END {printf "%.0f MB", sum / 1e6}')"

compose up --detach --wait --wait-timeout 180 localstack postgres >/dev/null 2>&1 || fail 'LocalStack and PostgreSQL come up'
started=$(now_ms)
compose up --detach --no-deps processor >/dev/null 2>&1
processor=$(compose ps --quiet processor)
port=$(compose port processor 8080)
await 'the processor becomes ready' 60 curl --fail --silent "http://$port/readyz"
ok "processor: ready $(($(now_ms) - started)) ms after its creation was asked for: $(tr '\n' ' ' <"$work/answer")"
await 'the processor becomes healthy' 60 healthy "$processor"
ok 'processor: healthy'

compose up --detach --no-deps producers >/dev/null 2>&1
await 'rows arrive' 60 more_rows_than 1000
ok "producers load it: $(rows message) messages, $(rows rejection) rejections so far"

inside() { docker exec "$processor" "$@"; }
[ "$(inside id -u)" != 0 ] || fail 'the user is not root'
ok "runs as $(inside id -un), $(inside id -u)"
if inside touch /app/file 2>/dev/null || inside touch /tmp/file 2>/dev/null; then fail 'the root file system is read-only'; fi
ok 'the root file system is read-only'
for set in CapEff CapPrm CapBnd; do
  [ "$(inside grep "^$set:" /proc/1/status | tr -d '[:space:]')" = "$set:0000000000000000" ] || fail "$set is empty"
done
[ "$(inside grep '^NoNewPrivs:' /proc/1/status | tr -d '[:space:]')" = NoNewPrivs:1 ] || fail 'no new privileges'
ok 'no capability, and none to be got'

stopped=$(now_ms)
docker stop --time 35 "$processor" >/dev/null
code=$(docker inspect --format '{{.State.ExitCode}}' "$processor")
[ "$code" = 0 ] || fail "docker stop ends with exit code 0, not $code"
last_log | grep -q '"balanced":true' || fail "the books balance: $(last_log)"
stored=$(last_log | sed 's/.*"stored":\([0-9]*\).*/\1/')
[ "$stored" = "$(rows message)" ] || fail "it says that it stored $stored, and there are $(rows message)"
ok "docker stop under load: drained in $(($(now_ms) - stopped)) ms, exit code 0, $stored stored and as many in PostgreSQL"
last_log

started=$(now_ms)
docker start "$processor" >/dev/null
port=$(compose port processor 8080)
await 'the processor becomes ready again' 60 curl --fail --silent "http://$port/readyz"
ready_ms=$(($(now_ms) - started))
await 'rows go on arriving' 60 more_rows_than "$stored"
ok "started again, with the schema and the queue there: ready after $ready_ms ms, and it goes on"
