import type pg from 'pg';
import type { HealingStep } from '../../processor/healing/ports.ts';
import { WAITS } from '../rejections/row.ts';
import type { DueTask } from './waiting.ts';

/**
 * A pass that changed nothing is not begun again before this many times its own length has gone by. Only a young task rests,
 * an old one is removed: so a rest is no longer than this many times the time for which it is young.
 */
const RESTS = 9;

/**
 * Looks at the next tasks in the order of their ids, with one index probe each: tasks for which rejections wait become due;
 * those for which none wait any more are removed once they are old enough, and so are those whose name is no longer
 * registered. Returns the last id, and how many tasks were looked at.
 * Times that are further ahead than any is put count as past, since PostgreSQL's clock has stepped back; a task that was first
 * seen in the future is seen anew.
 * The probes force the use of an index: without `limit 1`, the planner may read all rejections into a hash; without
 * `order by`, it may read the table from its beginning, expecting most rows to wait for this name.
 */
export async function lookAtTasks(
  client: pg.ClientBase,
  { afterId, limit, youngMs }: { readonly afterId: string; readonly limit: number; readonly youngMs: number },
): Promise<{ lastId: string; looked: number }> {
  const { rows } = await client.query<{ lastId: string | null; looked: number }>(
    `with task as materialized (
       select h.id, h.tenant_id, h.client_id, h.event_type, h.seen_at, h.due_at, h.rests_until
         from healing h where h.id > $1 order by h.id limit $2
     ), looked as materialized (
       select t.id, t.seen_at, t.due_at, coalesce(t.rests_until > clock_timestamp()
                       and t.rests_until <= clock_timestamp() + ${RESTS} * $3 * interval '1 millisecond', false) as rests,
              coalesce((select true from client c where c.tenant_id = t.tenant_id and c.id = t.client_id limit 1),
                       (select true from event_type e where e.tenant_id = t.tenant_id and e.name = t.event_type limit 1),
                       false) as registered,
              coalesce((select true from rejection r
                         where r.tenant_id = t.tenant_id and r.client_id = t.client_id and ${WAITS}
                         order by r.tenant_id, r.client_id, r.event_type, r.id limit 1),
                       (select true from rejection r
                         where r.tenant_id = t.tenant_id and r.event_type = t.event_type and ${WAITS}
                         order by r.tenant_id, r.event_type, r.client_id, r.id limit 1),
                       false) as waiting
         from task t
     ), removed as (
       delete from healing h using looked l
        where h.id = l.id and h.due_at is null
          and (not l.registered or not l.waiting and l.seen_at < clock_timestamp() - $3 * interval '1 millisecond')
     ), marked as (
       update healing h
          set seen_at = least(h.seen_at, clock_timestamp()),
              due_at = case when l.waiting and not l.rests then clock_timestamp() end
         from looked l
        where h.id = l.id and h.due_at is null and l.registered
          and (l.seen_at is null or l.seen_at > clock_timestamp() or l.waiting and not l.rests)
     )
     select max(id)::text as "lastId", count(*)::integer as looked from looked`,
    [afterId, limit, youngMs],
  );
  return { lastId: rows[0]?.lastId ?? afterId, looked: rows[0]?.looked ?? 0 };
}

/** A task is put off for this long at most: what is further ahead was written by another clock. */
const LONGEST_POSTPONED_MS = 60_000;

/** Returns the tasks whose next page is due: those with a time of another clock, then those that have waited longest. */
export async function dueTasks(client: pg.ClientBase, limit: number): Promise<DueTask[]> {
  const { rows } = await client.query<DueTask>(
    `select id::text as id, tenant_id as "tenantId", client_id as "clientId", event_type as "eventType",
            after_name as "afterName", after_id::text as "afterId"
       from healing
      where due_at <= clock_timestamp() or due_at > clock_timestamp() + $2 * interval '1 millisecond'
      order by due_at <= clock_timestamp(), due_at, healing.id limit $1`,
    [limit, LONGEST_POSTPONED_MS],
  );
  return rows;
}

/**
 * Advances tasks to where their next pages begin, behind all others that are due. A task whose pass is over waits for the
 * next look; if the pass changed nothing and the task is old, it is removed.
 */
export async function advanceTasks(
  client: pg.ClientBase,
  steps: readonly HealingStep[],
  { youngMs }: { readonly youngMs: number },
): Promise<void> {
  if (steps.length === 0) return;
  const values = [
    steps.map(({ taskId }) => taskId),
    steps.map(({ next }) => next !== null),
    steps.map(({ next }) => next?.afterName ?? null),
    steps.map(({ next }) => next?.afterId ?? null),
    steps.map(({ changed }) => changed),
  ];
  await client.query(
    `with step as (
       select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::bigint[], $5::boolean[])
                     as s (id, goes_on, after_name, after_id, changed)
     ), removed as (
       delete from healing h using step s
        where h.id = s.id and not s.goes_on and not s.changed and not h.changed
          and h.seen_at < clock_timestamp() - $6 * interval '1 millisecond'
       returning h.id
     )
     update healing h
        set due_at = case when s.goes_on then clock_timestamp() end,
            started_at = case when s.goes_on then coalesce(h.started_at, clock_timestamp()) end,
            rests_until = case when not s.goes_on and not s.changed and not h.changed
                               then clock_timestamp() + ${RESTS} * (clock_timestamp() - h.started_at) end,
            after_name = s.after_name, after_id = s.after_id,
            changed = s.goes_on and (s.changed or h.changed)
       from step s
      where h.id = s.id and h.id not in (select id from removed)`,
    [...values, youngMs],
  );
}

/** Lets other tasks go first after a page with these has failed. */
export async function postponeTasks(
  client: pg.ClientBase,
  taskIds: readonly string[],
  byMs: number,
): Promise<void> {
  await client.query(
    `update healing set due_at = clock_timestamp() + $2 * interval '1 millisecond' where id = any($1)`,
    [taskIds, Math.min(byMs, LONGEST_POSTPONED_MS)],
  );
}
