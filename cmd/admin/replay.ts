import process from 'node:process';
import { newestRejection, openRejections, type RejectionFilter } from '#internal/postgres/rejections.ts';
import { PostgresStore } from '#internal/postgres/store.ts';
import { MappingRegistry } from '#internal/processor/mappings.ts';
import { replayRejections } from '#internal/processor/replay.ts';
import { SchemaRegistry } from '#internal/processor/schemas.ts';
import type pg from 'pg';

const PAGE = 200;

export interface ReplaySummary {
  readonly replayed: number;
  /** Events that were refused again, by reason. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Replays open rejections page by page, each of them once; shows how far it is on a terminal. */
export async function replayAll(
  pool: pg.Pool,
  filter: RejectionFilter,
  maxExpandedBytes: number,
): Promise<ReplaySummary> {
  const store = new PostgresStore({ pool });
  const mappings = new MappingRegistry();
  const registered = await store.mappings(undefined);
  if (registered !== undefined) mappings.update(registered);
  const parts = { store, schemas: new SchemaRegistry(), mappings, maxExpandedBytes };
  const refused: Record<string, number> = {};
  let replayed = 0;
  let done = 0;
  // Events of an array that are refused become rejections of their own: those are not for this run.
  const throughId = await newestRejection(pool);
  for (let afterId = '0'; ; ) {
    const page = await openRejections(pool, filter, { afterId, throughId, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) break;
    for (const result of await replayRejections(page, parts)) {
      if (result.kind === 'replayed') replayed += 1;
      const refusals = result.kind === 'replayed' ? result.refusals : [result];
      for (const { reason } of refusals) refused[reason] = (refused[reason] ?? 0) + 1;
    }
    done += page.length;
    afterId = last.id;
    if (process.stderr.isTTY) process.stderr.write(`\r${done} decided again`);
  }
  if (process.stderr.isTTY && done > 0) process.stderr.write('\n');
  return { replayed, refused };
}
