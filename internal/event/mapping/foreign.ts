import { tooMuchToKeep } from '../body/kept-with-each.ts';
import { controlMessageIn } from './control-message.ts';
import { type Decoded, placed, refused, type Surroundings } from '../body/decoded.ts';
import { storableText } from '../storable.ts';
import { valueAt } from '../json/pointer.ts';
import { decodeMapped } from './mapped.ts';
import { isMatch, type Mapping } from './mapping.ts';
import { takeText } from './value.ts';
import { type Read, readJson } from '../json/read.ts';
import { skeletonOf } from './skeleton.ts';
import { type Level, usableId } from '../body/wrapper.ts';

type JsonLevel = Level & { readonly read: Extract<Read, { kind: 'json' }> };

/** Decodes what an event stands in, as if it were a body. */
type DecodeInner = (inner: Level) => Decoded[];

const MAX_DETAIL = 1_000;

/** A body of 1 MiB could hold half a million of the shortest elements, each a rejection of its own. */
export const MAX_EVENTS = 10_000;

/**
 * Whether JSON says itself that it is one of our formats, fit or not: a CloudEvent has a `specversion`; a plain event a
 * `client_id`, or both an `event_type` and a `message`. No mapping takes such JSON.
 */
export function isOurs(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    Object.hasOwn(value, 'client_id') ||
    Object.hasOwn(value, 'specversion') ||
    (Object.hasOwn(value, 'event_type') && Object.hasOwn(value, 'message'))
  );
}

/**
 * What becomes of a level that is not ours: what it is for, where it is part of setting something up; the events that the
 * first mapping makes of it, which matches; undefined where none does.
 */
export function decodeForeign(
  level: Level,
  around: Surroundings,
  text: () => string,
  decodeInner: DecodeInner,
): Decoded[] | undefined {
  if (level.read.kind !== 'json') return undefined;
  const control = controlMessageIn(level.read.value);
  if (control !== undefined)
    return [
      refused('control_message', storableText(control, MAX_DETAIL), text, { eventId: level.fallbackId }),
    ];
  const subject = { exact: level.read.exact, attributes: around.attributes };
  const mapping = around.mappings.find((each) => isMatch(each, subject, around.queue));
  if (mapping === undefined) return undefined;
  if (mapping.event !== null)
    return decodeEventAt(mapping, level as JsonLevel, around, { text, decodeInner });
  if (mapping.each !== null) return decodeEach(mapping, level as JsonLevel, around, text);
  return [placed(decodeMapped(mapping, subject, level.fallbackId, around.carried), null, text)];
}

function decodeEventAt(
  mapping: Mapping,
  { read, fallbackId }: JsonLevel,
  { attributes }: Surroundings,
  { text, decodeInner }: { readonly text: () => string; readonly decodeInner: DecodeInner },
): Decoded[] {
  const steps = mapping.event as readonly string[];
  const what = `mapping ${mapping.name}: event: /${steps.join('/')}`;
  const value = valueAt(read.value, steps);
  if (value === undefined || value === null)
    return [
      refused('invalid_envelope', storableText(`${what} leads nowhere`, MAX_DETAIL), text, {
        eventId: fallbackId,
      }),
    ];
  const { id } = mapping.values;
  const ownId = id === undefined ? undefined : usableId(takeText(id, { exact: read.exact, attributes }));
  const exact = valueAt(read.exact, steps);
  const inner =
    typeof value === 'string'
      ? readJson(value, `the text at /${steps.join('/')}`)
      : ({ kind: 'json', value, exact, text: () => JSON.stringify(exact) } as const);
  return decodeInner({ read: inner, fallbackId: ownId ?? fallbackId }).map((decoded) =>
    decoded.kind === 'event' ? decoded : explained(decoded, what),
  );
}

function explained(decoded: Decoded & { kind: 'refused' }, what: string): Decoded {
  const { reason, detail } = decoded.refusal;
  return { ...decoded, refusal: { reason, detail: storableText(`${what}: ${detail}`, MAX_DETAIL) } };
}

function decodeEach(
  mapping: Mapping,
  { read, fallbackId }: JsonLevel,
  { attributes, carried }: Surroundings,
  text: () => string,
): Decoded[] {
  const steps = mapping.each as readonly string[];
  const elements = valueAt(read.exact, steps);
  const refuseAll = (problem: string) => [
    refused('invalid_envelope', `mapping ${mapping.name}: each: /${steps.join('/')} ${problem}`, text, {
      eventId: fallbackId,
    }),
  ];
  if (!Array.isArray(elements)) return refuseAll('leads to no array');
  if (elements.length === 0) return refuseAll('leads to an empty array');
  if (elements.length > MAX_EVENTS)
    return refuseAll(`leads to ${elements.length} events; at most ${MAX_EVENTS} are taken from one message`);
  const tooMuch = tooMuchToKeep(elements.length, { attributes, carried });
  if (tooMuch !== undefined) return [refused('unstorable', tooMuch, text, { eventId: fallbackId })];
  return elements.map((exact: unknown, index) =>
    placed(decodeMapped(mapping, { exact, attributes }, `${fallbackId}-${index}`, carried), index, () =>
      skeletonOf(mapping, read.exact, exact),
    ),
  );
}

/** What is foreign and taken by no mapping is told so, and what it lacks to be ours. */
export function withHint(decoded: Decoded, value: unknown): Decoded {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (decoded.kind === 'event' || !isObject) return decoded;
  const { reason, detail } = decoded.refusal;
  const told = `neither a CloudEvent nor a plain event, and no mapping takes it (admin mapping presets): ${detail}`;
  return { ...decoded, refusal: { reason, detail: storableText(told, MAX_DETAIL) } };
}
