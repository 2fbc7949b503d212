import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeAgain } from '../event/body/decode-message.ts';
import { sizeOfAttributes } from '../event/body/message-attributes.ts';
import type { EventClaims } from '../event/event.ts';
import type { Refusal } from '../event/rejection.ts';
import type {
  FetchedPayload,
  OpenRejection,
  Payloads,
  RejectionRecord,
  ReplayResult,
  StorableEvent,
  Store,
} from './ports.ts';
import {
  claimsOf,
  type DecidedEvent,
  type Decision,
  type DecideParts,
  decideDecoded,
  Deciding,
} from './decide.ts';
import { inPieces, sizeOfEvent } from './sizes.ts';
import { storeApart } from './store-apart.ts';
import { type StoredOutcome, storeEvents } from './store-events.ts';
import { Turn } from './turn.ts';
import { namesOfEvent, unitsOf } from './units.ts';

/**
 * Once the decided events have this many bytes, they are stored before more are decided. One rejection may have more: its
 * events are stored, and kept, in statements of about this size.
 */
const BATCH_BYTES = 4_194_304;

/** The parts that a replay works with. */
export interface ReplayParts extends DecideParts {
  readonly store: Pick<Store, 'store' | 'schemas' | 'reject' | 'settle'>;
  /** Without it, rejections whose body is elsewhere are left as they are. */
  readonly payloads?: Payloads;
}

/** Results of a replay: rejections that were settled or refused again, and those left as they are. */
export interface Replay {
  readonly results: ReplayResult[];
  readonly left: LeftAsItIs[];
}

/** `lock`: an event of it waits for a lock that somebody else holds. `elsewhere`: its body is, and that is away. */
export interface LeftAsItIs {
  readonly id: string;
  readonly why: 'lock' | 'elsewhere';
  readonly error: unknown;
}

/** A rejection and what its kept body is decided to be now. */
interface DecidedAgain {
  readonly rejection: OpenRejection;
  readonly events: readonly DecidedEvent[];
  /** About how many bytes an event takes that is refused. */
  readonly kept: number;
}

/**
 * Decides open rejections again, from their kept bodies and attributes, exactly as if they were received now: what is
 * stored or found to be a duplicate is settled as replayed, the rest stays open under its newest reason. A whole body
 * that holds several events now is settled as replayed once each of them is stored or kept as a rejection of its own.
 * Doing it twice stores once. Aborted, it settles what it has decided and returns the results of that alone.
 * @throws StoreError `unavailable`
 */
export async function replayRejections(
  rejections: readonly OpenRejection[],
  parts: ReplayParts,
  signal: AbortSignal = new AbortController().signal,
): Promise<Replay> {
  const replay: Replay = { results: [], left: [] };
  let batch: DecidedAgain[] = [];
  let batchBytes = 0;
  const turn = new Turn();
  for (const rejection of rejections) {
    if (signal.aborted) break;
    const decided = await decideFetching(rejection, parts, { turn, signal, left: replay.left });
    if (decided === undefined) continue;
    const { events, bytes } = decided;
    const kept =
      Math.ceil(Math.max(bytes, rejection.body.length) / events.length) + attributeBytesOf(rejection);
    batch.push({ rejection, events, kept });
    for (const { decision } of events) batchBytes += sizeOfEvent(decision, kept);
    if (batchBytes >= BATCH_BYTES) {
      await settle(batch, parts, replay);
      batch = [];
      batchBytes = 0;
    }
    if (turn.isOver) await nextTurn();
  }
  await settle(batch, parts, replay);
  return replay;
}

/** Undefined when the body is elsewhere, and that place is away. */
async function decideFetching(
  rejection: OpenRejection,
  parts: ReplayParts,
  { turn, signal, left }: { readonly turn: Turn; readonly signal: AbortSignal } & Pick<Replay, 'left'>,
): Promise<Pick<Deciding, 'events' | 'bytes'> | undefined> {
  const decided = await decideAgain(rejection, parts, turn);
  if (decided.elsewhere === undefined || parts.payloads === undefined) return decided;
  try {
    const fetched = await parts.payloads.fetch(decided.elsewhere, signal);
    return await decideAgain(rejection, parts, turn, fetched);
  } catch (error) {
    left.push({ id: rejection.id, why: 'elsewhere', error });
    return undefined;
  }
}

