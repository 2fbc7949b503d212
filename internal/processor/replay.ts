import { decodeMessage } from '../event/decode-message.ts';
import { decodeElement } from '../event/envelope.ts';
import type { EventClaims } from '../event/event.ts';
import { type OpenRejection, type ReplayResult, type StorableEvent, StoreError } from '../event/storing.ts';
import type { Books } from './books.ts';
import type { Breaker } from './breaker.ts';
import { type Decision, type DecideParts, decideDecoded } from './decide.ts';
import type { Log, Store } from './ports.ts';
import type { SchemaRegistry } from './schemas.ts';
import { storeEvents } from './store-events.ts';
import { sleep } from './waiting.ts';

const PAGE = 100;

/** What replaying needs of the store. */
export interface ReplayParts {
  readonly store: Pick<Store, 'store' | 'schemas' | 'settle'>;
  readonly schemas: SchemaRegistry;
  readonly maxExpandedBytes: number;
}

/**
 * Decides open rejections again, from their kept bodies, exactly as if they were received now: what is stored or
 * found to be a duplicate is settled as replayed, the rest stays open under its newest reason. Doing it twice stores once.
 * @throws StoreError `unavailable`
 */
export async function replayRejections(
  rejections: readonly OpenRejection[],
  { store, schemas, maxExpandedBytes }: ReplayParts,
): Promise<ReplayResult[]> {
  const results: ReplayResult[] = [];
  const storable: { id: string; event: StorableEvent }[] = [];
  for (const rejection of rejections) {
    const decision = decideAgain(rejection, { schemas, maxExpandedBytes });
    if (decision.kind === 'storable') storable.push({ id: rejection.id, event: decision.storable });
    else results.push({ id: rejection.id, kind: 'refused', ...decision.refusal });
  }
  const outcomes = await storeEvents(
    storable.map(({ event }) => event),
    { store, schemas },
  );
  for (const [i, outcome] of outcomes.entries()) {
    const { id } = storable[i] as { id: string };
    if (outcome.kind === 'refused') results.push({ id, kind: 'refused', ...outcome.refusal });
    else results.push({ id, kind: 'replayed', messageId: outcome.messageId });
  }
  await store.settle(results);
  return results;
}

function decideAgain(rejection: OpenRejection, { schemas, maxExpandedBytes }: DecideParts): Decision {
  const { body, attributes, sqsMessageId, eventIndex, receivedAt } = rejection;
  if (eventIndex !== null) {
    return decideDecoded(decodeElement(body, `${sqsMessageId}-${eventIndex}`), receivedAt, schemas);
  }
  const { events } = decodeMessage({ messageId: sqsMessageId, body, attributes }, maxExpandedBytes);
  const [decoded, ...others] = events;
  if (decoded !== undefined && others.length === 0) return decideDecoded(decoded, receivedAt, schemas);
  const claims: EventClaims = {};
  return {
    kind: 'refused',
    refusal: {
      reason: 'invalid_envelope',
      detail: `the body holds ${others.length + 1} events; one was expected`,
    },
    claims,
  };
}

interface HealParts extends ReplayParts {
  readonly store: Pick<Store, 'store' | 'schemas' | 'settle' | 'healable'>;
  readonly breaker: Breaker;
  readonly books: Books;
  readonly intervalSeconds: number;
  readonly log: Log;
}

/** Until the drain: looks for rejections whose tenant, client or event type was registered since, and replays them. */
export async function healRejections(parts: HealParts, drain: AbortSignal): Promise<void> {
  while (!drain.aborted) {
    await sleep(parts.intervalSeconds * 1000, drain);
    await parts.breaker.closed(drain);
    let replayed = 1;
    while (replayed > 0 && !drain.aborted) replayed = await healPage(parts);
  }
}

/** Answers how many rejections came right. */
async function healPage({ store, schemas, maxExpandedBytes, books, log }: HealParts): Promise<number> {
  try {
    const open = await store.healable(PAGE);
    if (open.length === 0) return 0;
    const results = await replayRejections(open, { store, schemas, maxExpandedBytes });
    const replayed = results.filter(({ kind }) => kind === 'replayed').length;
    books.replayed += replayed;
    log.info({ replayed, refused: results.length - replayed }, 'rejections replayed after a registration');
    return replayed;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.debug({ err: error }, 'rejections could not be replayed; trying again at the next interval');
    return 0;
  }
}
