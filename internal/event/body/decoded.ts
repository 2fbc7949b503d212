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

/**
 * The events of a body, one after the other, so that a turn of the event loop may end behind each; undefined where it may
 * and there is none yet. Nothing but what has one event, or what is refused whole, is decoded before it is asked for.
 */
export type DecodedInSteps = Iterable<Decoded | undefined>;

/** All of them at once. */
export function decodedOf(steps: DecodedInSteps): Decoded[] {
  return [...steps].filter((decoded) => decoded !== undefined);
}

/** What becomes of each event; at once where they are decided already. */
export function eachDecoded(steps: DecodedInSteps, change: (decoded: Decoded) => Decoded): DecodedInSteps {
  const changed = (decoded: Decoded | undefined) => (decoded === undefined ? undefined : change(decoded));
  return Array.isArray(steps) ? steps.map(changed) : changedInSteps(steps, changed);
}

function* changedInSteps(
  steps: DecodedInSteps,
  changed: (decoded: Decoded | undefined) => Decoded | undefined,
): Generator<Decoded | undefined> {
  for (const decoded of steps) yield changed(decoded);
}

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
  /** The text is that of one element of an array, and its fallback id is complete. */
  readonly isElement?: true;
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
