import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Refusal } from '../event/rejection.ts';
import { type StorableEvent, StoreError, type StoreOutcome } from '../event/storing.ts';
import { checkSchema } from './decide.ts';
import type { Store } from './ports.ts';
import type { SchemaRegistry } from './schemas.ts';

/** The last word on an event. */
export type FinalOutcome =
  | { readonly kind: 'stored' | 'duplicate'; readonly messageId: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What a statement answered, or that PostgreSQL refused this one row. */
type RowOutcome = StoreOutcome | { readonly kind: 'refused_row'; readonly error: StoreError };

/** Two or three are enough for whatever goes on meanwhile. More must not keep the processor busy, nor from its end. */
const MAX_LOOKS = 50;
const STILL_OPEN = `events have no outcome after ${MAX_LOOKS} looks; trying again later`;

/** Of payloads that are checked again, perhaps against schemas that are compiled for it, in one turn of the event loop. */
const CHECKS_A_TURN = 50;

interface StoreAndSchemas {
  readonly store: Pick<Store, 'store' | 'schemas'>;
  readonly schemas: SchemaRegistry;
}

/**
 * Stores events and follows up until each has its last word, in the order of the events: a refused row is isolated,
 * a changed schema is fetched and checked, an identity that another transaction holds is looked up again.
 * @throws StoreError `unavailable`; trying again with the same events is safe, it finds what was committed
 */
export async function storeEvents(
  events: readonly StorableEvent[],
  { store, schemas }: StoreAndSchemas,
): Promise<FinalOutcome[]> {
  const outcomes: (FinalOutcome | undefined)[] = events.map(() => undefined);
  let open = events.map((storable, position) => ({ storable, position }));
  for (let looks = 1; open.length > 0; looks += 1) {
    if (looks > MAX_LOOKS) throw new StoreError('unavailable', STILL_OPEN, undefined, undefined);
    const answers = await storeIsolating(
      store,
      open.map(({ storable }) => storable),
    );
    const changed: typeof open = [];
    const again: typeof open = [];
    for (let i = 0; i < open.length; i += 1) {
      const entry = open[i] as (typeof open)[number];
      const answer = answers[i];
      if (answer === undefined) throw new Error('the store answered fewer outcomes than it was given events');
      if (answer.kind === 'schema_changed' || answer.kind === 'unresolved') {
        (answer.kind === 'schema_changed' ? changed : again).push(entry);
      } else {
        outcomes[entry.position] = finalOutcome(answer, entry.storable);
      }
    }
    if (changed.length > 0) await refreshSchemas(changed, { store, schemas });
    for (const [i, { storable, position }] of changed.entries()) {
      if (i % CHECKS_A_TURN === CHECKS_A_TURN - 1) await nextTurn();
      const decision = checkSchema(storable, schemas);
      if (decision.kind === 'storable') again.push({ storable: decision.storable, position });
      else outcomes[position] = { kind: 'refused', refusal: decision.refusal };
    }
    open = again.sort((a, b) => a.position - b.position);
  }
  return outcomes as FinalOutcome[];
}

/** One statement for all; when PostgreSQL refuses a row, halves, until the row stands alone and its neighbours are stored. */
async function storeIsolating(store: Pick<Store, 'store'>, events: StorableEvent[]): Promise<RowOutcome[]> {
  try {
    return await store.store(events);
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'bad_row') throw error;
    if (events.length === 1) return [{ kind: 'refused_row', error }];
    const half = events.length >> 1;
    const first = await storeIsolating(store, events.slice(0, half));
    // A changed schema holds back all of a statement, for the order's sake; so it does the second half.
    if (first.some(({ kind }) => kind === 'schema_changed'))
      return first.concat(events.slice(half).map(() => ({ kind: 'unresolved' })));
    return first.concat(await storeIsolating(store, events.slice(half)));
  }
}

async function refreshSchemas(
  changed: readonly { storable: StorableEvent }[],
  { store, schemas }: StoreAndSchemas,
): Promise<void> {
  const names = new Map<string, { tenantId: string; eventType: string }>();
  for (const { storable } of changed) {
    const { tenantId, eventType } = storable.event;
    names.set(`${tenantId}\u0000${eventType}`, { tenantId, eventType });
  }
  schemas.update(await store.schemas([...names.values()]));
}

function finalOutcome(
  answer: Exclude<RowOutcome, { kind: 'schema_changed' | 'unresolved' }>,
  { event }: StorableEvent,
): FinalOutcome {
  const tenant = quoted(event.tenantId);
  switch (answer.kind) {
    case 'stored':
    case 'duplicate':
      return answer;
    case 'unknown_tenant':
      return refused(answer.kind, `tenant ${tenant} is not registered`);
    case 'unknown_client':
      return refused(answer.kind, `client ${quoted(event.clientId)} is not registered in tenant ${tenant}`);
    case 'unknown_event_type':
      return refused(
        answer.kind,
        `event type ${quoted(event.eventType)} is not registered in tenant ${tenant}`,
      );
    case 'id_conflict':
      return refused(
        answer.kind,
        `source ${quoted(event.source)} already sent an event with id ${quoted(event.eventId)} and another type, client or payload; a new event needs a new id`,
      );
    case 'refused_row':
      return refused(
        'unstorable',
        `PostgreSQL refused the event: ${answer.error.message} (SQLSTATE ${answer.error.sqlState ?? 'unknown'})`,
      );
  }
}

function refused(reason: Refusal['reason'], detail: string): FinalOutcome {
  return { kind: 'refused', refusal: { reason, detail } };
}

// Long names are cut so that a detail stays a sentence.
function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
