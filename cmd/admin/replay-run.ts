import { ProgramError } from '#internal/daemon/program.ts';
import { runReplay } from '#internal/operations/deliveries/replay.ts';
import type pg from 'pg';
import { showProgress } from './progress.ts';
import { visible } from './output.ts';

/** What a replay came to. */
export interface Ran {
  readonly replay: string;
  readonly messages: number;
  /** False when it was interrupted. */
  readonly complete: boolean;
}

/** Runs a replay to its end, with its progress on stderr. */
export async function runWithProgress(pool: pg.Pool, replay: string, signal: AbortSignal): Promise<Ran> {
  using progress = showProgress('messages chosen', 0);
  const end = await runReplay(pool, replay, {
    signal,
    progress: (done, about) => progress.tell(done, about),
  });
  if (end === undefined) throw new ProgramError(`there is no replay ${visible(replay)}: see "endpoint show"`);
  return { replay, ...end };
}

/** @throws ProgramError when it was interrupted */
export function tellInterrupted({ replay, complete }: Ran): void {
  if (!complete)
    throw new ProgramError(`interrupted: "deliveries replay --resume ${replay}" goes on where it was`);
}
