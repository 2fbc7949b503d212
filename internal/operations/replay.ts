import type pg from 'pg';
import { newestRejection, openRejections } from '../postgres/rejections/change.ts';
import type { RejectionFilter } from '../postgres/rejections/filter.ts';
import { PostgresStore } from '../postgres/store.ts';
import { MappingRegistry } from '../processor/mappings.ts';
import { type LeftAsItIs, type ReplayParts, replayRejections } from '../processor/replay.ts';
import { SchemaRegistry } from '../processor/schemas.ts';
import type { RunOptions } from './discard.ts';
import { inPages } from './in-pages.ts';
import { type NotOpen, notOpen } from './not-open.ts';

const PAGE = 1_000;
const PAGE_BYTES = 4_194_304;

export interface Replayed {
  readonly replayed: number;
  /** Events that were refused again, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** How many are left as they are: because of a lock, or because their body is elsewhere and cannot be fetched now. */
  readonly left: Readonly<Record<LeftAsItIs['why'], number>>;
  /** Rejections that were named by number and are not open. */
  readonly notOpen: readonly NotOpen[];
  /** Whether all that matched were processed; else the same call continues. */
  readonly complete: boolean;
}

/** Decides open rejections again, as if they were received now, in pages, each rejection once. */
export async function replayOpen(
  pool: pg.Pool,
  filter: RejectionFilter,
  { signal, progress, ...given }: RunOptions & Pick<ReplayParts, 'maxExpandedBytes' | 'payloads'>,
): Promise<Replayed> {
  const store = new PostgresStore({ pool });
  const mappings = new MappingRegistry();
  const registered = await store.mappings(undefined);
  if (registered !== undefined) mappings.update(registered);
  const parts = { ...given, store, mappings, schemas: new SchemaRegistry() };
  const others = await notOpen(pool, filter.ids);
  const refused: Record<string, number> = {};
  let replayed = 0;
  const left = { lock: 0, elsewhere: 0 };
  let done = 0;
  // Refused events of an array become rejections of their own, which do not belong to this run.
  const throughId = await newestRejection(pool);
  const complete = await inPages(
    async (bounds) => {
      const page = await openRejections(pool, filter, { ...bounds, bytes: PAGE_BYTES });
      const replay = await replayRejections(page.rejections, parts);
      for (const { why } of replay.left) left[why] += 1;
      for (const result of replay.results) {
        if (result.kind === 'replayed') replayed += 1;
        const refusals = result.kind === 'replayed' ? result.refusals : [result];
        for (const { reason } of refusals) refused[reason] = (refused[reason] ?? 0) + 1;
      }
      done += page.rejections.length;
      progress(done);
      return page;
    },
    { throughId, limit: PAGE, signal },
  );
  return { replayed, refused, left, notOpen: others, complete };
}
