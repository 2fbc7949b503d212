-- The registry, the messages, their idempotency ledger, and the rejections.

create table tenant (
  id text primary key check (id <> '' and length(id) <= 128),
  registered_at timestamptz not null default now()
);
comment on table tenant is 'Who owns producers, clients and event types. Every other row belongs to one tenant.';
comment on column tenant.id is 'The name events carry as tenantid (CloudEvents) or tenant_id (plain).';
comment on column tenant.registered_at is 'When the tenant was registered.';

create table client (
  tenant_id text not null references tenant (id),
  id text not null check (id <> '' and length(id) <= 128),
  registered_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
comment on table client is 'The addressees of messages, each inside one tenant.';
comment on column client.tenant_id is 'The tenant the client belongs to.';
comment on column client.id is 'The name events carry as clientid (CloudEvents) or client_id (plain).';
comment on column client.registered_at is 'When the client was registered.';

-- A version never comes back, not even when an event type is removed and registered anew,
-- so a processor that validated against an older schema always notices.
create sequence schema_version;
comment on sequence schema_version is 'Versions of the JSON Schemas in event_type.';

create table event_type (
  tenant_id text not null references tenant (id),
  name text not null check (name <> '' and length(name) <= 255),
  schema jsonb,
  schema_version bigint not null default 0,
  registered_at timestamptz not null default now(),
  primary key (tenant_id, name)
);
comment on table event_type is 'The kinds of event a tenant may send. An event of an unregistered type is rejected.';
comment on column event_type.tenant_id is 'The tenant the event type belongs to.';
comment on column event_type.name is 'The name events carry as type (CloudEvents) or event_type (plain).';
comment on column event_type.schema is 'JSON Schema that payloads must meet; null accepts any payload.';
comment on column event_type.schema_version is '0 without a schema; else a number that changes with every change of the schema. Kept by a trigger.';
comment on column event_type.registered_at is 'When the event type was registered.';

create function set_schema_version() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or new.schema is distinct from old.schema then
    new.schema_version := case when new.schema is null then 0 else nextval('schema_version') end;
  end if;
  return new;
end $$;
comment on function set_schema_version is 'Gives event_type.schema a new version whenever it changes, also when changed by hand.';

create trigger set_schema_version before insert or update on event_type
  for each row execute function set_schema_version();

create table message (
  id uuid primary key,
  tenant_id text not null,
  client_id text not null,
  event_type text not null,
  source text not null,
  event_id text not null,
  payload jsonb not null,
  payload_encoding text check (payload_encoding = 'base64'),
  content_type text,
  occurred_at timestamptz,
  received_at timestamptz not null,
  traceparent text,
  attributes jsonb,
  foreign key (tenant_id, client_id) references client (tenant_id, id),
  foreign key (tenant_id, event_type) references event_type (tenant_id, name)
) partition by range (id);
comment on table message is 'Events that were accepted, each exactly once. Partitioned by day of the UUIDv7 primary key.';
comment on column message.id is 'UUIDv7 minted by the processor; its first 48 bits are milliseconds since 1970.';
comment on column message.tenant_id is 'The tenant the message belongs to.';
comment on column message.client_id is 'The client of the tenant that the message is for.';
comment on column message.event_type is 'The registered kind of the event.';
comment on column message.source is 'The application that produced the event, inside the tenant.';
comment on column message.event_id is 'The producer''s id of the event; unique together with tenant and source.';
comment on column message.payload is 'The event''s data, values unchanged.';
comment on column message.payload_encoding is 'base64 when the event carried data_base64, whose text payload then holds; else null.';
comment on column message.content_type is 'The event''s datacontenttype; null means JSON.';
comment on column message.occurred_at is 'When the event happened, as its producer says.';
comment on column message.received_at is 'When the processor received the event from SQS.';
comment on column message.traceparent is 'W3C trace context of the event.';
comment on column message.attributes is 'CloudEvents context attributes without a column of their own: subject, dataschema, extensions.';

create table message_key (
  tenant_id text not null,
  key uuid not null,
  message_id uuid not null,
  fingerprint uuid not null,
  primary key (tenant_id, key)
);
comment on table message_key is 'The idempotency ledger: one row for every identity ever stored. It outlives the retention of messages.';
comment on column message_key.tenant_id is 'The tenant of the message.';
comment on column message_key.key is '128-bit digest of source and event id.';
comment on column message_key.message_id is 'The message stored under this identity.';
comment on column message_key.fingerprint is '128-bit digest of type, client and payload: tells a duplicate from an id_conflict.';

create table rejection (
  id bigint generated always as identity primary key,
  queue text not null,
  sqs_message_id text not null,
  event_index integer,
  reason text not null check (reason in (
    'invalid_encoding', 'malformed_json', 'invalid_envelope', 'unknown_tenant', 'unknown_client',
    'unknown_event_type', 'schema_violation', 'id_conflict', 'unstorable')),
  detail text not null,
  tenant_id text,
  client_id text,
  event_type text,
  source text,
  event_id text,
  body bytea not null,
  attributes jsonb not null,
  receive_count integer not null,
  received_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'replayed', 'discarded')),
  settled_at timestamptz,
  message_id uuid,
  unique nulls not distinct (queue, sqs_message_id, event_index)
);
comment on table rejection is 'Events and SQS bodies that were not accepted, with the reason. One row each, however often redelivered.';
comment on column rejection.id is 'Number to name the rejection by.';
comment on column rejection.queue is 'Name of the queue it came from.';
comment on column rejection.sqs_message_id is 'MessageId that SQS gave.';
comment on column rejection.event_index is 'Position in the array of events; null when the body was not an array.';
comment on column rejection.reason is 'Why it was not accepted, one word; docs/pipeline.md explains each.';
comment on column rejection.detail is 'Which field was wrong and what was expected, for the sender of the event.';
comment on column rejection.tenant_id is 'The tenant as the event named it, where it could be read. Not a reference.';
comment on column rejection.client_id is 'The client as the event named it, where it could be read.';
comment on column rejection.event_type is 'The event type as the event named it, where it could be read.';
comment on column rejection.source is 'The source as the event named it, where it could be read.';
comment on column rejection.event_id is 'The event''s id, where it could be read.';
comment on column rejection.body is 'The SQS body as it was sent, compressed or not, or the text of the one event of an array, in UTF-8. Bytes, because text and jsonb refuse some bad input.';
comment on column rejection.attributes is 'SQS message attributes and system attributes.';
comment on column rejection.receive_count is 'ApproximateReceiveCount when last received.';
comment on column rejection.received_at is 'When it was last received.';
comment on column rejection.state is 'open; replayed: stored after all, or, of an array, each event stored or rejected by itself; discarded: an operator decided that it is not needed.';
comment on column rejection.settled_at is 'When the state left open.';
comment on column rejection.message_id is 'The message that a replay stored or found; null where it found an array of events.';

