#!/bin/sh
# Builds the image, starts the compose file, and checks the containers:
#
#   - nothing that is only for tests ships, and the image's user is not root
#   - the migration ends, then the processor becomes healthy, and says on /readyz that PostgreSQL and SQS are fine
#   - it works off a backlog of EVENTS events (300,000) in arrays of 100
#   - it runs as a user other than root, on a read-only root file system, without any capability
#   - "docker stop" during this work drains: exit code 0, balanced books, and as many rows as it says it stored
#   - started again, it stores the rest: in the end there is a row for every event that was sent
#
# It prints the image's size, the rate, and how long the start takes, and leaves nothing running. It uses the public images, or
# stand-ins on a machine that cannot reach a registry:
#
#   deployments/containers/check.sh
#   deployments/containers/stand-ins.sh && . deployments/containers/stand-ins.env && deployments/containers/check.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
events=${EVENTS:-300000}
# Its own project and ports, so that it does not disturb other containers.
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

# Arguments: what is awaited, seconds, command. Retries the command until it succeeds.
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
  compose exec -T postgres psql --username=postgres --dbname=events --tuples-only --no-align \
    --command="select count(*) from $1"
}
last_log() { docker logs "$processor" 2>/dev/null | grep '"msg":"stopped"' | tail -1; }

compose build --quiet processor
ok "image: $(docker image inspect event-processor --format '{{.Size}}' | awk '{printf "%.0f MB", $1 / 1e6}'), of which ours: \
$(docker image history event-processor --human=false --format '{{.Size}} {{.CreatedBy}}' |
  awk '/COPY|WORKDIR|ENV NODE_ENV/ && !/\/usr\/local/ {sum += $1} END {printf "%.0f MB", sum / 1e6}')"

inside_image() { docker run --rm --network none --entrypoint sh event-processor -c "$1"; }
unshipped=$(inside_image 'find internal cmd -name "*.test.ts" -o -name proof -o -name embedded')
[ -z "$unshipped" ] || fail "nothing ships that is for tests alone: $unshipped"
[ "$(docker image inspect event-processor --format '{{.Config.User}}')" = 1000:1000 ] || fail "the image's user is not root, by number"
ok 'nothing ships that is for tests alone; the user is 1000'

compose up --detach --wait --wait-timeout 180 localstack postgres >/dev/null 2>&1 || fail 'LocalStack and PostgreSQL come up'
# The backlog is sent first: LocalStack accepts far fewer sends per second than the processor stores events.
compose run --rm --no-deps -e QUEUE_CREATE=true producers cmd/producers/main.ts --count "$events" --batch 100 --compress zstd \
  >"$work/producers" 2>&1 || { cat "$work/producers" >&2; fail 'the producers send the backlog'; }
sent=$(sed -n 's/.*good \([0-9]*\).*/\1/p' "$work/producers" | tail -n 1)
ok "backlog: $sent events in arrays of 100"

compose up --detach processor >"$work/up" 2>&1 || { cat "$work/up" >&2; fail 'the processor is started after the migration'; }
docker logs "$(compose ps --all --quiet migrate)" | grep -q '^applied ' || fail 'the service migrate applies the migrations'
processor=$(compose ps --quiet processor)
port=$(compose port processor 8080)
await 'the processor becomes ready' 60 curl --fail --silent "http://$port/readyz"
ready_ms=$(($(now_ms) - $(date -d "$(docker inspect --format '{{.State.StartedAt}}' "$processor")" +%s%3N)))
if docker logs "$processor" 2>/dev/null | grep -q '"msg":"migrated"'; then fail 'the processor leaves migrations to the service migrate'; fi
ok "migrated first, then started: ready $ready_ms ms after its start: $(tr '\n' ' ' <"$work/answer")"

# Stored events by the processor's own count; a query would slow PostgreSQL down.
stored_by_now() { curl --silent "http://$port/metrics" | sed -n 's/^event_processor_events_stored_total //p'; }
stored_more_than() { [ "$(stored_by_now)" -gt "$1" ]; }
await 'it stores' 60 stored_more_than $((events / 20))
first=$(stored_by_now) first_ms=$(now_ms)
await 'it stores on' 120 stored_more_than $((events / 2))
rate=$((($(stored_by_now) - first) * 1000 / ($(now_ms) - first_ms)))

stopped=$(now_ms)
docker stop --time 35 "$processor" >/dev/null
stop_ms=$(($(now_ms) - stopped))
code=$(docker inspect --format '{{.State.ExitCode}}' "$processor")
[ "$code" = 0 ] || fail "docker stop ends with exit code 0, not $code"
last_log | grep -q '"balanced":true' || fail "the books balance: $(last_log)"
stored=$(last_log | sed 's/.*"stored":\([0-9]*\).*/\1/')
[ "$stored" = "$(rows message)" ] || fail "it says that it stored $stored, and there are $(rows message)"
[ "$stored" -lt "$sent" ] || fail 'docker stop came when all was stored already: set EVENTS higher'
ok "docker stop at $rate events/s: drained in $stop_ms ms, exit code 0, $stored of $sent stored and as many in PostgreSQL"
last_log

started=$(now_ms)
docker start "$processor" >/dev/null
port=$(compose port processor 8080)
await 'the processor becomes ready again' 60 curl --fail --silent "http://$port/readyz"
ready_ms=$(($(now_ms) - started))
await 'the processor becomes healthy' 60 healthy "$processor"
all_rows() { [ "$(rows message)" = "$sent" ]; }
await 'the rest is stored' 120 all_rows
[ "$(rows message_key)" = "$sent" ] && [ "$(rows rejection)" = 0 ] || fail 'one identity for each event, and no rejection'
ok "started again: ready after $ready_ms ms, healthy, and in the end all $sent are there, each once"

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
inside node cmd/admin/main.ts rejections count >"$work/admin" || fail 'admin runs in the container'
ok 'admin runs in it'
