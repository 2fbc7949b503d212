import type {
  HealingLimits,
  HealingPage,
  HealingStep,
  HealingTask,
  HealingTurn,
} from '../../processor/healing/ports.ts';
import type { EventClaims } from '../../event/event.ts';
import { REGISTRY_REASONS } from '../../event/rejection.ts';
import type { OpenRejection, ReplayResult } from '../../processor/ports.ts';

/** The names that a waiting rejection needs. */
export interface Names {
  readonly tenantId: string;
  readonly clientId: string;
  readonly eventType: string;
}

/** A waiting rejection whose names are all registered by now, and its position in the order of ids. */
export interface Healable {
  readonly order: number;
  readonly rejection: OpenRejection;
  readonly names: Names;
}

/** Whether a rejection waits for a registration. */
export function waitsForName(reason: string): boolean {
  return REGISTRY_REASONS.some((each) => each === reason);
}

/**
 * The claims to keep of a rejection whose replay was refused. Names change only if it is waiting for a name
 * again.
 */
export function claimsAfterRefusal(
  kept: EventClaims,
  { reason, claims }: Extract<ReplayResult, { kind: 'refused' }>,
): EventClaims {
  if (!waitsForName(reason)) return kept;
  const { tenantId, clientId, eventType } = { ...kept, ...claims };
  return {
    ...kept,
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(eventType === undefined ? {} : { eventType }),
  };
}

interface Task {
  readonly id: string;
  readonly names: Partial<Names>;
  seenMs: number | undefined;
  /** Set during a pass over the task's rejections. */
  dueMs: number | undefined;
  after: number;
  changed: boolean;
}

interface HealingParts {
  readonly now: () => number;
  readonly healable: () => readonly Healable[];
}

/** The tasks and chores of the healing, as PostgreSQL keeps them. A turn's writes take effect at once. */
export class HealingTasks {
  readonly #parts: HealingParts;
  readonly #tasks = new Map<string, Task>();
  readonly #dueMs = { page: 0, look: 0, sweep: 0 };
  #made = 0;

  constructor(parts: HealingParts) {
    this.#parts = parts;
  }

  /** Creates a task for a registered name. */
  add(names: Partial<Names>, fromSweep = false): void {
    this.#made += 1;
    const id = String(this.#made);
    const seenMs = fromSweep ? Number.NEGATIVE_INFINITY : undefined;
    const dueMs = fromSweep ? this.#parts.now() : undefined;
    this.#tasks.set(id, { id, names, seenMs, dueMs, after: 0, changed: false });
  }

  due(
    chore: 'page' | 'look' | 'sweep',
    { longestMs, earlyMs = 0 }: { readonly longestMs: number; readonly earlyMs?: number },
  ): boolean {
    const inMs = this.#dueMs[chore] - this.#parts.now();
    return inMs <= earlyMs || inMs > longestMs;
  }

  look({ everyMs, youngMs }: { readonly everyMs: number; readonly youngMs: number }): boolean {
    const now = this.#parts.now();
    for (const task of this.#tasks.values()) {
      if (task.dueMs !== undefined) continue;
      const waiting = this.#waiting(task).length > 0;
      task.seenMs ??= now;
      if (!waiting && task.seenMs < now - youngMs) this.#tasks.delete(task.id);
      if (waiting) task.dueMs = now;
    }
    this.#dueMs.look = now + everyMs;
    return false;
  }

  sweep({ everyMs }: { readonly everyMs: number }): boolean {
    for (const { names } of this.#parts.healable()) {
      const { tenantId, clientId } = names;
      const known = [...this.#tasks.values()].some(
        (task) => task.names.tenantId === tenantId && task.names.clientId === clientId,
      );
      if (!known) this.add({ tenantId, clientId }, true);
    }
    this.#dueMs.sweep = this.#parts.now() + everyMs;
    return false;
  }

  page(limits: HealingLimits): HealingPage {
    const due = [...this.#tasks.values()]
      .filter(({ dueMs }) => dueMs !== undefined && dueMs <= this.#parts.now())
      .sort((a, b) => (a.dueMs ?? 0) - (b.dueMs ?? 0))
      .slice(0, limits.tasks);
    const share = Math.ceil(limits.rejections / Math.max(1, due.length));
    const rejections = new Map<string, OpenRejection>();
    const tasks = due.map((task): HealingTask => {
      const all = this.#waiting(task).filter(({ order }) => order > task.after);
      const taken = all.slice(0, share);
      for (const { rejection } of taken) rejections.set(rejection.id, rejection);
      const last = taken.at(-1);
      const next =
        all.length > share && last !== undefined ? { afterName: '', afterId: String(last.order) } : null;
      return { id: task.id, rejectionIds: taken.map(({ rejection }) => rejection.id), next };
    });
    return { rejections: [...rejections.values()], tasks };
  }

  advance(steps: readonly HealingStep[], { youngMs }: { readonly youngMs: number }): void {
    const now = this.#parts.now();
    for (const { taskId, next, changed } of steps) {
      const task = this.#tasks.get(taskId);
      if (task === undefined) continue;
      const fruitless = !changed && !task.changed;
      if (next === null && fruitless && (task.seenMs ?? now) < now - youngMs) this.#tasks.delete(taskId);
      task.dueMs = next === null ? undefined : now;
      task.after = Number(next?.afterId ?? 0);
      task.changed = next !== null && !fruitless;
    }
  }

  postpone(taskIds: readonly string[], byMs: number): void {
    for (const id of taskIds) {
      const task = this.#tasks.get(id);
      if (task !== undefined) task.dueMs = this.#parts.now() + byMs;
    }
  }

  pause(forMs: number): void {
    this.#dueMs.page = this.#parts.now() + forMs;
  }

  #waiting({ names }: Task): Healable[] {
    return this.#parts
      .healable()
      .filter(
        (each) =>
          each.names.tenantId === names.tenantId &&
          (names.clientId ?? each.names.clientId) === each.names.clientId &&
          (names.eventType ?? each.names.eventType) === each.names.eventType,
      );
  }
}

/** A turn on these tasks; every method runs as one call of `step`. */
export function turnOn(
  tasks: HealingTasks,
  step: <T>(name: keyof HealingTurn, does: () => T) => Promise<T>,
): HealingTurn {
  return {
    due: ({ lookMs, sweepMs, earlyMs }) =>
      step('due', () => ({
        page: tasks.due('page', { longestMs: 60_000 }),
        look: tasks.due('look', { longestMs: lookMs }),
        sweep: tasks.due('sweep', { longestMs: sweepMs, earlyMs }),
      })),
    look: (options) => step('look', () => tasks.look(options)),
    sweep: (options) => step('sweep', () => tasks.sweep(options)),
    page: (limits) => step('page', () => tasks.page(limits)),
    advance: (steps, options) => step('advance', () => tasks.advance(steps, options)),
    postpone: (postponed, byMs) =>
      step('postpone', () => {
        const ids = postponed.map(({ id }) => id);
        tasks.postpone(ids, byMs);
      }),
    pause: (forMs) => step('pause', () => tasks.pause(forMs)),
  };
}
