import { TIMELINE } from './horizon.ts';
import { fromMilliseconds } from './times.ts';

/**
 * Writes what follows from attempts, in one statement, which is one transaction. Parameters: id of the process; ids and epochs
 * of the shards that it thinks it holds; endpoints other than those of facts; then an array per column. Returns the shards
 * that it has lost.
 *
 * - Facts are written whoever holds the shards: the requests did happen. One that is there already is the same one: the answer
 *   to an earlier try was lost. Whoever does not hold the shard gives nothing up: without its dead row, a fact that says so
 *   would hide the delivery from the process that does hold it.
 * - The shards are locked, shared, until all is written: whoever takes one over waits, and reads what was written here. A
 *   shard that was taken over meanwhile is not returned by `fenced`, whatever this statement's snapshot says.
 * - All else is written for `known` alone: endpoints of these shards that still exist. Their rows are locked so that none of
 *   them is removed before the foreign keys are checked.
 * - No two rows that are written have the same key, and no retry is both written and deleted: all parts of the statement see
 *   what was there before it.
 */
export const RECORD_STATEMENT = `
with fenced as materialized (
  select s.id
    from unnest($2::text[], $3::text[]) as h (id, epoch)
    join shard s on s.id = h.id::smallint and s.epoch = h.epoch::bigint
   where s.owner = $1::uuid
   order by s.id
     for share of s
), known as materialized (
  select e.number
    from unnest($4::text[]) as n (number)
    join endpoint e on e.number = n.number::bigint
   where e.number % 64 in (select id from fenced)
   order by e.number
     for key share of e
), facts as (
  insert into attempt (id, endpoint, message_id, unit, number, outcome, status, error, response, milliseconds, body_digest)
  select id, endpoint::bigint, message_id, unit::bigint, number::integer,
         case when outcome in ('dead', 'lost') and endpoint::bigint % 64 not in (select id from fenced)
              then 'failed' else outcome end,
         status::integer, error, response, milliseconds::integer, decode(body_digest, 'hex')
    from unnest($5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                $13::text[], $14::text[], $15::text[])
         as f (id, endpoint, message_id, unit, number, outcome, status, error, response, milliseconds, body_digest)
      on conflict do nothing
), retried as (
  insert into retry (endpoint, unit, message_id, due_at, attempts, first_failed_at, last_status, last_error)
  select k.number, unit::bigint, message_id, ${fromMilliseconds('due_at')}, attempts::integer,
         ${fromMilliseconds('first_failed_at')}, last_status::integer, last_error
    from unnest($16::text[], $17::text[], $18::uuid[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[])
         as r (endpoint, unit, message_id, due_at, attempts, first_failed_at, last_status, last_error)
    join known k on k.number = r.endpoint::bigint
      on conflict (endpoint, unit, message_id) do update
     set due_at = excluded.due_at, attempts = excluded.attempts, first_failed_at = excluded.first_failed_at,
         last_status = excluded.last_status, last_error = excluded.last_error
), settled as (
  delete from retry r
   using unnest($24::text[], $25::text[], $26::uuid[]) as d (endpoint, unit, message_id)
   where r.endpoint = d.endpoint::bigint and r.unit = d.unit::bigint and r.message_id = d.message_id
     and r.endpoint in (select number from known)
), died as (
  insert into dead (endpoint, unit, message_id, died_at, attempts, reason, last_status, last_error)
  select k.number, unit::bigint, message_id, ${fromMilliseconds('died_at')}, attempts::integer, reason,
         last_status::integer, last_error
    from unnest($27::text[], $28::text[], $29::uuid[], $30::text[], $31::text[], $32::text[], $33::text[], $34::text[])
         as d (endpoint, unit, message_id, died_at, attempts, reason, last_status, last_error)
    join known k on k.number = d.endpoint::bigint
      on conflict (endpoint, unit, message_id) do update
     set died_at = excluded.died_at, attempts = excluded.attempts, reason = excluded.reason,
         last_status = excluded.last_status, last_error = excluded.last_error
), marked as (
  update endpoint_mark m
     set xid = n.xid::xid8, facts_from = n.facts_from, last_success_at = ${fromMilliseconds('n.last_success_at')},
         failing_since = ${fromMilliseconds('n.failing_since')}, failures = n.failures::integer, updated_at = now()
    from unnest($35::text[], $36::text[], $37::uuid[], $38::text[], $39::text[], $40::text[])
         as n (endpoint, xid, facts_from, last_success_at, failing_since, failures)
   where m.endpoint = n.endpoint::bigint and m.endpoint in (select number from known)
     and coalesce($43::text = ${TIMELINE}, true)
), disabled as (
  update endpoint e
     set state = 'disabled', state_reason = d.reason, state_changed_at = now()
    from unnest($41::text[], $42::text[]) as d (endpoint, reason)
   where e.number = d.endpoint::bigint and e.state <> 'disabled' and e.number in (select number from known)
)
select id::integer as lost from unnest($2::text[]) as h (id) where id::smallint not in (select id from fenced)`;
