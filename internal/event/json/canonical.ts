import { canonicalNumber, isRaw } from './number.ts';

/**
 * The canonical JSON text of a value: RFC 8785 (keys in the order of their UTF-16 code units, no spaces), but with numbers
 * in one exact decimal spelling, where the RFC has a double's. Texts are equal when jsonb says that the values are.
 * @param exact as `parseJson` read it
 * @param json `JSON.stringify(exact)`, which is the answer for many
 */
export function canonicalJson(exact: unknown, json: string): string {
  return isCanonical(exact) ? json : written(exact);
}

/** Raw JSON is a number that is perhaps spelled otherwise; plain numbers are written as they are to be. */
function isCanonical(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isCanonical);
  let last = '';
  for (const key in value) {
    if (key < last || key === RAW) return false;
    last = key;
    if (!isCanonical((value as Members)[key])) return false;
  }
  return true;
}

/** The one key of raw JSON; an object of the payload may have it too. */
const RAW = 'rawJSON';

// Loops and concatenation here and below: this runs for every event whose keys are not in order.
function written(value: unknown): string {
  if (typeof value === 'string') return textOf(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? writtenArray(value) : writtenObject(value as Members);
}

type Members = Readonly<Record<string, unknown>>;

function writtenArray(values: readonly unknown[]): string {
  let elements = '';
  for (let i = 0; i < values.length; i += 1)
    elements += i === 0 ? written(values[i]) : `,${written(values[i])}`;
  return `[${elements}]`;
}

function writtenObject(object: Members): string {
  const { sorted, prefixes } = orderOf(object);
  if (sorted[0] === RAW && isRaw(object)) return canonicalNumber(object.rawJSON);
  let members = '{';
  for (let i = 0; i < sorted.length; i += 1)
    members += (prefixes[i] as string) + written(object[sorted[i] as string]);
  return `${members}}`;
}

const MAX_SHORT = 40;

/** As JSON.stringify, whose call takes longer than a short text. */
function textOf(text: string): string {
  if (text.length > MAX_SHORT) return JSON.stringify(text);
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x22 || code === 0x5c || code >= 0xd800) return JSON.stringify(text);
  }
  return `"${text}"`;
}

/** The keys of an object as they come, in order, and what is written before the value of each. */
interface Order {
  readonly keys: readonly string[];
  readonly sorted: readonly string[];
  readonly prefixes: readonly string[];
}

/** Events of one type have objects of the same keys in the same order, again and again. By first key. */
const ORDERS = new Map<string, Order>();
const MAX_ORDERS = 1_000;
/** Of objects with more the keys may be data, and never come again. */
const MAX_KEYS = 50;

function orderOf(object: Members): Order {
  const first = firstKey(object);
  const known = ORDERS.get(first);
  if (known !== undefined && hasKeys(object, known.keys)) return known;
  const keys = Object.keys(object);
  // Without a comparison of ours the order is that of code units, and takes a third of the time.
  const sorted = keys.toSorted();
  const prefixes = sorted.map((key, i) => `${i === 0 ? '' : ','}${JSON.stringify(key)}:`);
  const order = { keys, sorted, prefixes };
  if (keys.length <= MAX_KEYS) {
    if (ORDERS.size >= MAX_ORDERS) ORDERS.clear();
    ORDERS.set(first, order);
  }
  return order;
}

function firstKey(object: Members): string {
  for (const key in object) return key;
  return '';
}

/** Whether the object has exactly these keys, in this order. */
function hasKeys(object: Members, keys: readonly string[]): boolean {
  let i = 0;
  for (const key in object) {
    if (key !== keys[i]) return false;
    i += 1;
  }
  return i === keys.length;
}
