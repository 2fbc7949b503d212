import { isInteger, type Num, type RawNumber, readNum } from '../numbers.ts';
import type { Run } from '../run.ts';
import type { Site } from '../site.ts';
import { ARRAY, BOOLEAN, type Kind, NULL, NUMBER, OBJECT, STRING } from '../values.ts';

export interface Types {
  /** What is wrong with a value of another type. */
  readonly failure: string;
  accept(kind: Kind, value: unknown, run: Run): boolean;
}

const KIND_OF: Readonly<Record<string, Kind>> = {
  null: NULL,
  boolean: BOOLEAN,
  number: NUMBER,
  integer: NUMBER,
  string: STRING,
  array: ARRAY,
  object: OBJECT,
};
const NAMES = Object.keys(KIND_OF);

/** The types that `type` allows; null without it. An integer is a number without a fraction, however it is written. */
export function typesOf(site: Site): Types | null {
  const argument = site.argument('type');
  if (argument === undefined) return null;
  const names = Array.isArray(argument) ? (argument as unknown[]) : [argument];
  if (names.length === 0 || !names.every(isTypeName)) {
    site.problem('type', `must be one of ${NAMES.join(', ')}, or an array of some of them`);
    return null;
  }
  const failure = `must be ${names.join(' or ')}`;
  let mask = 0;
  for (const name of names) mask |= 1 << (KIND_OF[name] as Kind);
  if (!names.includes('integer') || names.includes('number'))
    return { failure, accept: (kind) => ((mask >> kind) & 1) === 1 };
  return {
    failure,
    accept: (kind, value, run) =>
      ((mask >> kind) & 1) === 1 && (kind !== NUMBER || isInteger(readNum(value as Num | RawNumber, run))),
  };
}

function isTypeName(name: unknown): name is string {
  return typeof name === 'string' && NAMES.includes(name);
}
