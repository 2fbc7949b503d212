import { LANES_LOCK } from './deliveries/horizon.ts';

/**
 * Stores a batch in one statement, which is one transaction. Parameters: an array per column, and the lock timeout in ms.
 * Returns how many were stored, and [position, kind, message id of the ledger] for each event that was not.
 *
 * - The registry is joined, so an unknown tenant, client or event type is the outcome of its row. The foreign keys stay
 *   as the final check.
 * - Keys are inserted in the order of (tenant, key): two batches with the same keys cannot deadlock.
 * - When a batch has a key twice, the first is inserted.
 * - A changed schema holds back the whole batch: an event that cannot be stored yet must not be overtaken.
 * - Only the transaction that inserts the key inserts the message.
 * - A key that was not inserted is looked up. It may be invisible to this statement's snapshot, because another
 *   transaction has committed it since, because an earlier row of this batch inserted it, or because the batch was
 *   held back: `unresolved`.
 * - Clients that have an endpoint get a row in `lane`. The lock of the lanes is taken before the transaction gets an id:
 *   a reader that first reads the next id and then looks for holders of the lock knows of every lane below that id that is
 *   still to come (`horizon.ts`).
 * - The lock timeout is set here, for this transaction only: a pooler would refuse it as a startup parameter, and would leave
 *   it to other clients later. Everything reads from `input`, so it applies before the first wait for a lock.
 * - The lookup is in a lateral subquery with its own condition, so that inserted rows do not pay for it;
 *   `offset 0` keeps the planner from turning it into a join over the whole ledger.
 */
export const STORE_STATEMENT = `
with input as materialized (
  select i.*
    from (select set_config('lock_timeout', $19, true), pg_advisory_xact_lock_shared(${LANES_LOCK})) as patience,
         unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
                $17::text[], $18::text[])
    with ordinality as i (message_id, key, fingerprint, schema_version, tenant_id, client_id, event_type, source,
                          event_id, payload, payload_encoding, content_type, occurred_at, received_at, traceparent,
                          attributes, sqs_attributes, deliver_after, position)
), known as materialized (
  select i.*, c.has_endpoint,
         case when t.id is null then 'unknown_tenant'
              when c.id is null then 'unknown_client'
              when e.name is null then 'unknown_event_type'
              when e.schema_version <> i.schema_version::bigint then 'schema_changed'
         end as obstacle
    from input i
    left join tenant t on t.id = i.tenant_id
    left join client c on c.tenant_id = i.tenant_id and c.id = i.client_id
    left join event_type e on e.tenant_id = i.tenant_id and e.name = i.event_type
), claimed as (
  insert into message_key (tenant_id, key, message_id, fingerprint)
  select tenant_id, key, message_id, fingerprint
    from known
   where obstacle is null and not exists (select from known where obstacle = 'schema_changed')
   order by tenant_id, key, position
      on conflict do nothing
  returning message_id
), stored as (
  insert into message (id, tenant_id, client_id, event_type, source, event_id, payload, payload_encoding, content_type,
                       occurred_at, received_at, traceparent, attributes, sqs_attributes, deliver_after)
  select k.message_id, k.tenant_id, k.client_id, k.event_type, k.source, k.event_id, k.payload::jsonb,
         k.payload_encoding, k.content_type, k.occurred_at::timestamptz, k.received_at::timestamptz, k.traceparent,
         k.attributes::jsonb, k.sqs_attributes::jsonb, k.deliver_after::timestamptz
    from known k
    join claimed using (message_id)
), fed as (
  insert into lane (tenant_id, client_id, first_id, ids)
  select tenant_id, client_id, ids[1], ids
    from (select tenant_id collate "C" as tenant_id, client_id collate "C" as client_id, array_agg(message_id) as ids
            from known
            join claimed using (message_id)
           where has_endpoint
           group by 1, 2) as of_client
), outcome as (
  select k.position,
         case when k.obstacle is not null then k.obstacle
              when c.message_id is not null or l.message_id = k.message_id then 'stored'
              when l.message_id is null then 'unresolved'
              when l.fingerprint = k.fingerprint then 'duplicate'
              else 'id_conflict'
         end as kind,
         l.message_id as ledger_message_id
    from known k
    left join claimed c using (message_id)
    left join lateral (
      select mk.message_id, mk.fingerprint
        from message_key mk
       where mk.tenant_id = k.tenant_id and mk.key = k.key and c.message_id is null and k.obstacle is null
      offset 0
    ) l on true
)
select count(*) filter (where kind = 'stored')::integer as stored,
       json_agg(json_build_array(position, kind, ledger_message_id)) filter (where kind <> 'stored') as others
  from outcome`;

/**
 * Finds events whose fingerprint differs from the ledger's, but whose content is the same: jsonb compares values, and the
 * ledger's fingerprint may be of version 1, which is all that is left of a message past its retention. Parameters: message
 * ids of the ledger, keys, fingerprints of version 1, and contents. Returns positions.
 */
export const SAME_CONTENT_STATEMENT = `
select i.position::integer as position
  from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[])
  with ordinality as i (message_id, tenant_id, key, fingerprint_1, client_id, event_type, payload, payload_encoding,
                        position)
  join message_key mk on mk.tenant_id = i.tenant_id and mk.key = i.key
  left join message m on m.id = i.message_id
 where mk.fingerprint = i.fingerprint_1
    or m.client_id = i.client_id and m.event_type = i.event_type
       and m.payload = i.payload::jsonb and m.payload_encoding is not distinct from i.payload_encoding`;
