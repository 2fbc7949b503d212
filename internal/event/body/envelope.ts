import { claimsIn } from '../claims.ts';
import { decodeEvent } from '../decode-event.ts';
import { BARE, type Decoded, placed, refused, type Surroundings } from './decoded.ts';
import { decodeForeign, isOurs, MAX_EVENTS, withHint } from '../mapping/foreign.ts';
import { elementTexts } from '../json/scan.ts';
import { tooMuchToKeep } from './kept-with-each.ts';
import { nameOfPayload, type PayloadPointer, payloadPointerIn } from './payload-pointer.ts';
import { readJson } from '../json/read.ts';
import { type Level, MAX_WRAPPERS, unwrapped } from './wrapper.ts';

/** What stands in the place of events: what is known about it, and the text to be kept of it. */
interface Place {
  readonly around: Surroundings;
  readonly text: () => string;
  /** How often a mapping may still lead to an event within. */
  readonly layers: number;
}

/**
 * Decodes an SQS body: one event or an array of them, plain or CloudEvents, bare or wrapped by SNS or EventBridge, or what
 * a mapping takes. Never throws and never answers an empty list: what is not an event is answered as refused.
 * @param sqsMessageId the SQS MessageId, which serves as id of an event without one where no wrapper has an id (with
 * `-index` in an array)
 */
export function decodeBody(body: string, sqsMessageId: string, around: Surroundings = BARE): Decoded[] {
  const outermost = { read: readJson(body, 'the body'), fallbackId: sqsMessageId };
  return decodeLevels(outermost, { around, text: () => body, layers: MAX_WRAPPERS });
}

/** Decodes one event of an array again, from the text that was kept of it; `eventId` serves when it has no id of its own. */
export function decodeElement(text: string, eventId: string, around: Surroundings = BARE): Decoded {
  const level = { read: readJson(text, 'the event'), fallbackId: eventId };
  return decodeAlone(level, { around, text: () => text, layers: MAX_WRAPPERS });
}

function decodeLevels(outermost: Level, place: Place): Decoded[] {
  const levels = unwrapped(outermost);
  const inner = levels.at(-1) as Level;
  if (inner.read.kind === 'json' && isOurs(inner.read.value)) return [decodeOurs(inner, place)];
  return decodeArray(levels, place) ?? foreignIn(levels, place) ?? [decodeOurs(inner, place)];
}

/** Decides what is one of our formats, or has to be refused for being none. */
function decodeOurs({ read, fallbackId }: Level, { around, text }: Place): Decoded {
  if (read.kind === 'malformed') return refused(read.refusal.reason, read.refusal.detail, text);
  if (read.kind === 'too_deep')
    return refused(read.refusal.reason, read.refusal.detail, text, claimsIn(read.value, fallbackId));
  const decided = placed(decodeEvent(read.value, read.exact, fallbackId, around.carried), null, text);
  return isOurs(read.value) ? decided : withHint(decided, read.value);
}

/** The first of the levels, from the innermost outwards, that is for something or that a mapping takes. */
function foreignIn(levels: readonly Level[], place: Place): Decoded[] | undefined {
  for (const level of levels.toReversed()) {
    const decoded = decodeForeign(level, place.around, place.text, (inner) => decodeInner(inner, place));
    if (decoded !== undefined) return decoded;
  }
  return undefined;
}

function decodeInner(inner: Level, { layers, ...place }: Place): Decoded[] {
  return layers === 0
    ? [refused('invalid_envelope', 'it stands within more layers than are looked into', place.text)]
    : decodeLevels(inner, { ...place, layers: layers - 1 });
}

/** Undefined when the innermost level is no array. */
function decodeArray(levels: readonly Level[], place: Place): Decoded[] | undefined {
  const { read, fallbackId } = levels.at(-1) as Level;
  if (read.kind === 'malformed' || !Array.isArray(read.value)) return undefined;
  const values: readonly unknown[] = read.value;
  const pointer = payloadPointerIn(values);
  if (pointer !== undefined) return decodePayload(pointer, fallbackId, place);
  if (values.length > MAX_EVENTS) {
    const detail = `the array has ${values.length} events; at most ${MAX_EVENTS} are taken from one message`;
    return [refused('invalid_envelope', detail, place.text)];
  }
  const tooMuch = tooMuchToKeep(values.length, place.around);
  if (tooMuch !== undefined) return [refused('unstorable', tooMuch, place.text)];
  if (read.kind === 'too_deep') {
    // One element is too deep, its neighbours need not be: each is read by itself.
    return elementTexts(read.text).map((text, index) => ({
      ...decodeElement(text, `${fallbackId}-${index}`, place.around),
      index,
    }));
  }
  const decoded = decodeElements(values, read.exact as unknown[], fallbackId, { ...place, text: read.text });
  if (decoded.some(({ kind }) => kind === 'event') || values.some(isOurs)) return decoded;
  // None of it is an event: then what is around it may be one.
  const outer = foreignIn(levels.slice(0, -1), place);
  if (outer !== undefined || decoded.length > 0) return outer ?? decoded;
  return [refused('invalid_envelope', 'the array of events is empty', place.text)];
}

function decodeElements(
  values: readonly unknown[],
  exact: readonly unknown[],
  fallbackId: string,
  { text: arrayText, ...place }: Place,
): Decoded[] {
  // Few need their text again. Until then the body is held and not what was parsed of it, which takes far more.
  let texts: string[] | undefined;
  return values.map((value, index) => {
    const text = () => {
      texts ??= elementTexts(arrayText());
      return texts[index] as string;
    };
    const id = `${fallbackId}-${index}`;
    if (isOurs(value)) return placed(decodeEvent(value, exact[index], id, place.around.carried), index, text);
    const read = { kind: 'json', value, exact: exact[index], text } as const;
    return { ...decodeAlone({ read, fallbackId: id }, { ...place, text }), index };
  });
}

/** Decodes what can be one event and no more. */
function decodeAlone(level: Level, place: Place): Decoded {
  if (level.read.kind !== 'json' || isOurs(level.read.value)) return decodeOurs(level, place);
  const [first, ...others] = foreignIn([level], place) ?? [decodeOurs(level, place)];
  if (others.length === 0) return { ...(first as Decoded), index: null, text: place.text };
  const detail = `an element of an array is ${others.length + 1} events: they have to come in messages of their own`;
  return refused('invalid_envelope', detail, place.text, { eventId: level.fallbackId });
}

/** What stands in S3, as far as it was fetched; it may be wrapped, but not stand elsewhere again. */
function decodePayload(pointer: PayloadPointer, fallbackId: string, place: Place): Decoded[] {
  const { fetched, ...around } = place.around;
  if (fetched !== undefined)
    return decodeLevels({ read: readJson(fetched, 'the payload in S3'), fallbackId }, { ...place, around });
  return [elsewhere(pointer, place.text)];
}

export function elsewhere(pointer: PayloadPointer, text: () => string): Decoded {
  const detail = `the body is elsewhere, ${nameOfPayload(pointer)}: set S3_POINTERS=true for the processor, and let it read there, to have it fetched`;
  return { ...refused('payload_elsewhere', detail, text), elsewhere: pointer };
}
