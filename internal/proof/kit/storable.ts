import { decodeBody } from '../../event/body/envelope.ts';
import { eventKey } from '../../event/identity.ts';
import type { StorableEvent } from '../../processor/ports.ts';
import { mintUuid7 } from '../../event/uuid7.ts';

/** The single event of a body, ready to be stored. */
export function storableEvent(body: object | string, more: Partial<StorableEvent> = {}): StorableEvent {
  const [decoded] = decodeBody(typeof body === 'string' ? body : JSON.stringify(body), 'sqs-id');
  if (decoded?.kind !== 'event') throw new Error(`not an event: ${JSON.stringify(decoded)}`);
  const { event, fingerprint } = decoded;
  return {
    messageId: mintUuid7(),
    event,
    key: eventKey(event),
    fingerprint,
    schemaVersion: '0',
    receivedAt: new Date(),
    ...more,
  };
}
