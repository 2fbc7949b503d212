import type pg from 'pg';
import { laneHorizon } from '../../postgres/deliveries/horizon.ts';
import { endAtLastMessage, pendingBoundary } from '../../postgres/replays/begin.ts';
import { continueReplay } from '../../postgres/replays/continue.ts';
import { sleep } from '../../waiting/sleep.ts';

/** Messages that a transaction looks at. */
const PAGE = 1_000;
const HORIZON_POLL_MS = 50;

interface ReplayRun {
  /** Aborting ends the run after the current page. */
  readonly signal: AbortSignal;
  /** Called after each page with the number of messages chosen so far, and an estimate of how many there will be. */
  readonly progress: (messages: number, about: number) => void;
}

interface ReplayEnd {
  readonly messages: number;
  /** False when it was interrupted: `runReplay` continues it. */
  readonly complete: boolean;
}

/** Runs a replay to its end, page by page; undefined when there is no such replay. One that is finished stays as it is. */
export async function runReplay(pool: pg.Pool, id: string, run: ReplayRun): Promise<ReplayEnd | undefined> {
  if (!(await passBoundary(pool, id, run.signal))) return { messages: 0, complete: false };
  let messages = 0;
  while (!run.signal.aborted) {
    const page = await continueReplay(pool, id, PAGE);
    if (page === undefined) return undefined;
    ({ messages } = page);
    run.progress(messages, page.share > 0 ? Math.round(messages / page.share) : messages);
    if (page.finished) return { messages, complete: true };
  }
  return { messages, complete: false };
}

/**
 * A new endpoint that gets what was stored before it was added first waits for the transactions that were storing at that time:
 * then every message that is in no lane at or after its mark can be seen, and those in such a lane are delivered from there. So
 * none is missed and none comes twice. Returns false when it was interrupted.
 */
async function passBoundary(pool: pg.Pool, id: string, signal: AbortSignal): Promise<boolean> {
  const boundary = await pendingBoundary(pool, id);
  if (boundary === undefined) return true;
  while ((await laneHorizon(pool)).xid < boundary) {
    await sleep(HORIZON_POLL_MS, signal);
    if (signal.aborted) return false;
  }
  await endAtLastMessage(pool, id);
  return true;
}