create index rejection_open on rejection (reason, tenant_id, id) where state = 'open';
create index rejection_awaiting_registry on rejection (tenant_id, client_id, event_type)
  where state = 'open' and reason in ('unknown_tenant', 'unknown_client', 'unknown_event_type');

create view rejection_readable as
  select id, reason, detail, state, tenant_id, client_id, event_type, source, event_id,
         queue, sqs_message_id, event_index, receive_count, received_at, settled_at, message_id, attributes,
         case when position('\x00'::bytea in body) = 0 then convert_from(body, 'UTF8')
              else encode(body, 'escape') end as body
    from rejection;
comment on view rejection_readable is 'Rejections with their body as text; a body that holds NUL bytes is shown with escapes.';

create view rejection_count as
  select state, reason, tenant_id, count(*) as rejections, min(received_at) as oldest, max(received_at) as newest
    from rejection group by state, reason, tenant_id;
comment on view rejection_count is 'How many rejections there are, by state, reason and tenant.';

create view message_count as
  select tenant_id, client_id, event_type, count(*) as messages,
         min(received_at) as first_received_at, max(received_at) as last_received_at
    from message group by tenant_id, client_id, event_type;
comment on view message_count is 'How many messages there are, by tenant, client and event type.';

insert into tenant (id) values ('default');
insert into client (tenant_id, id) values ('default', 'client-1'), ('default', 'client-2'), ('default', 'client-3');
insert into event_type (tenant_id, name) values
  ('default', 'monitor-app'), ('default', 'transaction-app'), ('default', 'user-app');
