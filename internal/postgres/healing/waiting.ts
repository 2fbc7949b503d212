import type pg from 'pg';
import { bytesBefore, OPEN_REJECTION_COLUMNS, type OpenRejectionRow, WAITS } from '../rejections/row.ts';

/** A task with the position of its pass. */
export interface DueTask {
  readonly id: string;
  readonly tenantId: string;
  /** Exactly one of `clientId` and `eventType` is set. */
  readonly clientId: string | null;
  readonly eventType: string | null;
  readonly afterName: string | null;
  readonly afterId: string | null;
}

/** A name that the search reached. */
export interface Hop {
  readonly taskId: string;
  readonly name: string;
  readonly registered: boolean;
  /** Counts from 1 in each task. */
  readonly hop: number;
}

/**
 * Finds the names that rejections of each task wait with, from its position on, at most `hopsPerTask` each. Two sorted lists are
 * walked in leaps: from a waiting name to the first registered name after it, and from there to the first waiting name that
 * is not before it. So millions of unregistered names cost as little as one, and so do registered ones that nothing waits for.
 */
export async function waitingNames(
  client: pg.ClientBase,
  tasks: readonly DueTask[],
  hopsPerTask: number,
): Promise<Hop[]> {
  const clients = tasks.filter(({ clientId }) => clientId !== null);
  const eventTypes = tasks.filter(({ eventType }) => eventType !== null);
  const hops = await leap(client, CLIENT_TASKS, clients, hopsPerTask);
  return hops.concat(await leap(client, EVENT_TYPE_TASKS, eventTypes, hopsPerTask));
}

async function leap(
  client: pg.ClientBase,
  statement: string,
  tasks: readonly DueTask[],
  hopsPerTask: number,
): Promise<Hop[]> {
  if (tasks.length === 0) return [];
  const { rows } = await client.query<Hop>(statement, [
    tasks.map(({ id }) => id),
    tasks.map(({ tenantId }) => tenantId),
    tasks.map(({ clientId, eventType }) => clientId ?? eventType),
    tasks.map(({ afterName }) => afterName ?? ''),
    tasks.map(({ afterId }) => afterId !== null),
    hopsPerTask,
  ]);
  return rows;
}

interface Side {
  /** The condition that the task's own name is registered. */
  readonly own: string;
  /** The column of the task's own name in `rejection r`, and that of the other name. */
  readonly ownColumn: string;
  readonly column: string;
  /** The registry of the other name, and its column there. */
  readonly registry: string;
  readonly key: string;
}

function leapStatement({ own, ownColumn, column, registry, key }: Side): string {
  return `
select t.id::text as "taskId", h.name, h.hop, (select true from ${registry} n where n.tenant_id = t.tenant_id and n.${key} = h.name) is not null as registered
  from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[])
       as t (id, tenant_id, name, after_name, inside)
 cross join lateral (
   with recursive hop (name, hop) as (
     (select f.name, 1
        from (select t.after_name as name where t.inside
              union all
              (select r.${column}
                 from rejection r
                where r.tenant_id = t.tenant_id and r.${ownColumn} = t.name and ${WAITS} and r.${column} > t.after_name
                order by r.${column}
                limit 1)) f
       limit 1)
     union all
     select w.name, h.hop + 1
       from hop h
      cross join lateral (
        select n.${key} as name
          from ${registry} n
         where n.tenant_id = t.tenant_id and n.${key} > h.name
         order by n.${key}
         limit 1) n
      cross join lateral (
        select r.${column} as name
          from rejection r
         where r.tenant_id = t.tenant_id and r.${ownColumn} = t.name and ${WAITS} and r.${column} >= n.name
         order by r.${column}
         limit 1) w
      where h.hop < $6
   )
   select name, hop from hop) h
 where (${own}) is not null
 order by t.id, h.hop`;
}

const CLIENT_TASKS = leapStatement({
  own: 'select true from client c where c.tenant_id = t.tenant_id and c.id = t.name',
  ownColumn: 'client_id',
  column: 'event_type',
  registry: 'event_type',
  key: 'name',
});

const EVENT_TYPE_TASKS = leapStatement({
  own: 'select true from event_type e where e.tenant_id = t.tenant_id and e.name = t.name',
  ownColumn: 'event_type',
  column: 'client_id',
  registry: 'client',
  key: 'id',
});

/** Tenant, client and event type that rejections wait with, and the id after which reading begins. */
interface WaitingFor {
  readonly tenantId: string;
  readonly clientId: string;
  readonly eventType: string;
  readonly afterId: string;
}

export type WaitingRow = OpenRejectionRow & {
  /** Index of the group. */
  readonly group: number;
  /** How many were found before the limit of bytes was applied. */
  readonly found: number;
};

/** Returns the first rejections of each group, in the order of groups and ids, until bodies and attributes reach `bytes`. */
export async function waitingRejections(
  client: pg.ClientBase,
  groups: readonly WaitingFor[],
  { share, bytes }: { readonly share: number; readonly bytes: number },
): Promise<WaitingRow[]> {
  if (groups.length === 0) return [];
  const { rows } = await client.query<WaitingRow>(
    `select ${OPEN_REJECTION_COLUMNS}, r.position::integer - 1 as "group", r.found::integer as found
       from (select r.*, g.position, count(*) over () as found,
                    ${bytesBefore('g.position, r.id')} as bytes_before
               from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) with ordinality
                    as g (tenant_id, client_id, event_type, after_id, position)
              cross join lateral (
                select r.*
                  from rejection r
                 where r.tenant_id = g.tenant_id and r.client_id = g.client_id and r.event_type = g.event_type
                   and r.id > g.after_id and ${WAITS}
                 order by r.id
                 limit $5) r) r
      where r.bytes_before < $6
      order by r.position, r.id`,
    [
      groups.map(({ tenantId }) => tenantId),
      groups.map(({ clientId }) => clientId),
      groups.map(({ eventType }) => eventType),
      groups.map(({ afterId }) => afterId),
      share,
      bytes,
    ],
  );
  return rows;
}
