import { type Carried, NOTHING_CARRIED } from './carried.ts';
import type { EventOrRefusal } from '../event-or-refusal.ts';
import type { EventClaims } from '../event.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { PayloadPointer } from './payload-pointer.ts';
import type { TextAttributes } from './message-attributes.ts';
import type { Refusal } from '../rejection.ts';

/** One event of an SQS body, or why it is none. */
export type Decoded = EventOrRefusal & {
  /** Position in the array of events; null when the body was not an array. */
  readonly index: number | null;
  /**
   * The SQS body; or the JSON text of the array's element, with so much around it as a mapping needs to know it by.
   * Decoding it again gives the same.
   */
  readonly text: () => string;
  /** Where the body is, of one that was refused for being elsewhere. */
  readonly elsewhere?: PayloadPointer;
};

/** What is known about a body beside its text. */
export interface Surroundings {
  readonly carried: Carried;
  /** Name of the queue it came from. */
  readonly queue: string;
  /** Message attributes, for mappings. */
  readonly attributes: TextAttributes;
  /** In the order in which they are tried. */
  readonly mappings: readonly Mapping[];
  /** What was fetched from where the body points to. */
  readonly fetched?: string;
}

export const BARE: Surroundings = { carried: NOTHING_CARRIED, queue: '', attributes: {}, mappings: [] };

// Written out: spreading costs as much as parsing does.
export function placed(decision: EventOrRefusal, index: number | null, text: () => string): Decoded {
  return decision.kind === 'event'
    ? { kind: 'event', event: decision.event, fingerprint: decision.fingerprint, index, text }
    : { kind: 'refused', refusal: decision.refusal, claims: decision.claims, index, text };
}

export function refused(
  reason: Refusal['reason'],
  detail: string,
  text: () => string,
  claims: EventClaims = {},
): Decoded {
  return { kind: 'refused', refusal: { reason, detail }, claims, index: null, text };
}
