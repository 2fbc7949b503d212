import type { EventClaims } from '../event/event.ts';
import type { Refusal } from '../event/rejection.ts';
import type { Work } from './batcher.ts';
import type { Waiting } from './blocked.ts';
import { logRejections } from './log-rejections.ts';
import { type FinalOutcome, RELEASED } from './outcome.ts';
import { type Log, type RejectionRecord, type Store, StoreError } from './ports.ts';
import { SEARCH_LOCK_TIMEOUT_MS } from './store-apart.ts';

/** An event to be kept as a rejection. */
export interface Refused {
  readonly work: Work;
  readonly refusal: Refusal;
  readonly claims: EventClaims;
}

export interface Settled {
  readonly work: Work;
  readonly outcome: FinalOutcome;
}

interface RejectParts {
  readonly store: Pick<Store, 'reject'>;
  readonly queue: string;
  readonly log: Log;
}

/**
 * Keeps rejections with one statement. When PostgreSQL refuses one of them or one waits for a lock, halves, until that one
 * stands alone and the others are kept.
 * @throws StoreError `unavailable`
 */
export async function rejectApart(
  refused: readonly Refused[],
  parts: RejectParts,
  lockTimeoutMs?: number,
): Promise<{ readonly settled: Settled[]; readonly waiting: Waiting[] }> {
  try {
    const records = refused.map((entry) => recordOf(entry, parts.queue));
    await parts.store.reject(records, lockTimeoutMs);
    logRejections(parts.log, records);
    const settled = refused.map(({ work, refusal }) => ({
      work,
      outcome: { kind: 'rejected' as const, refusal },
    }));
    return { settled, waiting: [] };
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind === 'unavailable') throw error;
    if (refused.length === 1) {
      const [only] = refused as [Refused];
      if (error.kind === 'blocked') return { settled: [], waiting: [{ work: only.work, row: undefined }] };
      leaveOnQueue(only, error, parts.log);
      return { settled: [{ work: only.work, outcome: RELEASED }], waiting: [] };
    }
    const half = refused.length >> 1;
    const first = await rejectApart(refused.slice(0, half), parts, SEARCH_LOCK_TIMEOUT_MS);
    const second = await rejectApart(refused.slice(half), parts, SEARCH_LOCK_TIMEOUT_MS);
    return {
      settled: [...first.settled, ...second.settled],
      waiting: [...first.waiting, ...second.waiting],
    };
  }
}

/** PostgreSQL refuses even the rejection: its message stays on the queue, whose redrive policy moves it on in the end. */
function leaveOnQueue({ work, refusal }: Refused, error: StoreError, log: Log): void {
  const { sqsMessageId } = work.held;
  log.error(
    { sqsMessageId, reason: refusal.reason, sqlState: error.sqlState, err: error },
    'a rejection was refused by PostgreSQL; its message is left on the queue',
  );
}

function recordOf({ work, refusal, claims }: Refused, queue: string): RejectionRecord {
  const { held, index, text } = work;
  return {
    ...refusal,
    queue,
    sqsMessageId: held.sqsMessageId,
    eventIndex: index,
    claims,
    body: text(),
    attributes: held.attributes,
    systemAttributes: held.systemAttributes,
    receiveCount: held.receiveCount,
    receivedAt: held.receivedAt,
  };
}
