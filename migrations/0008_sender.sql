-- Works with programs from 0001_core.sql on.

-- What the sender works with. Only lanes are on the way of the processor, and only for clients that have an endpoint.
-- docs/delivery.md explains how the parts work together.

-- Endpoints ---------------------------------------------------------------------------------------------------------

alter table client add column has_endpoint boolean not null default false;
comment on column client.has_endpoint is
  'Whether the storing statement writes lanes for the client. Set before its first endpoint begins, and kept until the last one is removed.';
create index client_has_endpoint on client (tenant_id, id) where has_endpoint;

create table endpoint (
  number bigint generated always as identity primary key,
  tenant_id text not null,
  client_id text not null,
  id text not null check (id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
  url text not null check (length(url) <= 2048),
  event_types text[] check (cardinality(event_types) between 1 and 100),
  format text not null default 'structured' check (format in ('structured', 'binary', 'payload')),
  header_names text[] not null default '{}',
  sealed_headers bytea,
  rate_per_second integer check (rate_per_second between 1 and 100000),
  concurrency integer not null default 16 check (concurrency between 1 and 128),
  ordered boolean not null default false,
  timeout_seconds integer not null default 15 check (timeout_seconds between 1 and 30),
  retry_seconds integer[] not null default '{5,30,120,600,1800,7200,18000,36000,50400,72000,86400}'
    check (cardinality(retry_seconds) <= 50 and 1 <= all (retry_seconds) and 604800 >= all (retry_seconds)),
  state text not null default 'active' check (state in ('active', 'paused', 'disabled')),
  state_reason text,
  state_changed_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  revision bigint not null default 0,
  unique (tenant_id, id),
  foreign key (tenant_id, client_id) references client (tenant_id, id)
);
create index endpoint_of_client on endpoint (tenant_id, client_id);
create index endpoint_of_shard on endpoint ((number % 64));
comment on table endpoint is 'URLs of clients to which the sender delivers their messages.';
comment on column endpoint.number is 'Names the endpoint in other tables. The sender process that holds shard number % 64 serves it.';
comment on column endpoint.tenant_id is 'The tenant the endpoint belongs to.';
comment on column endpoint.client_id is 'The client of the tenant whose messages it gets.';
comment on column endpoint.id is 'The name of the endpoint, unique in its tenant.';
comment on column endpoint.url is 'Where requests go.';
comment on column endpoint.event_types is 'Names of the event types that it wants; "prefix.*" takes all that begin with "prefix."; null takes every type.';
comment on column endpoint.format is 'structured: CloudEvents JSON; binary: CloudEvents headers and the data as body; payload: the payload alone.';
comment on column endpoint.header_names is 'Names of the headers that are sent with every request.';
comment on column endpoint.sealed_headers is 'JSON object of these headers with their values, encrypted; null without any.';
comment on column endpoint.rate_per_second is 'Requests per second at most; null for no limit.';
comment on column endpoint.concurrency is 'Requests in flight at most.';
comment on column endpoint.ordered is 'Whether messages are delivered one at a time in the order of their commits. A message that fails holds up those behind it.';
comment on column endpoint.timeout_seconds is 'Longest duration of a request, from the connection to the response headers.';
comment on column endpoint.retry_seconds is 'Seconds before the second, third … attempt. After the last one, the delivery is dead.';
comment on column endpoint.state is 'active; paused: by an operator; disabled: by the sender, for the reason in state_reason. Its position is kept in every state.';
comment on column endpoint.state_reason is 'Why it is paused or disabled.';
comment on column endpoint.state_changed_at is 'Since when it has this state.';
comment on column endpoint.created_at is 'When it was added.';
comment on column endpoint.revision is 'Changes with every change of the endpoint, its secrets or its replays. Kept by triggers.';

create table endpoint_secret (
  endpoint bigint not null references endpoint (number) on delete cascade,
  id integer not null,
  kind text not null check (kind in ('hmac', 'ed25519')),
  sealed bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  primary key (endpoint, id)
);
comment on table endpoint_secret is 'Secrets that requests are signed with; each request carries a signature for every secret that has not expired.';
comment on column endpoint_secret.endpoint is 'The endpoint the secret belongs to.';
comment on column endpoint_secret.id is 'Counts the secrets of the endpoint.';
comment on column endpoint_secret.kind is 'hmac: signature v1 of Standard Webhooks; ed25519: v1a.';
comment on column endpoint_secret.sealed is 'The secret, encrypted with a key of SENDER_KEYS: length and name of the key, nonce, ciphertext, tag.';
comment on column endpoint_secret.created_at is 'When it was made.';
comment on column endpoint_secret.expires_at is 'When it is used no more; null for the current one.';

-- Programs look for changes in one row. Its lock is held until the change commits, so revisions become visible in order.
create table endpoint_revision (revision bigint not null);
insert into endpoint_revision values (0);
create unique index endpoint_revision_one_row on endpoint_revision ((true));
comment on table endpoint_revision is 'One row: the revision of the last change of an endpoint.';
comment on column endpoint_revision.revision is 'Grows with every change.';

create function next_endpoint_revision() returns bigint language plpgsql security definer as $$
declare
  counted bigint;
begin
  update endpoint_revision set revision = revision + 1 returning revision into counted;
  return counted;
end $$;
comment on function next_endpoint_revision is 'Counts a change of an endpoint.';

create function set_endpoint_revision() returns trigger language plpgsql as $$
begin
  new.revision := next_endpoint_revision();
  return new;
end $$;
comment on function set_endpoint_revision is 'Gives an endpoint a new revision, so that the sender reads it again.';
create trigger set_endpoint_revision before insert or update on endpoint
  for each row execute function set_endpoint_revision();

create function count_endpoint_removal() returns trigger language plpgsql as $$
begin
  perform next_endpoint_revision();
  return null;
end $$;
comment on function count_endpoint_removal is 'Tells the sender that an endpoint was removed.';
create trigger count_endpoint_removal after delete on endpoint
  for each statement execute function count_endpoint_removal();

create function touch_endpoint_of_secret() returns trigger language plpgsql security definer as $$
begin
  update endpoint set revision = 0 where number = case when tg_op = 'DELETE' then old.endpoint else new.endpoint end;
  return null;
end $$;
comment on function touch_endpoint_of_secret is 'Gives the endpoint of a changed secret a new revision.';
create trigger touch_endpoint_of_secret after insert or update or delete on endpoint_secret
  for each row execute function touch_endpoint_of_secret();

-- Lanes -------------------------------------------------------------------------------------------------------------

create table lane (
  tenant_id text not null,
  client_id text not null,
  xid xid8 not null default pg_current_xact_id(),
  first_id uuid not null,
  ids uuid[] not null,
  primary key (tenant_id, client_id, xid, first_id)
) partition by range (first_id);
create index lane_xid on lane (xid);
comment on table lane is 'Messages of clients that have an endpoint, one row for each stored batch and client. Partitioned by day of first_id, as message is.';
comment on column lane.tenant_id is 'The tenant of the messages.';
comment on column lane.client_id is 'The client of the messages.';
comment on column lane.xid is 'The transaction that stored them. The order of these is the order in which messages are delivered.';
comment on column lane.first_id is 'One of ids: it chooses the partition.';
comment on column lane.ids is 'The messages of the batch. Sorted, they are in the order in which they were decided.';

-- Who sends ---------------------------------------------------------------------------------------------------------

create table sender (
  id uuid primary key,
  name text not null,
  until timestamptz not null
);
comment on table sender is 'Sender processes that are alive.';
comment on column sender.id is 'Drawn at the start of the process.';
comment on column sender.name is 'Host and process id.';
comment on column sender.until is 'When it counts as dead unless it is heard of again.';

create table shard (
  id smallint primary key check (id between 0 and 63),
  owner uuid,
  epoch bigint not null default 0,
  until timestamptz not null default '-infinity'
);
insert into shard (id) select generate_series(0, 63);
comment on table shard is 'Which sender process serves which endpoints. Only the owner sends to them and changes their rows.';
comment on column shard.id is 'The endpoints with number % 64 = id.';
comment on column shard.owner is 'The process that holds the shard.';
comment on column shard.epoch is 'Grows with every change of the owner. What an earlier owner writes is refused.';
comment on column shard.until is 'When another process may take it over.';

create table sender_cluster (system_identifier bigint not null);
create unique index sender_cluster_one_row on sender_cluster ((true));
comment on table sender_cluster is
  'One row: the PostgreSQL cluster whose transaction ids the lanes and marks hold. After a restore into another cluster they mean nothing until "admin sender rebase".';
comment on column sender_cluster.system_identifier is 'As pg_control_system() returns it.';

-- What became of deliveries -----------------------------------------------------------------------------------------

create table endpoint_mark (
  endpoint bigint primary key references endpoint (number) on delete cascade,
  xid xid8 not null,
  facts_from uuid not null,
  last_success_at timestamptz,
  failing_since timestamptz,
  failures integer not null default 0,
  updated_at timestamptz not null default now()
) with (fillfactor = 70);
comment on table endpoint_mark is 'How far each endpoint is. Written now and then: attempts say what was settled since.';
comment on column endpoint_mark.endpoint is 'The endpoint.';
comment on column endpoint_mark.xid is 'All messages in lanes below this transaction are settled: delivered, in retry, dead or skipped.';
comment on column endpoint_mark.facts_from is 'Attempts of messages at or after xid have ids from this one on.';
comment on column endpoint_mark.last_success_at is 'When a request last succeeded.';
comment on column endpoint_mark.failing_since is 'When the first request failed since then; null when none has.';
comment on column endpoint_mark.failures is 'How many requests have failed since then.';
comment on column endpoint_mark.updated_at is 'When the row was written.';

create table attempt (
  id uuid not null,
  endpoint bigint not null,
  message_id uuid not null,
  unit bigint not null default 0,
  number integer not null,
  outcome text not null check (outcome in ('delivered', 'failed', 'throttled', 'dead', 'lost')),
  status integer,
  error text,
  response text,
  milliseconds integer not null,
  body_digest bytea,
  primary key (endpoint, id)
) partition by range (id);
create index attempt_message on attempt (message_id);
comment on table attempt is 'One row for each request that was made, written once. Partitioned by day of the UUIDv7 id.';
comment on column attempt.id is 'UUIDv7 of the time at which the request began.';
comment on column attempt.endpoint is 'Number of the endpoint; it may have been removed since.';
comment on column attempt.message_id is 'The message that was sent.';
comment on column attempt.unit is '0 for the delivery that follows from storing the message; else the replay.';
comment on column attempt.number is 'Counts the attempts of the delivery, from 1.';
comment on column attempt.outcome is
  'delivered; failed: another attempt follows; throttled: the endpoint asked for a pause, no attempt was used up; dead: no further attempt; lost: the message was gone before it could be sent.';
comment on column attempt.status is 'HTTP status; null when there was no response.';
comment on column attempt.error is 'Why it failed: a word such as timeout, dns, tls, blocked_address, and a sentence.';
comment on column attempt.response is 'The beginning of the response body, at most 1 kB, where it failed.';
comment on column attempt.milliseconds is 'Until the response headers or the failure.';
comment on column attempt.body_digest is 'First 16 bytes of the SHA-256 of the body that was signed and sent.';

create table replay (
  id bigint generated always as identity primary key,
  endpoint bigint not null references endpoint (number) on delete cascade,
  kind text not null check (kind in ('message', 'failed', 'missing', 'all', 'dead', 'from')),
  since timestamptz,
  until timestamptz,
  requested_at timestamptz not null default now(),
  messages bigint not null default 0,
  boundary xid8,
  position uuid,
  through uuid,
  finished_at timestamptz
);
create index replay_of_endpoint on replay (endpoint);
comment on table replay is 'Requests of an operator to deliver messages again. Each is a unit beside the automatic deliveries, except those of kind "from".';
comment on column replay.id is 'The unit of its retries and attempts.';
comment on column replay.endpoint is 'The endpoint that gets them.';
comment on column replay.kind is
  'Which messages it chose: one message; those that failed; those never delivered; all; those that were dead; from: those stored before the endpoint was added, as automatic deliveries (unit 0).';
comment on column replay.since is 'It chose messages stored at that time or later.';
comment on column replay.until is 'It chose messages stored before that time.';
comment on column replay.requested_at is 'When it was asked for.';
comment on column replay.messages is 'How many messages it has chosen.';
comment on column replay.boundary is 'Of kind from: messages in lanes at or after this transaction are delivered from there.';
comment on column replay.position is 'The last message that was looked at.';
comment on column replay.through is 'The last message to be looked at.';
comment on column replay.finished_at is 'When all were looked at; null while it runs, or when it was interrupted.';

create table retry (
  endpoint bigint not null references endpoint (number) on delete cascade,
  unit bigint not null default 0,
  message_id uuid not null,
  due_at timestamptz not null,
  attempts integer not null default 0,
  first_failed_at timestamptz,
  last_status integer,
  last_error text,
  primary key (endpoint, unit, message_id)
);
create index retry_due on retry (endpoint, due_at);
comment on table retry is 'Deliveries that are due later: they failed, are delayed by deliver_after, or were asked for by a replay. Deleted when they are settled.';
comment on column retry.endpoint is 'The endpoint.';
comment on column retry.unit is '0 for the automatic delivery; else the replay.';
comment on column retry.message_id is 'The message.';
comment on column retry.due_at is 'When it is due.';
comment on column retry.attempts is 'Attempts made and used up so far.';
comment on column retry.first_failed_at is 'When the first of them failed.';
comment on column retry.last_status is 'HTTP status of the last attempt; null when there was no response.';
comment on column retry.last_error is 'Why the last attempt failed.';

create table dead (
  endpoint bigint not null references endpoint (number) on delete cascade,
  unit bigint not null default 0,
  message_id uuid not null,
  died_at timestamptz not null,
  attempts integer not null,
  reason text not null check (reason in ('attempts', 'deadline', 'refused', 'lost')),
  last_status integer,
  last_error text,
  primary key (endpoint, unit, message_id)
);
create index dead_died on dead (endpoint, died_at);
comment on table dead is 'Deliveries that were given up. "admin dead" lists, replays and discards them.';
comment on column dead.endpoint is 'The endpoint.';
comment on column dead.unit is '0 for the automatic delivery; else the replay.';
comment on column dead.message_id is 'The message.';
comment on column dead.died_at is 'When it was given up.';
comment on column dead.attempts is 'How many attempts were made.';
comment on column dead.reason is
  'attempts: all were used up; deadline: the message was too old; refused: the receiver can never take it (413, 414, 415, 431); lost: the message was gone.';
comment on column dead.last_status is 'HTTP status of the last attempt; null when there was no response.';
comment on column dead.last_error is 'Why the last attempt failed.';

create table delivery_loss (
  id bigint generated always as identity primary key,
  endpoint bigint not null references endpoint (number) on delete cascade,
  partition text not null,
  messages bigint not null,
  recorded_at timestamptz not null default now()
);
comment on table delivery_loss is 'Messages that retention dropped before an endpoint got them.';
comment on column delivery_loss.endpoint is 'The endpoint that did not get them.';
comment on column delivery_loss.partition is 'The partition of message that was dropped.';
comment on column delivery_loss.messages is 'How many of its messages the endpoint did not get.';
comment on column delivery_loss.recorded_at is 'When it was dropped.';

-- Delayed messages --------------------------------------------------------------------------------------------------

alter table message add column deliver_after timestamptz;
comment on column message.deliver_after is 'The sender delivers the message from this time on; null for at once.';

alter table mapping add column deliver_after text check (deliver_after <> ''),
  drop constraint mapping_event_stands_as_it_is,
  add constraint mapping_event_stands_as_it_is check
    (event is null or coalesce(each, type, client, tenant, source, time, deliver_after, payload) is null);
comment on column mapping.deliver_after is 'When the sender may deliver it; null for at once.';

-- For people and for "admin" ----------------------------------------------------------------------------------------

create view endpoint_status as
  select e.tenant_id, e.id, e.client_id, e.url, e.state, e.state_reason, e.state_changed_at, e.format, e.event_types,
         e.ordered, e.concurrency, e.rate_per_second, e.timeout_seconds, e.created_at,
         coalesce(w.messages, 0)::bigint as waiting, w.oldest as waiting_since,
         (select count(*) from retry r where r.endpoint = e.number) as retrying,
         (select min(r.due_at) from retry r where r.endpoint = e.number) as next_retry_at,
         (select count(*) from dead d where d.endpoint = e.number) as dead,
         (select coalesce(sum(l.messages), 0) from delivery_loss l where l.endpoint = e.number)::bigint as lost,
         m.last_success_at, m.failing_since, m.failures, e.number
    from endpoint e
    left join endpoint_mark m on m.endpoint = e.number
    left join lateral (
      select sum(cardinality(l.ids)) as messages,
             to_timestamp(('x' || lpad(left(replace(min(l.first_id::text), '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0) as oldest
        from lane l
       where l.tenant_id = e.tenant_id and l.client_id = e.client_id and l.xid >= m.xid
    ) w on true;
comment on view endpoint_status is
  'Endpoints with their backlog. Waiting counts the messages of its client past the mark, which may have been delivered in the last seconds or be of types that it does not want.';

create view delivery as
  select e.tenant_id, e.id as endpoint_id, e.client_id, a.message_id, a.unit, a.number as attempt, a.outcome, a.status,
         a.error, a.milliseconds, a.id as attempt_id,
         to_timestamp(('x' || lpad(left(replace(a.id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0) as attempted_at
    from attempt a join endpoint e on e.number = a.endpoint;
comment on view delivery is 'Attempts with the names of their endpoints.';

-- Functions find their tables whatever search path whoever fires them has.
do $$
declare
  name text;
begin
  foreach name in array array['next_endpoint_revision()', 'set_endpoint_revision()', 'count_endpoint_removal()',
                              'touch_endpoint_of_secret()'] loop
    execute format('alter function %s set search_path = %I, pg_temp', name, current_schema());
  end loop;
end $$;
