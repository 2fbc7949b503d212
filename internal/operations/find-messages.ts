import type pg from 'pg';
import { eventKey } from '../event/identity.ts';
import { type MessageSummary, messagesById } from '../postgres/messages/browse.ts';
import { ledgerEntries } from '../postgres/messages/ledger.ts';
import { listEventTypes } from '../postgres/registry/list.ts';

interface EventIdentity {
  readonly tenantId: string;
  readonly eventId: string;
  /** Without it, each of the tenant's event types is tried: the source of a plain event is its type, unless it names one. */
  readonly source?: string;
}

/** An identity that was stored, and whose message is not there any more: its day was dropped. */
export interface Gone {
  readonly source: string;
  readonly messageId: string;
}

const SOURCES_AT_ONCE = 1_000;

/**
 * Finds messages by the producer's id of the event, through the ledger of identities, which has no other index: so it finds an
 * event only under the source that it was stored with.
 */
export async function findByEventId(
  pool: pg.Pool,
  identity: EventIdentity,
): Promise<{ messages: MessageSummary[]; gone: Gone[] }> {
  const messages: MessageSummary[] = [];
  const gone: Gone[] = [];
  for await (const sources of sourcesOf(pool, identity)) {
    const keys = new Map(sources.map((source) => [eventKey({ source, eventId: identity.eventId }), source]));
    const entries = await ledgerEntries(pool, identity.tenantId, [...keys.keys()]);
    const found = await messagesById(
      pool,
      entries.map(({ messageId }) => messageId),
    );
    messages.push(...found);
    for (const { key, messageId } of entries) {
      if (!found.some(({ id }) => id === messageId)) gone.push({ source: keys.get(key) ?? '', messageId });
    }
  }
  return { messages, gone };
}

async function* sourcesOf(
  pool: pg.Pool,
  { tenantId, source }: EventIdentity,
): AsyncGenerator<readonly string[]> {
  if (source !== undefined) return yield [source];
  for (let after: { tenantId: string; name: string } | undefined; ; ) {
    const page = { tenantId, limit: SOURCES_AT_ONCE, ...(after === undefined ? {} : { after }) };
    const names = (await listEventTypes(pool, page)).map(({ name }) => name);
    if (names.length > 0) yield names;
    if (names.length < SOURCES_AT_ONCE) return undefined;
    after = { tenantId, name: names.at(-1) ?? '' };
  }
}
