import type { Endpoint, Lane, Message, Position } from '../../sender/ports.ts';

/** An endpoint that takes everything, with defaults as in PostgreSQL; its number and revision are the store's to give. */
export function endpointOf(given: Partial<Endpoint>, number: number): Endpoint {
  return {
    number,
    tenantId: 'default',
    clientId: 'client-1',
    id: `endpoint-${number}`,
    url: `https://receiver.example/${number}`,
    eventTypes: null,
    format: 'structured',
    headers: {},
    secrets: [],
    ratePerSecond: null,
    concurrency: 16,
    ordered: false,
    timeoutSeconds: 15,
    retrySeconds: [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
    state: 'active',
    problem: undefined,
    revision: 0,
    ...given,
  };
}

export function messageOf(given: Partial<Message>, id: string): Message {
  return {
    id,
    tenantId: 'default',
    clientId: 'client-1',
    eventType: 'user-app',
    source: 'test',
    eventId: id,
    payload: '{"n":1}',
    payloadEncoding: null,
    contentType: null,
    occurredAt: null,
    traceparent: null,
    attributes: null,
    deliverAfterMs: undefined,
    ...given,
  };
}

/** The lanes of one transaction: its messages by client, sorted as their ids are. */
export function lanesOfBatch(xid: Position, messages: readonly Message[]): Lane[] {
  const byClient = Map.groupBy(messages, ({ tenantId, clientId }) => JSON.stringify([tenantId, clientId]));
  return [...byClient.values()].map((batch) => {
    const { tenantId, clientId } = batch[0] as Message;
    return { tenantId, clientId, xid, ids: batch.map(({ id }) => id).toSorted() };
  });
}
