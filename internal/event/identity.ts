import { hash } from 'node:crypto';
import type { Event } from './event.ts';

// Fields hold no U+0000, so it separates them without doubt.
const SEPARATOR = '\u0000';

/** The identity of an event inside its tenant (CloudEvents 1.0: source and id): a 128-bit digest in 32 hex digits. */
export function eventKey({ source, eventId }: Pick<Event, 'source' | 'eventId'>): string {
  return digest(source + SEPARATOR + eventId);
}

/**
 * What makes an event with a known identity a duplicate and not a conflict: type, client and payload.
 * Time and trace are left out: a producer that sends again may stamp again. A 128-bit digest in 32 hex digits.
 */
export function eventFingerprint(
  event: Pick<Event, 'eventType' | 'clientId' | 'payloadEncoding' | 'payload'>,
): string {
  const { eventType, clientId, payloadEncoding, payload } = event;
  return digest(
    `${eventType}${SEPARATOR}${clientId}${SEPARATOR}${payloadEncoding ?? ''}${SEPARATOR}${payload}`,
  );
}

/** The first 128 bits of SHA-256. */
function digest(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}
