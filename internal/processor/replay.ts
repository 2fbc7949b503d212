import { decodeAgain } from '../event/decode-message.ts';
import type { EventClaims } from '../event/event.ts';
import type { Refusal } from '../event/rejection.ts';
import { type OpenRejection, type RejectionRecord, type ReplayResult, StoreError } from '../event/storing.ts';
import type { Books } from './books.ts';
import type { Breaker } from './breaker.ts';
import {
  claimsOf,
  type DecidedEvent,
  type DecidedMessage,
  type Decision,
  type DecideParts,
  decide,
  decideDecoded,
} from './decide.ts';
import type { FetchedPayload, Log, Payloads, Store } from './ports.ts';
import { type FinalOutcome, storeEvents } from './store-events.ts';
import { sleep } from './waiting.ts';

const PAGE = 100;

/** So many bytes of bodies, expanded, are decided before their events are stored. */
const BATCH_BYTES = 4_194_304;

/** What replaying needs of the store. */
export interface ReplayParts extends DecideParts {
  readonly store: Pick<Store, 'store' | 'schemas' | 'reject' | 'settle'>;
  /** Without it, bodies that are elsewhere stay there. */
  readonly payloads?: Payloads;
}

/** A rejection and what its kept body is decided to be now. */
interface DecidedAgain {
  readonly rejection: OpenRejection;
  readonly events: readonly DecidedEvent[];
}

/**
 * Decides open rejections again, from their kept bodies and attributes, exactly as if they were received now: what is
 * stored or found to be a duplicate is settled as replayed, the rest stays open under its newest reason. A whole body
 * that holds several events now is settled as replayed once each of them is stored or kept as a rejection of its own.
 * Doing it twice stores once. Those whose body is elsewhere, and that is away, are left as they are and have no result.
 * @throws StoreError `unavailable`
 */
export async function replayRejections(
  rejections: readonly OpenRejection[],
  parts: ReplayParts,
  signal: AbortSignal = new AbortController().signal,
): Promise<ReplayResult[]> {
  const results: ReplayResult[] = [];
  let batch: DecidedAgain[] = [];
  let batchBytes = 0;
  for (const rejection of rejections) {
    const decided = await decideFetching(rejection, parts, signal);
    if (decided === undefined) continue;
    const { events, bytes } = decided;
    batch.push({ rejection, events });
    batchBytes += bytes;
    if (batchBytes < BATCH_BYTES) continue;
    results.push(...(await settle(batch, parts)));
    batch = [];
    batchBytes = 0;
  }
  return results.concat(await settle(batch, parts));
}

/** Undefined when what it takes is away. */
async function decideFetching(
  rejection: OpenRejection,
  parts: ReplayParts,
  signal: AbortSignal,
): Promise<DecidedMessage | undefined> {
  const decided = decideAgain(rejection, parts);
  if (decided.elsewhere === undefined || parts.payloads === undefined) return decided;
  try {
    const fetched = await parts.payloads.fetch(decided.elsewhere, signal);
    return decideAgain(rejection, parts, fetched);
  } catch {
    return undefined;
  }
}

function decideAgain(rejection: OpenRejection, parts: DecideParts, fetched?: FetchedPayload): DecidedMessage {
  const { body, sqsMessageId, eventIndex, queue, receivedAt } = rejection;
  if (eventIndex === null)
    return decide({ ...rejection, messageId: sqsMessageId }, rejection, parts, fetched);
  // Where it has none of its own, the id that it was given when it came: a wrapper's, of which nothing is left here.
  const eventId = rejection.eventId ?? `${sqsMessageId}-${eventIndex}`;
  const decoded = decodeAgain({ ...rejection, eventId }, { queue, mappings: parts.mappings.current });
  const decision = decideDecoded(decoded, receivedAt, parts.schemas);
  return { events: [{ index: eventIndex, text: () => body, decision }], bytes: body.length };
}

async function settle(
  batch: readonly DecidedAgain[],
  { store, schemas }: ReplayParts,
): Promise<ReplayResult[]> {
  if (batch.length === 0) return [];
  const storable = batch.flatMap(({ events }) =>
    events.flatMap(({ decision }) => (decision.kind === 'storable' ? [decision.storable] : [])),
  );
  const outcomes = (await storeEvents(storable, { store, schemas })).values();
  const ofTheirOwn: RejectionRecord[] = [];
  const results = batch.map(({ rejection, events }): ReplayResult => {
    const fates = events.map(({ decision }) => fateOf(decision, outcomes));
    const [fate, ...others] = fates;
    const { id } = rejection;
    if (others.length === 0 && fate?.kind === 'refused') return { id, kind: 'refused', ...fate.refusal };
    const refused = events.flatMap((event, i) => recordOf(rejection, event, fates[i] as Fate));
    ofTheirOwn.push(...refused);
    const refusals = refused.map(({ reason, detail }) => ({ reason, detail }));
    const messageId = others.length === 0 && fate?.kind === 'stored' ? fate.messageId : null;
    return { id, kind: 'replayed', messageId, refusals };
  });
  if (ofTheirOwn.length > 0) await store.reject(ofTheirOwn);
  await store.settle(results);
  return results;
}

type Fate =
  | { readonly kind: 'stored'; readonly messageId: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly claims: EventClaims };

/** Takes the next outcome for what was to be stored. */
function fateOf(decision: Decision, outcomes: Iterator<FinalOutcome>): Fate {
  if (decision.kind === 'refused') return decision;
  const outcome = outcomes.next().value as FinalOutcome;
  if (outcome.kind === 'refused') return { ...outcome, claims: claimsOf(decision.storable) };
  return { kind: 'stored', messageId: outcome.messageId };
}

function recordOf(rejection: OpenRejection, { index, text }: DecidedEvent, fate: Fate): RejectionRecord[] {
  if (fate.kind === 'stored') return [];
  const { refusal, claims } = fate;
  return [{ ...rejection, ...refusal, eventIndex: index, claims, body: text() }];
}

interface HealParts extends ReplayParts {
  readonly store: Pick<Store, 'store' | 'schemas' | 'reject' | 'settle' | 'healable'>;
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
    while (replayed > 0 && !drain.aborted) replayed = await healPage(parts, drain);
  }
}

/** Answers how many rejections came right. */
async function healPage(parts: HealParts, drain: AbortSignal): Promise<number> {
  const { store, books, log } = parts;
  try {
    const open = await store.healable(PAGE);
    if (open.length === 0) return 0;
    const results = await replayRejections(open, parts, drain);
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