/** May take several turns of the event loop: a body can hold ten thousand events. */
async function decideAgain(
  rejection: OpenRejection,
  parts: DecideParts,
  turn: Turn,
  fetched?: FetchedPayload,
): Promise<Pick<Deciding, 'events' | 'bytes' | 'elsewhere'>> {
  const { body, sqsMessageId, eventIndex, queue, receivedAt } = rejection;
  if (eventIndex === null) {
    const deciding = new Deciding(rejection, rejection, parts, fetched);
    while (!deciding.isDone) {
      deciding.next();
      if (turn.isOver) await nextTurn();
    }
    return deciding;
  }
  // Without an id of its own, the event keeps the id it was given when it came, such as that of a wrapper, which is not kept.
  const eventId = rejection.eventId ?? `${sqsMessageId}-${eventIndex}`;
  const decoded = decodeAgain({ ...rejection, eventId }, { queue, mappings: parts.mappings.current });
  const decision = decideDecoded(decoded, receivedAt, parts.schemas);
  return {
    events: [{ index: eventIndex, text: () => body, decision }],
    bytes: body.length,
    elsewhere: undefined,
  };
}

/** Stores the events of a batch, settles its rejections and adds the results to the replay. */
async function settle(
  batch: readonly DecidedAgain[],
  { store, schemas }: ReplayParts,
  { results, left }: Replay,
): Promise<void> {
  if (batch.length === 0) return;
  const storable = batch.flatMap(({ events, kept }) =>
    events.flatMap(({ decision }) =>
      decision.kind === 'storable' ? [{ event: decision.storable, bytes: sizeOfEvent(decision, kept) }] : [],
    ),
  );
  const storeSome = (events: readonly StorableEvent[]) =>
    storeApart(store, { events, units: () => unitsOf(events.map(({ event }) => namesOfEvent(event))) });
  const found: StoredOutcome[] = [];
  for (const piece of inPieces(storable, ({ bytes }) => bytes, BATCH_BYTES)) {
    const events = piece.map(({ event }) => event);
    found.push(...(await storeEvents(events, storeSome, { store, schemas })));
  }
  const outcomes = found.values();
  const ofTheirOwn: RejectionRecord[] = [];
  const settled: ReplayResult[] = [];
  for (const { rejection, events } of batch) {
    const fates = events.map(({ decision }) => fateOf(decision, outcomes));
    const [fate, ...others] = fates;
    const { id } = rejection;
    const waiting = fates.find((each) => each.kind === 'blocked');
    if (waiting !== undefined) {
      left.push({ id, why: 'lock', error: waiting.error });
      continue;
    }
    if (others.length === 0 && fate?.kind === 'rejected') {
      settled.push({ id, kind: 'refused', ...fate.refusal, claims: fate.claims });
      continue;
    }
    const refused = events.flatMap((event, i) => recordOf(rejection, event, fates[i] as Fate));
    ofTheirOwn.push(...refused);
    const refusals = refused.map(({ reason, detail }) => ({ reason, detail }));
    const messageId =
      others.length === 0 && fate !== undefined && 'messageId' in fate ? fate.messageId : null;
    settled.push({ id, kind: 'replayed', messageId, refusals });
  }
  for (const piece of inPieces(ofTheirOwn, sizeOfRecord, BATCH_BYTES)) await store.reject(piece);
  await store.settle(settled);
  results.push(...settled);
}

type KeptAttributes = Pick<RejectionRecord, 'attributes' | 'systemAttributes'>;

function attributeBytesOf({ attributes, systemAttributes }: KeptAttributes): number {
  return sizeOfAttributes(attributes) + sizeOfAttributes(systemAttributes);
}

function sizeOfRecord(record: RejectionRecord): number {
  return record.body.length + attributeBytesOf(record);
}

/** The outcome of an event; of a rejected one also what could be read of it. */
type Fate =
  | Exclude<StoredOutcome, { kind: 'rejected' }>
  | { readonly kind: 'rejected'; readonly refusal: Refusal; readonly claims: EventClaims };

/** Takes the next outcome for what was to be stored. */
function fateOf(decision: Decision, outcomes: Iterator<StoredOutcome>): Fate {
  if (decision.kind === 'refused') return { ...decision, kind: 'rejected' };
  const outcome = outcomes.next().value as StoredOutcome;
  return outcome.kind === 'rejected' ? { ...outcome, claims: claimsOf(decision.storable) } : outcome;
}

function recordOf(rejection: OpenRejection, { index, text }: DecidedEvent, fate: Fate): RejectionRecord[] {
  if (fate.kind !== 'rejected') return [];
  const { refusal, claims } = fate;
  return [{ ...rejection, ...refusal, eventIndex: index, claims, body: text() }];
}
