import { hash } from 'node:crypto';
import type { Event } from './event.ts';

// Fields hold no U+0000, so it separates them without doubt.
const SEPARATOR = '\u0000';

/** The identity of an event inside its tenant (CloudEvents 1.0: source and id): a 128-bit digest in 32 hex digits. */
export function eventKey({ source, eventId }: Pick<Event, 'source' | 'eventId'>): string {
  return digest(source + SEPARATOR + eventId);
}

type Content = Pick<Event, 'eventType' | 'clientId' | 'payloadEncoding'>;

/**
 * What makes an event with a known identity a duplicate and not a conflict: type, client and payload, whatever the order of
 * its keys and the spelling of its numbers. Time and trace are left out: a producer that sends again may stamp again.
 * A 128-bit digest in 32 hex digits. Version 2; no digest of version 1 began with the separator.
 * @param canonical the payload's canonical JSON
 */
export function eventFingerprint(
  { eventType, clientId, payloadEncoding }: Content,
  canonical: string,
): string {
  return digest(
    `${SEPARATOR}2${SEPARATOR}${eventType}${SEPARATOR}${clientId}${SEPARATOR}${payloadEncoding ?? ''}${SEPARATOR}${canonical}`,
  );
}

/** Version 1, of the payload's text as it came. The ledger has it of what was stored by releases before version 2. */
export function eventFingerprintV1({
  eventType,
  clientId,
  payloadEncoding,
  payload,
}: Content & Pick<Event, 'payload'>): string {
  return digest(
    `${eventType}${SEPARATOR}${clientId}${SEPARATOR}${payloadEncoding ?? ''}${SEPARATOR}${payload}`,
  );
}

/** The first 128 bits of SHA-256. */
function digest(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}
