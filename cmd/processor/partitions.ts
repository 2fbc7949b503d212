import { dropPartitionsBefore, ensurePartitions } from '#internal/postgres/partitions.ts';
import { sleep } from '#internal/processor/waiting.ts';
import type { Logger } from 'pino';

type Pool = Parameters<typeof ensurePartitions>[0];

const DAYS_AHEAD = 7;
const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;

/** Makes the partitions of the next days and drops those past the retention. */
export async function preparePartitions(
  pool: Pool,
  retentionDays: number | undefined,
  log: Logger,
): Promise<void> {
  const made = await ensurePartitions(pool, new Date(), DAYS_AHEAD + 1);
  if (made.length > 0) log.info({ made }, 'partitions made');
  if (retentionDays === undefined) return;
  const dropped = await dropPartitionsBefore(pool, new Date(Date.now() - retentionDays * DAY_MS));
  if (dropped.length > 0) log.info({ dropped, retentionDays }, 'partitions dropped');
}

/** Prepares partitions every hour until the signal. A failure is tried again an hour later: a week lies ahead. */
export async function keepPartitions(
  pool: Pool,
  retentionDays: number | undefined,
  log: Logger,
  closing: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(EVERY_MS, closing);
    if (closing.aborted) return;
    try {
      await preparePartitions(pool, retentionDays, log);
    } catch (error) {
      log.warn({ err: error }, 'partitions could not be prepared; trying again in an hour');
    }
  }
}
