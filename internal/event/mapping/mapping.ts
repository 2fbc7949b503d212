import { parseJson } from '../json/exact.ts';
import { canonicalNumber, numberSource } from '../json/number.ts';
import { parsePointer } from '../json/pointer.ts';
import { type MappingValue, parseValue, type Subject, takeText, takeValue } from './value.ts';

/** How what others send is taken for an event, as it is registered. Values are written as `parseValue` reads them. */
export interface MappingDefinition {
  readonly name: string;
  /** Those with a smaller one are tried first, of the same by name. */
  readonly priority: number;
  /** Name of the queue; null for any. */
  readonly queue: string | null;
  /** Values that must be there, each with the text it must be (or one of several, with ` | ` between them), or null for any. */
  readonly match: Readonly<Record<string, string | number | boolean | null>>;
  /** Pointer to an array, each of whose elements is an event; all other values are then taken from the element. */
  readonly each: string | null;
  /** Pointer to an event as it stands, in whichever format; of the values below only `id` goes with it. */
  readonly event: string | null;
  readonly type: string | null;
  readonly client: string | null;
  readonly tenant: string | null;
  readonly id: string | null;
  readonly source: string | null;
  readonly time: string | null;
  readonly deliverAfter: string | null;
  /** Null for all of it. */
  readonly payload: string | null;
}

/** All mappings, in the order in which they are tried. */
export interface RegisteredMappings {
  /** Another with every change. */
  readonly version: string;
  readonly mappings: readonly MappingDefinition[];
}

/** The values that a mapping can have. */
export const MAPPING_VALUES = [
  'type',
  'client',
  'tenant',
  'id',
  'source',
  'time',
  'deliverAfter',
  'payload',
] as const;
export type MappingValueName = (typeof MAPPING_VALUES)[number];

interface MappingCondition {
  readonly value: MappingValue;
  /** Null for any text. */
  readonly expected: ReadonlySet<string> | null;
}

/** A mapping ready to be used. */
export interface Mapping {
  readonly name: string;
  readonly queue: string | null;
  readonly conditions: readonly MappingCondition[];
  readonly each: readonly string[] | null;
  readonly event: readonly string[] | null;
  readonly values: Readonly<Partial<Record<MappingValueName, MappingValue>>>;
}

/** What a mapping matches by, from its JSON text: a number is the text of its exact value, as those of messages are. */
export function readMatch(json: string): MappingDefinition['match'] {
  const exact = parseJson(json).exact as Readonly<Record<string, string | number | boolean | null>>;
  return Object.fromEntries(
    Object.entries(exact).map(([source, expected]) => {
      const number = numberSource(expected);
      return [source, number === null ? expected : canonicalNumber(number)];
    }),
  );
}

/** @returns what is wrong with it, a sentence each, where it cannot be used */
export function compileMapping(definition: MappingDefinition): Mapping | string[] {
  const problems: string[] = [];
  const valueOf = (name: string, source: string) => {
    const value = parseValue(source);
    if (typeof value !== 'string') return value;
    problems.push(`${name}: ${value}`);
    return undefined;
  };
  const pointerOf = (name: 'each' | 'event') => {
    const pointer = definition[name];
    const steps = pointer === null ? null : parsePointer(pointer);
    if (pointer !== null && (steps === null || steps.length === 0))
      problems.push(`${name}: expected a JSON pointer such as /Records`);
    return steps;
  };
  const conditions: MappingCondition[] = [];
  for (const [source, expected] of Object.entries(definition.match)) {
    const value = valueOf(`match ${source}`, source);
    if (typeof expected === 'object' && expected !== null)
      problems.push(`match ${source}: expected a text, or null for any`);
    else if (value !== undefined) conditions.push({ value, expected: expectedTexts(expected) });
  }
  const values: Partial<Record<MappingValueName, MappingValue>> = {};
  for (const name of MAPPING_VALUES) {
    const source = definition[name];
    const value = source === null ? undefined : valueOf(name, source);
    if (value !== undefined) values[name] = value;
  }
  const { name, queue } = definition;
  const mapping = { name, queue, conditions, each: pointerOf('each'), event: pointerOf('event'), values };
  problems.push(...contradictionsIn(definition));
  return problems.length > 0 ? problems : mapping;
}

/** Whoever writes a mapping by hand may write a number or a boolean for its text. */
function expectedTexts(expected: string | number | boolean | null): ReadonlySet<string> | null {
  return expected === null ? null : new Set(`${expected}`.split(' | '));
}

function contradictionsIn(definition: MappingDefinition): string[] {
  if (definition.queue === null && Object.keys(definition.match).length === 0)
    return ['match: expected a queue, an attribute or a member; without any, it would take whatever comes'];
  const given = MAPPING_VALUES.filter((name) => definition[name] !== null);
  if (definition.event === null) {
    const missing = (['type', 'client'] as const).filter((name) => definition[name] === null);
    return missing.map((name) => `${name}: is missing; every event has one`);
  }
  const idle = given.filter((name) => name !== 'id');
  return [
    ...(definition.each === null ? [] : ['each and event: expected only one of them']),
    ...idle.map((name) => `${name}: the event at ${definition.event} says that itself`),
  ];
}

/** Whether the mapping takes what came from that queue. */
export function isMatch({ queue, conditions }: Mapping, subject: Subject, fromQueue: string): boolean {
  if (queue !== null && queue !== fromQueue) return false;
  return conditions.every(({ value, expected }) => {
    if (expected === null) return takeValue(value, subject) !== undefined;
    const text = takeText(value, subject);
    return text !== undefined && expected.has(text);
  });
}
