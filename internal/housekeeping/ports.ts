import type { HealingDue, HealingLimits, HealingPage, HealingStep, HealingTask } from '../event/healing.ts';

/** The healing of one database, which only one process at a time does. */
export interface Healing {
  /**
   * Runs `work` while no other process heals; undefined when one does. What it wrote is committed when it resolves, and
   * undone when it throws.
   */
  turn<T>(work: (turn: HealingTurn) => Promise<T>): Promise<T | undefined>;
}

/** What may be done in a turn. Every method throws StoreError for what it knows. */
export interface HealingTurn {
  /** @param earlyMs a sweep that is due within this time counts as due */
  due(options: { readonly earlyMs: number }): Promise<HealingDue>;
  /**
   * Looks which tasks something waits for, and makes those due. One that nothing waits for is removed when it was first
   * seen more than `youngMs` ago. Returns whether tasks are left for the next turn; else the next look is due after `everyMs`.
   */
  look(options: { readonly everyMs: number; readonly youngMs: number }): Promise<boolean>;
  /**
   * Searches all names that wait, and makes tasks of what no registration made one of. Returns whether names are left
   * for the next turn; else the next sweep is due after `everyMs`.
   */
  sweep(options: { readonly everyMs: number }): Promise<boolean>;
  /** Rejections whose names are all registered, of the tasks that are due. */
  page(limits: HealingLimits): Promise<HealingPage>;
  /** Moves tasks on. A pass that is over and changed nothing ends a task that was first seen more than `youngMs` ago. */
  advance(steps: readonly HealingStep[], options: { readonly youngMs: number }): Promise<void>;
  /** Lets other tasks go first for that time. */
  postpone(tasks: readonly HealingTask[], byMs: number): Promise<void>;
  /** No process reads a page before this time has gone by. */
  pause(forMs: number): Promise<void>;
}
