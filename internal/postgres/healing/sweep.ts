import type pg from 'pg';
import { WAITS } from '../rejections/row.ts';

/** The last tenant and client that the sweep reached. */
export type SweepPosition = readonly [tenantId: string, clientId: string];

/** Event types of one client that are tried until a registered one is found; beyond them, a task is made and finds out. */
const TYPES_TRIED = 50;

/** Leaps through the waiting, registered pairs of tenant and client, as `waitingNames` does through one task's names. */
const PAIRS = `
recursive pair (tenant_id, client_id, hop) as (
  (select r.tenant_id, r.client_id, 1
     from rejection r
    where ${WAITS} and (r.tenant_id, r.client_id) > ($1, $2)
    order by r.tenant_id, r.client_id
    limit 1)
  union all
  select w.tenant_id, w.client_id, p.hop + 1
    from pair p
   cross join lateral (
     select c.tenant_id, c.id
       from client c
      where (c.tenant_id, c.id) > (p.tenant_id, p.client_id)
      order by c.tenant_id, c.id
      limit 1) c
   cross join lateral (
     select r.tenant_id, r.client_id
       from rejection r
      where ${WAITS} and (r.tenant_id, r.client_id) >= (c.tenant_id, c.id)
      order by r.tenant_id, r.client_id
      limit 1) w
   where p.hop < $3
), healable as (
  select p.tenant_id, p.client_id
    from pair p
   where (select true from client c where c.tenant_id = p.tenant_id and c.id = p.client_id) is not null
     and (with recursive hop (name, hop) as (
            (select r.event_type, 1
               from rejection r
              where r.tenant_id = p.tenant_id and r.client_id = p.client_id and ${WAITS}
              order by r.event_type
              limit 1)
            union all
            select w.name, h.hop + 1
              from hop h
             cross join lateral (
               select e.name
                 from event_type e
                where e.tenant_id = p.tenant_id and e.name > h.name
                order by e.name
                limit 1) e
             cross join lateral (
               select r.event_type as name
                 from rejection r
                where r.tenant_id = p.tenant_id and r.client_id = p.client_id and ${WAITS} and r.event_type >= e.name
                order by r.event_type
                limit 1) w
              where h.hop < ${TYPES_TRIED}
          )
          select bool_or(h.hop = ${TYPES_TRIED}
                         or (select true from event_type e where e.tenant_id = p.tenant_id and e.name = h.name) is not null)
            from hop h)
)`;

/**
 * Creates tasks for registered clients that have none and for which rejections wait, among the next `limit` pairs of tenant
 * and client. Returns its position, or null at the end. The triggers missed what it finds: it is older than they are, came
 * from a restored dump, or was written while they were disabled.
 */
export async function sweepNames(
  client: pg.ClientBase,
  [tenantId, clientId]: SweepPosition,
  limit: number,
): Promise<{ next: SweepPosition | null; found: number }> {
  const { rows } = await client.query<{ tenantId: string; clientId: string; hop: number; found: number }>(
    `with ${PAIRS}, missed as (
       insert into healing (tenant_id, client_id, seen_at, due_at)
       select h.tenant_id, h.client_id, '-infinity', clock_timestamp()
         from healable h
        where not exists (select from healing t where t.tenant_id = h.tenant_id and t.client_id = h.client_id)
       returning id
     )
     select p.tenant_id as "tenantId", p.client_id as "clientId", p.hop, (select count(*)::integer from missed) as found
       from pair p order by p.hop desc limit 1`,
    [tenantId, clientId, limit],
  );
  const [last] = rows;
  if (last === undefined) return { next: null, found: 0 };
  return { next: last.hop < limit ? null : [last.tenantId, last.clientId], found: last.found };
}

/** Whether some rejection could be replayed now, because all its names are registered. */
export async function hasHealable(client: pg.ClientBase | pg.Pool): Promise<boolean> {
  for (let [tenantId, clientId] = ['', '']; ; ) {
    const { rows } = await client.query<{ tenantId: string; clientId: string; hop: number; found: boolean }>(
      `with ${PAIRS}
       select p.tenant_id as "tenantId", p.client_id as "clientId", p.hop, exists (select from healable) as found
         from pair p order by p.hop desc limit 1`,
      [tenantId, clientId, PAIRS_AT_ONCE],
    );
    const [last] = rows;
    if (last === undefined || last.found || last.hop < PAIRS_AT_ONCE) return last?.found ?? false;
    [tenantId, clientId] = [last.tenantId, last.clientId];
  }
}

const PAIRS_AT_ONCE = 1_000;
