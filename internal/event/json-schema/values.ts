import { Decimal, type Num, type RawNumber } from './numbers.ts';

/** The kinds of JSON value, as positions in a table. */
export const NULL = 0;
export const BOOLEAN = 1;
export const NUMBER = 2;
export const STRING = 3;
export const ARRAY = 4;
export const OBJECT = 5;
export type Kind = 0 | 1 | 2 | 3 | 4 | 5;
export const KINDS: readonly Kind[] = [NULL, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT];

export type JsonObject = Readonly<Record<string, unknown>>;

const json = JSON as unknown as { isRawJSON(value: object): boolean };

/** The kind of a value of parsed JSON, whose numbers may be raw or decimals. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
      return STRING;
    case 'number':
      return NUMBER;
    case 'boolean':
      return BOOLEAN;
    default:
      if (value === null) return NULL;
      if (Array.isArray(value)) return ARRAY;
      return value instanceof Decimal || json.isRawJSON(value as object) ? NUMBER : OBJECT;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && kindOf(value) === OBJECT;
}

export function isNumber(value: unknown): value is Num | RawNumber {
  return kindOf(value) === NUMBER;
}

/** A member that the JSON text has, not one that every JavaScript object inherits. */
export function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A name as a token of a JSON Pointer (RFC 6901, 3). */
export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
