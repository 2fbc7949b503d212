import type { Decision } from './decide.ts';

/** About what a decided event takes in memory beside its text: thousands of small ones may come in one message. */
export const BYTES_PER_EVENT = 2_048;

/**
 * About how many bytes an event takes in a statement: all of its texts, in whichever of its two rows is larger. The store may
 * still refuse what is decided to be stored; it is then kept with its own text and all attributes of its SQS message.
 * @param kept bytes of that text and those attributes
 */
export function sizeOfEvent(decision: Decision, kept: number): number {
  if (decision.kind === 'refused') return kept + decision.refusal.detail.length;
  const { event } = decision.storable;
  const { payload, attributes, sqsAttributes, tenantId, clientId, eventType, source, eventId } = event;
  const names = tenantId.length + clientId.length + eventType.length + source.length + eventId.length;
  return Math.max(kept, payload.length + (attributes?.length ?? 0) + (sqsAttributes?.length ?? 0) + names);
}

/** The items in their order, in pieces that end with the item which brings them to that many bytes. */
export function* inPieces<T>(
  items: Iterable<T>,
  sizeOf: (item: T) => number,
  maxBytes: number,
): Generator<T[]> {
  let piece: T[] = [];
  let bytes = 0;
  for (const item of items) {
    piece.push(item);
    bytes += sizeOf(item);
    if (bytes < maxBytes) continue;
    yield piece;
    piece = [];
    bytes = 0;
  }
  if (piece.length > 0) yield piece;
}
