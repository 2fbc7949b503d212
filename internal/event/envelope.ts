import { type Carried, NOTHING_CARRIED } from './carried.ts';
import { claimsIn } from './claims.ts';
import { decideEvent } from './decode-event.ts';
import type { Decision } from './decision.ts';
import { elementTexts, memberText } from './json.ts';
import { type Read, readJson } from './read.ts';
import { wrapperIn } from './wrapper.ts';

/** One event of an SQS body, or why it is none. */
export type Decoded = Decision & {
  /** Position in the array of events; null when the body was not an array. */
  readonly index: number | null;
  /** The SQS body, or the JSON text of the array's element; decoding it again gives the same. */
  readonly text: () => string;
};

/** What stands inside of all wrappers. */
interface Unwrapped {
  readonly read: Read;
  /** Of an event without an id of its own: that of the innermost wrapper that has one, else the SQS MessageId. */
  readonly fallbackId: string;
}

/** SNS, EventBridge or both around an event; more layers than that are nobody's and not unwrapped. */
const MAX_WRAPPERS = 3;

/** A body of 1 MiB could hold half a million of the shortest elements, each a rejection of its own. */
const MAX_EVENTS = 10_000;

/**
 * Decodes an SQS body: one event or an array of them, plain or CloudEvents, bare or wrapped by SNS or EventBridge.
 * Never throws and never answers an empty list: what is not an event is answered as refused.
 * @param messageId the SQS MessageId, which serves as id of an event without one where no wrapper has an id (with
 * `-index` in an array)
 */
export function decodeBody(body: string, messageId: string, carried: Carried = NOTHING_CARRIED): Decoded[] {
  const { read, fallbackId } = unwrap(body, messageId);
  if (read.kind !== 'malformed' && Array.isArray(read.value) && read.value.length > MAX_EVENTS) {
    const detail = `the array has ${read.value.length} events; at most ${MAX_EVENTS} are taken from one message`;
    return [
      placed(
        { kind: 'refused', refusal: { reason: 'invalid_envelope', detail }, claims: {} },
        null,
        () => body,
      ),
    ];
  }
  if (read.kind === 'too_deep' && Array.isArray(read.value)) {
    // One element is too deep, its neighbours need not be: each is read by itself.
    return elementTexts(read.text).map((text, index) => ({
      ...decodeElement(text, `${fallbackId}-${index}`, carried),
      index,
    }));
  }
  if (read.kind === 'json' && Array.isArray(read.value)) {
    const decoded = decodeArray(read.value, read.exact as unknown[], read.text, { fallbackId, carried });
    if (decoded.length > 0) return decoded;
    const refusal = { reason: 'invalid_envelope', detail: 'the array of events is empty' } as const;
    return [placed({ kind: 'refused', refusal, claims: {} }, null, () => body)];
  }
  return [placed(decide(read, fallbackId, carried), null, () => body)];
}

/** Decodes one element of an array again, from its text; `eventId` serves when it has no id of its own. */
export function decodeElement(text: string, eventId: string, carried: Carried = NOTHING_CARRIED): Decoded {
  return placed(decide(readJson(text, 'the event'), eventId, carried), null, () => text);
}

function decodeArray(
  values: readonly unknown[],
  exact: readonly unknown[],
  arrayText: () => string,
  { fallbackId, carried }: { fallbackId: string; carried: Carried },
): Decoded[] {
  // Few need their text again. Until then the body is held and not what was parsed of it, which takes far more.
  let texts: string[] | undefined;
  return values.map((value, index) =>
    placed(decideEvent(value, exact[index], `${fallbackId}-${index}`, carried), index, () => {
      texts ??= elementTexts(arrayText());
      return texts[index] as string;
    }),
  );
}

// Written out: spreading costs as much as parsing does.
function placed(decision: Decision, index: number | null, text: () => string): Decoded {
  return decision.kind === 'event'
    ? { kind: 'event', event: decision.event, fingerprint: decision.fingerprint, index, text }
    : { kind: 'refused', refusal: decision.refusal, claims: decision.claims, index, text };
}

function decide(read: Read, fallbackId: string, carried: Carried): Decision {
  if (read.kind === 'malformed') return { kind: 'refused', refusal: read.refusal, claims: {} };
  if (read.kind === 'too_deep') {
    return { kind: 'refused', refusal: read.refusal, claims: claimsIn(read.value, fallbackId) };
  }
  return decideEvent(read.value, read.exact, fallbackId, carried);
}

function unwrap(body: string, messageId: string): Unwrapped {
  let read = readJson(body, 'the body');
  let fallbackId = messageId;
  for (let wrappers = 0; wrappers < MAX_WRAPPERS && read.kind !== 'malformed'; wrappers += 1) {
    const wrapper = wrapperIn(read.value);
    if (wrapper === undefined) break;
    if (wrapper.id !== undefined) fallbackId = wrapper.id;
    read =
      wrapper.kind === 'sns'
        ? readJson(wrapper.message, 'Message of the SNS notification')
        : detailOf(read, wrapper.detail);
  }
  return { read, fallbackId };
}

/** What an EventBridge event is around. Of one that nests too deep, the detail alone may not. */
function detailOf(read: Exclude<Read, { kind: 'malformed' }>, value: unknown): Read {
  if (read.kind === 'too_deep')
    return readJson(memberText(read.text, 'detail'), 'detail of the EventBridge event');
  const { detail } = read.exact as { detail: unknown };
  return { kind: 'json', value, exact: detail, text: () => JSON.stringify(detail) };
}
