import type { HealingPosition, HealingTask } from '../../processor/healing/ports.ts';
import type { SweepPosition } from './sweep.ts';

/** The other, registered name of rejections of a task: an event type for the task of a client, and the reverse. */
export interface Group {
  readonly taskId: string;
  readonly name: string;
  /** Reading begins after this id: rejections up to it are done. */
  readonly afterId: string;
}

/** Progress of the search for groups. */
export interface Search {
  readonly taskId: string;
  /** The last name that it reached. */
  readonly lastName: string | null;
  /** Whether there may be more after it. */
  readonly more: boolean;
}

/** A rejection that was read. */
interface Read {
  /** Index of its group. */
  readonly group: number;
  readonly id: string;
}

export interface PageRead {
  readonly searches: readonly Search[];
  /** In the order in which they were read; those of a task follow each other by name. */
  readonly groups: readonly Group[];
  /** In the order of groups, then of ids. */
  readonly read: readonly Read[];
  /** The most rejections that are read of each group. */
  readonly share: number;
  /** Index of the first group that the page's limit of bytes cut off; the number of groups when it cut off none. */
  readonly cutFrom: number;
}

/** Returns the rejections of each task, and where its next page begins. A task reads one name to its end before the next. */
export function tasksOf({ searches, groups, read, share, cutFrom }: PageRead): HealingTask[] {
  const readOf = Map.groupBy(read, ({ group }) => group);
  return searches.map(({ taskId, lastName, more }) => {
    const rejectionIds: string[] = [];
    for (const [index, group] of groups.entries()) {
      if (group.taskId !== taskId) continue;
      const ids = (readOf.get(index) ?? []).map(({ id }) => id);
      rejectionIds.push(...ids);
      if (ids.length < share && index < cutFrom) continue;
      return { id: taskId, rejectionIds, next: within(group, ids.at(-1)) };
    }
    const next = more && lastName !== null ? { afterName: lastName, afterId: null } : null;
    return { id: taskId, rejectionIds, next };
  });
}

function within({ name, afterId }: Group, lastId: string | undefined): HealingPosition {
  return { afterName: name, afterId: lastId ?? afterId };
}

/** Where a look goes on: after the task of this id. What is not one, written by hand perhaps, is the beginning. */
export function lookPosition(kept: string | null): string {
  return kept !== null && /^\d{1,18}$/.test(kept) ? kept : '0';
}

/** Where a sweep goes on: after this tenant and client. What is not both is the beginning. */
export function sweepPosition(kept: string | null): SweepPosition {
  try {
    const [tenantId, clientId] = JSON.parse(kept ?? '[]') as unknown[];
    if (typeof tenantId === 'string' && typeof clientId === 'string') return [tenantId, clientId];
  } catch {
    // It is no JSON.
  }
  return ['', ''];
}
