import { parseJson } from '../event/json/exact.ts';
import { numberSource } from '../event/json/number.ts';

/** An attribute of a CloudEvent that has no field of ours: subject, dataschema, extensions, members of plain events. */
export interface Extension {
  readonly name: string;
  readonly value: string | number | boolean;
}

/** Attributes that come from columns. What else has such a name was not usable as that attribute, or would contradict it. */
const OURS: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'datacontenttype',
  'data',
  'tenantid',
  'clientid',
  'traceparent',
]);

const VALID_NAME = /^[a-z0-9]+$/;

/** CloudEvents 1.0, "Type system": an Integer has 32 bits. */
const MIN_INTEGER = -2_147_483_648;
const MAX_INTEGER = 2_147_483_647;

/**
 * The attributes of a message as CloudEvents 1.0 allows them, in the order in which they are stored. Of a name that is not
 * allowed, the letters and digits are taken, in lower case: `Order_Id` becomes `orderid`; what has none is left out, and so
 * is one that becomes another attribute's name: of two that become the same, the first is kept. A number that is no Integer
 * becomes a text of its digits; an array or object a text of its JSON. Null and "" are left out: they stand for no value.
 * @param json JSON text of an object; null without any
 */
export function extensionsOf(json: string | null): readonly Extension[] {
  if (json === null) return NONE;
  const members = Object.entries(parseJson(json).exact as Record<string, unknown>);
  const taken = new Set(members.map(([name]) => name).filter((name) => VALID_NAME.test(name)));
  const extensions: Extension[] = [];
  for (const [given, exact] of members) {
    const isValid = VALID_NAME.test(given);
    const name = isValid ? given : given.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
    const value = valueOf(exact);
    if (name === '' || value === undefined || OURS.has(name) || (!isValid && taken.has(name))) continue;
    taken.add(name);
    extensions.push({ name, value });
  }
  return extensions;
}

const NONE: readonly Extension[] = [];

function valueOf(exact: unknown): Extension['value'] | undefined {
  if (exact === null || exact === '') return undefined;
  if (typeof exact === 'string' || typeof exact === 'boolean') return exact;
  const source = numberSource(exact);
  if (source === null) return JSON.stringify(exact);
  const isInteger =
    /^-?\d{1,10}$/.test(source) && Number(source) >= MIN_INTEGER && Number(source) <= MAX_INTEGER;
  return isInteger ? Number(source) : source;
}
