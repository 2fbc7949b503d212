FROM stand-in/debian
# pg_isready and psql; the server is the one from npm.
RUN apt-get update -q && apt-get install -qy --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 999 --home-dir /var/lib/postgresql --create-home postgres
COPY native /usr/local/postgresql
ENV PATH=/usr/local/postgresql/bin:$PATH PGDATA=/var/lib/postgresql/18/docker
COPY --chmod=755 <<'END' /usr/local/bin/entrypoint
#!/bin/sh
# The parts of the public image's contract that our compose file and people use: POSTGRES_PASSWORD, POSTGRES_DB, data below
# /var/lib/postgresql, SIGINT as the stop signal, and psql in the container without host and password.
set -eu
sockets=/var/run/postgresql # where Debian's psql looks for sockets
mkdir -p "$sockets"
chown postgres /var/lib/postgresql "$sockets"
as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA" && chown -R postgres /var/lib/postgresql
  echo "$POSTGRES_PASSWORD" >/tmp/password && chown postgres /tmp/password
  as initdb --encoding=UTF8 --locale=C.UTF-8 --username=postgres --pwfile=/tmp/password --auth-local=trust \
    --auth-host=scram-sha-256 --pgdata="$PGDATA" >/dev/null
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  test -z "${POSTGRES_DB:-}" || echo "create database \"$POSTGRES_DB\"" | as postgres --single -D "$PGDATA" postgres >/dev/null
fi
exec setpriv --reuid=postgres --regid=postgres --clear-groups postgres -c listen_addresses='*' -c unix_socket_directories="$sockets"
END
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["/usr/local/bin/entrypoint"]
