import process from 'node:process';
import { newestRejection, openRejections, type RejectionFilter } from '#internal/postgres/rejections.ts';
import { PostgresStore } from '#internal/postgres/store.ts';
import { MappingRegistry } from '#internal/processor/mappings.ts';
import type { Payloads } from '#internal/processor/ports.ts';
import { type ReplayParts, replayRejections } from '#internal/processor/replay.ts';
import { SchemaRegistry } from '#internal/processor/schemas.ts';
import type pg from 'pg';

const PAGE = 200;

export interface ReplaySummary {
  readonly replayed: number;
  /** Events that were refused again, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Rejections that stay as they are, because their body is elsewhere, and that is away; where there are any. */
  readonly skipped?: number;
}

/** Replays open rejections page by page, each of them once; shows how far it is on a terminal. */
export async function replayAll(
  pool: pg.Pool,
  filter: RejectionFilter,
  {
    maxExpandedBytes,
    payloads,
  }: Pick<ReplayParts, 'maxExpandedBytes'> & { readonly payloads: Payloads | undefined },
): Promise<ReplaySummary> {
  const store = new PostgresStore({ pool });
  const mappings = new MappingRegistry();
  const registered = await store.mappings(undefined);
  if (registered !== undefined) mappings.update(registered);
  const known = { schemas: new SchemaRegistry(), mappings };
  const parts = { store, ...known, maxExpandedBytes, ...(payloads === undefined ? {} : { payloads }) };
  const refused: Record<string, number> = {};
  let replayed = 0;
  let skipped = 0;
  let done = 0;
  // Events of an array that are refused become rejections of their own: those are not for this run.
  const throughId = await newestRejection(pool);
  for (let afterId = '0'; ; ) {
    const page = await openRejections(pool, filter, { afterId, throughId, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) break;
    const results = await replayRejections(page, parts);
    skipped += page.length - results.length;
    for (const result of results) {
      if (result.kind === 'replayed') replayed += 1;
      const refusals = result.kind === 'replayed' ? result.refusals : [result];
      for (const { reason } of refusals) refused[reason] = (refused[reason] ?? 0) + 1;
    }
    done += page.length;
    afterId = last.id;
    if (process.stderr.isTTY) process.stderr.write(`\r${done} decided again`);
  }
  if (process.stderr.isTTY && done > 0) process.stderr.write('\n');
  return skipped === 0 ? { replayed, refused } : { replayed, refused, skipped };
}
