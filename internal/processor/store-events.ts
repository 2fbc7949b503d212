import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Refusal } from '../event/rejection.ts';
import { type StorableEvent, type Store, StoreError } from './ports.ts';
import { checkSchema } from './decide.ts';
import type { Outcome } from './outcome.ts';
import type { SchemaRegistry } from './schemas.ts';
import type { RowOutcome } from './row-outcome.ts';
import { Turn } from './turn.ts';

/** Two or three suffice; the bound keeps a livelock from blocking the shutdown. */
const MAX_LOOKS = 50;
const STILL_OPEN = `events have no outcome after ${MAX_LOOKS} looks; trying again later`;

/** What storing can make of an event. `rejected` is still to be kept. */
export type StoredOutcome = Exclude<Outcome, { kind: 'released' }>;

/** Stores some of the events, by their positions. */
export type StoreSome = (
  events: readonly StorableEvent[],
  positions: readonly number[],
) => Promise<RowOutcome[]>;

interface StoreAndSchemas {
  readonly store: Pick<Store, 'schemas'>;
  readonly schemas: SchemaRegistry;
}

/**
 * Stores events and follows up until each has its outcome, in the order of the events: a changed schema is fetched and
 * checked, an identity that another transaction holds is looked up again.
 * @throws StoreError `unavailable`; trying again with the same events is safe, it finds what was committed
 */
export async function storeEvents(
  events: readonly StorableEvent[],
  storeSome: StoreSome,
  { store, schemas }: StoreAndSchemas,
): Promise<StoredOutcome[]> {
  const outcomes: (StoredOutcome | undefined)[] = events.map(() => undefined);
  let open = events.map((storable, position) => ({ storable, position }));
  for (let looks = 1; open.length > 0; looks += 1) {
    if (looks > MAX_LOOKS) throw new StoreError('unavailable', STILL_OPEN, undefined, undefined);
    const answers = await storeSome(
      open.map(({ storable }) => storable),
      open.map(({ position }) => position),
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
        outcomes[entry.position] = outcomeOf(answer, entry.storable);
      }
    }
    if (changed.length > 0) await refreshSchemas(changed, { store, schemas });
    const turn = new Turn();
    for (const { storable, position } of changed) {
      if (turn.isOver) await nextTurn();
      const decision = checkSchema(storable, schemas);
      if (decision.kind === 'storable') again.push({ storable: decision.storable, position });
      else outcomes[position] = { kind: 'rejected', refusal: decision.refusal };
    }
    open = again.sort((a, b) => a.position - b.position);
  }
  return outcomes as StoredOutcome[];
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

function outcomeOf(
  answer: Exclude<RowOutcome, { kind: 'schema_changed' | 'unresolved' }>,
  { event }: StorableEvent,
): StoredOutcome {
  const tenant = quoted(event.tenantId);
  switch (answer.kind) {
    case 'stored':
    case 'duplicate':
    case 'blocked':
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
        answer.error.sqlState === undefined
          ? `PostgreSQL cannot be given the event: ${answer.error.message}`
          : `PostgreSQL refused the event: ${answer.error.message} (SQLSTATE ${answer.error.sqlState})`,
      );
  }
}

function refused(reason: Refusal['reason'], detail: string): StoredOutcome {
  return { kind: 'rejected', refusal: { reason, detail } };
}

// Long names are cut so that a detail stays a sentence.
function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
