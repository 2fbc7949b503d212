import type { Healing, HealingPage, HealingTask, HealingTurn } from './ports.ts';
import { REGISTRY_REASONS } from '../../event/rejection.ts';
import { type Log, type OpenRejection, type ReplayResult, StoreError } from '../ports.ts';
import { type Replay, type ReplayParts, replayRejections } from '../replay.ts';
import { sleep } from '../../waiting/sleep.ts';
import { HealingReport } from './healing-report.ts';
import { PageSize } from './page-size.ts';

/**
 * A task is kept this long after its registration was seen, even if nothing waits for it: a statement that began before
 * the registration may keep a rejection after the task's first pass. No statement takes this long.
 */
const YOUNG_MS = 300_000;

/** Time between sweeps. The first turn of a process sweeps, too, unless the last sweep was less than a minute ago. */
const SWEEP_MS = 3_600_000;
const SWEPT_JUST_NOW_MS = 60_000;

/** Finding out that a lock is still held or S3 still away takes a second or more: other tasks go first for this long. */
const LEFT_MS = 5_000;

/** Added to the pause that PostgreSQL counts, so that it is over when this process takes its next turn. */
const PAUSE_MARGIN_MS = 5;

interface HealParts extends ReplayParts {
  readonly healing: Healing;
  readonly intervalSeconds: number;
  readonly log: Log;
  /** Called after every page. */
  readonly replayed: (rejections: number) => void;
}

/**
 * Until the drain, replays rejections whose tenant, client and event type have been registered since. Works page by page,
 * with pauses as long as the pages take, in one process per database; the others take over when it ends.
 */
export async function healRejections(parts: HealParts, drain: AbortSignal): Promise<void> {
  const healer = new Healer(parts);
  while (!drain.aborted) await sleep(await healer.turn(drain), drain);
  healer.end();
}

/** `failed`: a page could not be written. */
type TurnEnd = 'nothing' | 'worked' | 'failed';

class Healer {
  readonly #parts: HealParts;
  readonly #size = new PageSize();
  readonly #report: HealingReport;
  #swept = false;

  constructor(parts: HealParts) {
    this.#parts = parts;
    this.#report = new HealingReport(parts.log);
  }

  /** Returns how long to wait before the next turn, in milliseconds. */
  async turn(drain: AbortSignal): Promise<number> {
    const { healing, intervalSeconds } = this.#parts;
    const startedMs = performance.now();
    let end: TurnEnd | undefined;
    try {
      end = await healing.turn((turn) => this.#work(turn, startedMs, drain));
      if (end !== 'failed') this.#report.went();
    } catch (error) {
      this.#report.heldUp(error);
    }
    this.#report.tell();
    const goesOn = end === 'worked' || end === 'failed';
    return goesOn ? performance.now() - startedMs + PAUSE_MARGIN_MS : intervalSeconds * 1000;
  }

  /** Without the mappings, an event could be refused that a mapping accepts. */
  get #knowsMappings(): boolean {
    return this.#parts.mappings.version !== undefined;
  }

  end(): void {
    this.#report.end();
  }

  async #work(turn: HealingTurn, startedMs: number, drain: AbortSignal): Promise<TurnEnd> {
    const everyMs = this.#parts.intervalSeconds * 1000;
    const due = await turn.due({
      lookMs: everyMs,
      sweepMs: SWEEP_MS,
      earlyMs: this.#swept ? 0 : SWEEP_MS - SWEPT_JUST_NOW_MS,
    });
    if (!due.page || !this.#knowsMappings) return 'nothing';
    const toLookAt = due.look && (await turn.look({ everyMs, youngMs: YOUNG_MS }));
    const toSweep = due.sweep && (await turn.sweep({ everyMs: SWEEP_MS }));
    this.#swept = true;
    const page = await this.#page(turn, drain);
    if (!toLookAt && !toSweep && page === 'nothing') return 'nothing';
    await turn.pause(performance.now() - startedMs);
    return page === 'failed' ? 'failed' : 'worked';
  }

  async #page(turn: HealingTurn, drain: AbortSignal): Promise<TurnEnd> {
    if (drain.aborted) return 'nothing';
    const startedMs = performance.now();
    const page = await turn.page(this.#size.limits);
    if (page.tasks.length === 0) return 'nothing';
    const replay = await this.#replay(page, drain);
    if (replay === undefined) {
      this.#size.failed();
      await turn.postpone(page.tasks, this.#parts.intervalSeconds * 1000);
      return 'failed';
    }
    if (drain.aborted) return 'worked'; // perhaps only a part: the page is read again
    const { waiting, done } = tasksApart(page, replay);
    if (waiting.length === 0) this.#size.took(performance.now() - startedMs, page.rejections.length);
    else await turn.postpone(waiting, LEFT_MS);
    await turn.advance(stepsOf(done, replay.results), { youngMs: YOUNG_MS });
    return 'worked';
  }

  /** Returns undefined when PostgreSQL was away. */
  async #replay({ rejections }: HealingPage, drain: AbortSignal): Promise<Replay | undefined> {
    try {
      const replay = await this.#replayWholeOrSingly(rejections, drain);
      const { results, left } = replay;
      const replayed = results.filter(({ kind }) => kind === 'replayed').length;
      this.#report.add({ replayed, refused: results.length - replayed });
      this.#parts.replayed(replayed);
      if (left[0] !== undefined && !drain.aborted) this.#report.left(left[0]);
      return replay;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#report.heldUp(error);
      return undefined;
    }
  }

  /** An unexpected error leaves only the rejection that caused it as it is. */
  async #replayWholeOrSingly(rejections: readonly OpenRejection[], drain: AbortSignal): Promise<Replay> {
    try {
      return await replayRejections(rejections, this.#parts, drain);
    } catch (error) {
      if (isAway(error)) throw error;
    }
    const replay: Replay = { results: [], left: [] };
    for (const rejection of rejections) {
      try {
        const one = await replayRejections([rejection], this.#parts, drain);
        replay.results.push(...one.results);
        replay.left.push(...one.left);
      } catch (error) {
        if (isAway(error)) throw error;
        this.#report.failed(rejection.id, error);
      }
    }
    return replay;
  }
}

function isAway(error: unknown): boolean {
  return error instanceof StoreError && error.kind === 'unavailable';
}

/** Separates the tasks that are done with the page from those of which a rejection was left: these read it again. */
function tasksApart({ tasks }: HealingPage, { left }: Replay) {
  const ids = new Set(left.map(({ id }) => id));
  const waits = ({ rejectionIds }: HealingTask) => rejectionIds.some((id) => ids.has(id));
  return { waiting: tasks.filter(waits), done: tasks.filter((task) => !waits(task)) };
}

function stepsOf(tasks: readonly HealingTask[], results: readonly ReplayResult[]) {
  const changed = new Set(
    results
      .filter(
        (result) => result.kind === 'replayed' || !REGISTRY_REASONS.some((each) => each === result.reason),
      )
      .map(({ id }) => id),
  );
  return tasks.map(({ id, next, rejectionIds }) => ({
    taskId: id,
    next,
    changed: rejectionIds.some((rejectionId) => changed.has(rejectionId)),
  }));
}
