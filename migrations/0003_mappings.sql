-- What SQS itself says of a message is kept apart from what its sender said, and with every event.

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
