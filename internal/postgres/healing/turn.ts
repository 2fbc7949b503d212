import type pg from 'pg';
import type {
  HealingDue,
  HealingIntervals,
  HealingLimits,
  HealingPage,
  HealingStep,
  HealingTask,
  HealingTurn,
} from '../../processor/healing/ports.ts';
import { readChores, readPosition, writeChore } from '../chores.ts';
import { toOpenRejection } from '../rejections/row.ts';
import { type Group, lookPosition, type Search, sweepPosition, tasksOf } from './position.ts';
import { sweepNames } from './sweep.ts';
import { advanceTasks, dueTasks, lookAtTasks, postponeTasks } from './tasks.ts';
import { type DueTask, type Hop, type WaitingRow, waitingNames, waitingRejections } from './waiting.ts';

/** The most names that a page reaches, and the most groups that it takes rejections from. */
const HOPS = 1_000;
const LEAST_HOPS_PER_TASK = 20;
const MOST_GROUPS = 200;

/** As long as a page takes, but no longer: what is further ahead was written by another clock. */
const LONGEST_PAUSE_MS = 60_000;

const TASKS_LOOKED_AT = 5_000;
const PAIRS_SWEPT = 1_000;

/** A turn at healing a database, within a transaction that holds its lock. */
export class PostgresHealingTurn implements HealingTurn {
  readonly #client: pg.ClientBase;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  async due({ lookMs, sweepMs, earlyMs }: HealingIntervals): Promise<HealingDue> {
    const chore = await readChores(this.#client, { heal: LONGEST_PAUSE_MS, look: lookMs, sweep: sweepMs });
    return {
      page: chore('heal').dueInMs <= 0,
      look: chore('look').dueInMs <= 0,
      sweep: chore('sweep').dueInMs <= earlyMs,
    };
  }

  async look({ everyMs, youngMs }: { readonly everyMs: number; readonly youngMs: number }): Promise<boolean> {
    const { lastId, looked } = await lookAtTasks(this.#client, {
      afterId: lookPosition(await readPosition(this.#client, 'look')),
      limit: TASKS_LOOKED_AT,
      youngMs,
    });
    const more = looked === TASKS_LOOKED_AT;
    await writeChore(this.#client, 'look', more ? { dueInMs: 0, position: lastId } : { dueInMs: everyMs });
    return more;
  }

  async sweep({ everyMs }: { readonly everyMs: number }): Promise<boolean> {
    const from = sweepPosition(await readPosition(this.#client, 'sweep'));
    const { next } = await sweepNames(this.#client, from, PAIRS_SWEPT);
    await writeChore(
      this.#client,
      'sweep',
      next === null ? { dueInMs: everyMs } : { dueInMs: 0, position: JSON.stringify(next) },
    );
    return next !== null;
  }

  async page(limits: HealingLimits): Promise<HealingPage> {
    const due = await dueTasks(this.#client, limits.tasks);
    if (due.length === 0) return { rejections: [], tasks: [] };
    const hopsPerTask = Math.max(LEAST_HOPS_PER_TASK, Math.floor(HOPS / due.length));
    const hops = await waitingNames(this.#client, due, hopsPerTask);
    const { searches, groups } = grouped(due, hops, {
      hopsPerTask,
      most: Math.min(MOST_GROUPS, limits.rejections),
    });
    const share = Math.ceil(limits.rejections / Math.max(1, groups.length));
    const names = groups.map((group) => namesOf(group, due));
    const rows = await waitingRejections(this.#client, names, { share, bytes: limits.bytes });
    const cut = rows.length < (rows[0]?.found ?? 0);
    const tasks = tasksOf({
      searches,
      groups,
      read: rows,
      share,
      cutFrom: cut ? (rows.at(-1)?.group ?? 0) : groups.length,
    });
    return { rejections: rejectionsOf(tasks, rows), tasks };
  }

  async advance(steps: readonly HealingStep[], { youngMs }: { readonly youngMs: number }): Promise<void> {
    await advanceTasks(this.#client, steps, { youngMs });
  }

  async postpone(tasks: readonly HealingTask[], byMs: number): Promise<void> {
    await postponeTasks(
      this.#client,
      tasks.map(({ id }) => id),
      byMs,
    );
  }

  async pause(forMs: number): Promise<void> {
    await writeChore(this.#client, 'heal', { dueInMs: Math.min(forMs, LONGEST_PAUSE_MS) });
  }
}

/**
 * Returns the groups of a page, at most `most`, and how far each task's search went. A task with groups left out ends its
 * search before them; a task whose groups are all left out is left out itself, and stays due.
 */
function grouped(
  due: readonly DueTask[],
  hops: readonly Hop[],
  { hopsPerTask, most }: { readonly hopsPerTask: number; readonly most: number },
): { searches: Search[]; groups: Group[] } {
  const hopsOf = Map.groupBy(hops, ({ taskId }) => taskId);
  const searches: Search[] = [];
  const groups: Group[] = [];
  for (const task of due) {
    const all = hopsOf.get(task.id) ?? [];
    const found = all.filter(({ registered }) => registered);
    const taken = found.slice(0, most - groups.length);
    if (taken.length === 0 && found.length > 0) continue;
    for (const { taskId, name } of taken) {
      const afterId = name === task.afterName ? (task.afterId ?? '0') : '0';
      groups.push({ taskId, name, afterId });
    }
    const whole = taken.length === found.length;
    const last = whole ? all.at(-1) : taken.at(-1);
    searches.push({
      taskId: task.id,
      lastName: last?.name ?? null,
      more: !whole || all.length === hopsPerTask,
    });
  }
  return { searches, groups };
}

function namesOf({ taskId, name, afterId }: Group, due: readonly DueTask[]) {
  const { tenantId, clientId, eventType } = due.find(({ id }) => id === taskId) as DueTask;
  return { tenantId, clientId: clientId ?? name, eventType: eventType ?? name, afterId };
}

/** Returns each rejection once, without those that no task includes yet: the next page reads them again. */
function rejectionsOf(tasks: readonly HealingTask[], rows: readonly WaitingRow[]) {
  const wanted = new Set(tasks.flatMap(({ rejectionIds }) => rejectionIds));
  const unique = new Map(rows.filter(({ id }) => wanted.has(id)).map((row) => [row.id, row]));
  return [...unique.values()].map(toOpenRejection);
}
