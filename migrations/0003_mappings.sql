-- Works with programs from 0001_core.sql on.

-- Mappings, by which what others send is taken; SQS attributes with every event; two more reasons for rejections.

alter table message add column sqs_attributes jsonb;
comment on column message.sqs_attributes is 'SQS message attributes that came with the event, but for those that other columns hold, with SQS''s own MessageGroupId and AWSTraceHeader; null without any.';
comment on column message.attributes is 'What the event says and no column holds: CloudEvents'' subject, dataschema and extensions, further members of a plain event, a time that is no instant.';
comment on column message.occurred_at is 'When the event happened, as its producer says; null where it says nothing that is an instant, which attributes then hold.';

alter table rejection add column system_attributes jsonb;
comment on column rejection.attributes is 'SQS message attributes. In rows without system_attributes, of an older release, those of SQS itself as well.';
comment on column rejection.system_attributes is 'What SQS itself says of the message: SentTimestamp, MessageGroupId, AWSTraceHeader and so on.';

create or replace view rejection_readable as
  select id, reason, detail, state, tenant_id, client_id, event_type, source, event_id,
         queue, sqs_message_id, event_index, receive_count, received_at, settled_at, message_id, attributes,
         case when position('\x00'::bytea in body) = 0 then convert_from(body, 'UTF8')
              else encode(body, 'escape') end as body,
         system_attributes
    from rejection;

comment on column message_key.fingerprint is '128-bit digest of type, client and the payload''s canonical JSON (version 2), or of its text as it came (version 1, of older releases): tells a duplicate from an id_conflict.';

create table mapping (
  name text primary key check (name <> '' and length(name) <= 128),
  priority integer not null default 100,
  queue text check (queue <> ''),
  match jsonb not null default '{}' check (jsonb_typeof(match) = 'object'),
  each text check (each like '/%'),
  event text check (event like '/%'),
  type text check (type <> ''),
  client text check (client <> ''),
  tenant text check (tenant <> ''),
  id text check (id <> ''),
  source text check (source <> ''),
  time text check (time <> ''),
  payload text check (payload <> ''),
  registered_at timestamptz not null default now(),
  constraint mapping_matches_something check (queue is not null or match <> '{}'),
  constraint mapping_makes_an_event check (event is not null or (type is not null and client is not null)),
  constraint mapping_event_stands_as_it_is check
    (event is null or coalesce(each, type, client, tenant, source, time, payload) is null)
);
comment on table mapping is 'How JSON that is neither a CloudEvent nor a plain event is taken for one: docs/mappings.md. Values are JSON pointers (/a/b), message attributes (@name), or texts with such in braces, several with " | " between them.';
comment on column mapping.name is 'Names the mapping in lists, in the detail of a rejection and in message.attributes.';
comment on column mapping.priority is 'Those with a smaller number are tried first, of the same by name.';
comment on column mapping.queue is 'Takes only what came from the queue of this name; null takes from any.';
comment on column mapping.match is 'Values that must be there, each with the text it must be, or null for any. All have to hold.';
comment on column mapping.each is 'Pointer to an array, each element of which is an event; the values are then taken from the element.';
comment on column mapping.event is 'Pointer to where an event stands as it is, in whichever format. Of the values, only id goes with it.';
comment on column mapping.type is 'Event type.';
comment on column mapping.client is 'Client.';
comment on column mapping.tenant is 'Tenant; null for the tenant default.';
comment on column mapping.id is 'Id of the event; null for that of SNS, EventBridge or SQS.';
comment on column mapping.source is 'Source; null for the event type.';
comment on column mapping.time is 'When it happened.';
comment on column mapping.payload is 'Payload; null for all that was matched, or all of the element.';
comment on column mapping.registered_at is 'When the mapping was registered.';

create table mapping_revision (revision bigint not null);
insert into mapping_revision values (1);
comment on table mapping_revision is 'One row: processors read the mappings again when it changes.';
comment on column mapping_revision.revision is 'Grows with every change of a mapping, also by hand. Kept by a trigger.';

create function advance_mapping_revision() returns trigger language plpgsql as $$
begin
  update mapping_revision set revision = revision + 1;
  return null;
end $$;
comment on function advance_mapping_revision is 'Tells processors that a mapping was added, changed or removed.';

-- It finds the table whatever search path whoever fires it has.
do $$
begin
  execute format('alter function advance_mapping_revision() set search_path = %I, pg_temp', current_schema());
end $$;

create trigger advance_mapping_revision after insert or update or delete or truncate on mapping
  for each statement execute function advance_mapping_revision();

-- Not validated, because that would read the whole table under this transaction's locks: the constraint that goes was a
-- stricter one, so every row meets this one. 0005 says so to PostgreSQL.
alter table rejection drop constraint rejection_reason_check,
  add constraint rejection_reason_check check (reason in (
    'invalid_encoding', 'malformed_json', 'invalid_envelope', 'unknown_tenant', 'unknown_client',
    'unknown_event_type', 'schema_violation', 'id_conflict', 'unstorable', 'control_message',
    'payload_elsewhere')) not valid;
