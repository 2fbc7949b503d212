import fc from 'fast-check';
import { cloud, eventBridge, plain, sns } from './case.ts';
import { CATEGORIES } from './categories.ts';

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'.split('')), minLength, maxLength });

/** Every number format of RFC 8259, within the range of PostgreSQL's numeric. */
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      fc.tuple(fc.integer({ min: 1, max: 9 }), digits(0, 30)).map((parts) => parts.join('')),
    ),
    fc.oneof(
      fc.constant(''),
      digits(1, 30).map((all) => `.${all}`),
    ),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('') },
      fc
        .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits(1, 3))
        .map((parts) => parts.join('')),
    ),
  )
  .map((parts) => parts.join(''));

/** SQS refuses these characters unless escaped. Emulators also refuse those beyond the BMP. */
const NOT_CARRIED = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/;

/** A character of a JSON text, literal or escaped. */
const character = fc
  .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.boolean())
  .filter(([it]) => it !== '\u0000')
  .map(([it, escaped]) =>
    escaped || it < ' ' || it === '"' || it === '\\' || NOT_CARRIED.test(it) ? escapes(it) : it,
  );

function escapes(text: string): string {
  const units = Array.from({ length: text.length }, (_, i) =>
    text.charCodeAt(i).toString(16).padStart(4, '0'),
  );
  return units.map((unit) => `\\u${unit}`).join('');
}

const special = fc.constantFrom(
  '__proto__',
  'constructor',
  'toJSON',
  '\\\\u0000',
  '1e400',
  '\\"',
  '\\/',
  '], {',
);

const stringText = fc
  .array(fc.oneof({ weight: 9, arbitrary: character }, special), { maxLength: 12 })
  .map((all) => `"${all.join('')}"`);

const space = fc.constantFrom('', '', ' ', '\r\n\t');

/** JSON texts of any storable value, formatted as different writers do. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(numberText, stringText, fc.constantFrom('null', 'true', 'false')),
    fc
      .tuple(fc.array(tie('value'), { maxLength: 6 }), space)
      .map(([elements, between]) => `[${between}${elements.join(`${between},`)}${between}]`),
    fc
      .tuple(fc.array(fc.tuple(stringText, tie('value')), { maxLength: 6 }), space)
      .map(
        ([members, between]) =>
          `{${between}${members.map((pair) => pair.join(`${between}:`)).join(`,${between}`)}}`,
      ),
  ),
})).value;

/** Ways to send a payload. Each makes one event without its own id. */
export const ENVELOPES = [
  plain,
  (message: string) => cloud(`"data":${message}`),
  (message: string) => sns(plain(message)),
  (message: string) => eventBridge(plain(message)),
  (message: string) => sns(eventBridge(cloud(`"data":${message}`))),
] as const;

/** The short bodies of all cases. Bugs are most likely near them. */
export const CORPUS: readonly string[] = CATEGORIES.flatMap(({ cases }) =>
  cases.map(({ body }) => body),
).filter((body) => body.length < 2_000);

const pieces = fc.constantFrom(
  ...'{}[]":,\\-e.0 '.split(''),
  '\\u0000',
  '\\ud800',
  'null',
  '"specversion"',
  '"1.0"',
  '\uFEFF',
);

/** A body of the corpus with a part of it removed, doubled or replaced. */
const nearlyOf = (corpus: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...corpus),
      fc.nat(),
      fc.nat({ max: 20 }),
      fc.array(pieces, { maxLength: 3 }),
      fc.boolean(),
    )
    .map(([body, place, length, put, doubled]) => {
      const at = place % (body.length + 1);
      const taken = body.slice(at, at + length);
      return body.slice(0, at) + put.join('') + (doubled ? taken + taken : '') + body.slice(at + length);
    });

/** Any text, and texts that are almost an event. */
export const anyText = (corpus: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.array(pieces, { maxLength: 40 }).map((all) => all.join('')),
    { weight: 4, arbitrary: nearlyOf(corpus) },
  );

/** Whether an event in it may have its own id; the id of an EventBridge wrapper does not count. */
const hasOwnId = (body: string) => /id\\*"/.test(body.replaceAll(/client_?id|\\*"id\\*":\\*"6a7e/g, ''));

/**
 * Any text that SQS carries. Stored events get ids made from the SQS MessageId, so that they can be told
 * apart.
 */
export const carriedText: fc.Arbitrary<string> = anyText(CORPUS.filter((body) => !hasOwnId(body))).map(
  (text) => text.replaceAll(new RegExp(NOT_CARRIED, 'g'), '?') || ' ',
);

/** A number as PostgreSQL writes it: no exponent, every digit kept, no minus sign on zero. */
export function writtenOut(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const scale = Math.max(0, fraction.length - Number(exponent));
  const zerosBehind = Math.max(0, Number(exponent) - fraction.length);
  const all = (whole + fraction + '0'.repeat(zerosBehind)).padStart(scale + 1, '0');
  const before = all.slice(0, all.length - scale).replace(/^0+(?=\d)/, '');
  const written = scale === 0 ? before : `${before}.${all.slice(all.length - scale)}`;
  return /[1-9]/.test(written) ? sign + written : written;
}

/** The value of a JSON text for comparison, with numbers as `writtenOut` returns them. */
export function comparable(json: string): unknown {
  return JSON.parse(json, (_key, value: unknown, context?: { source: string }) =>
    typeof value === 'number' && context !== undefined ? { number: writtenOut(context.source) } : value,
  );
}
