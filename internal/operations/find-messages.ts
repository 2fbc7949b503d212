import type pg from 'pg';
import { eventKey } from '../event/identity.ts';
import { type MessageSummary, messagesById } from '../postgres/messages/browse.ts';
import { ledgerEntries } from '../postgres/messages/ledger.ts';
import { listEventTypes } from '../postgres/registry/list.ts';

interface EventIdentity {
  readonly tenantId: string;
  readonly eventId: string;
  /** Without it, each of the tenant's event types is tried: a plain event that names no source has its type as its source. */
  readonly source?: string;
}

/** An identity whose message no longer exists: the partition of its day was dropped. */
export interface Gone {
  readonly source: string;
  readonly messageId: string;
}

const SOURCES_AT_ONCE = 1_000;

/**
 * Finds messages by the producer's event id, through the ledger of identities. Its only index includes the source, so an
 * event is found only under the source that it was stored with.
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
