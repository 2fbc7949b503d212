import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lengthOf } from '../../event/names.ts';
import { unstorableNumberIn } from '../../event/storable.ts';
import { createDatabase, type TestDatabase } from '../kit/database.ts';

/** fast-check prints the seed of what failed; BAD_INPUT_SEED takes it back. */
const SEED = process.env['BAD_INPUT_SEED'];
const ROUNDS = { numRuns: 20, ...(SEED === undefined ? {} : { seed: Number(SEED) }) };

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ migrated: false });
  await database.pool.query(`create function takes(given text) returns boolean language plpgsql as $$
    begin
      perform given::jsonb;
      return true;
    exception when numeric_value_out_of_range then
      return false;
    end $$`);
});

afterAll(() => database[Symbol.asyncDispose]());

/** Around both limits of numeric, and anywhere. */
const exponent = fc.oneof(
  fc.integer({ min: 131_060, max: 131_080 }),
  fc.integer({ min: -16_390, max: -16_370 }),
  fc.integer({ min: -300_000, max: 300_000 }),
  fc.integer({ min: -5, max: 5 }),
);
const digits = fc.oneof(
  fc.stringMatching(/^\d{1,12}$/),
  fc
    .tuple(fc.integer({ min: 16_370, max: 16_395 }), fc.stringMatching(/^\d{1,3}$/))
    .map(([n, end]) => '0'.repeat(n) + end),
  fc
    .tuple(fc.integer({ min: 131_060, max: 131_080 }), fc.constantFrom('0', '7'))
    .map(([n, digit]) => digit.repeat(n)),
);
const number = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: digits.map((text) => text.replace(/^0+(?=\d)/, '')),
    fraction: fc.option(digits, { nil: undefined }),
    exponent: fc.option(exponent, { nil: undefined }),
  })
  .map((parts) => {
    const fraction = parts.fraction === undefined ? '' : `.${parts.fraction}`;
    const exponentText = parts.exponent === undefined ? '' : `e${parts.exponent}`;
    return `${parts.sign}${parts.whole}${fraction}${exponentText}`;
  });

test('PostgreSQL takes the numbers that are not refused before it, and no others', {
  timeout: 120_000,
}, async () => {
  const edges = [
    '-0',
    '0e131072',
    '0e200000',
    '0e-16383',
    '0e-16384',
    '1e-16383',
    '1e-16384',
    '1e131071',
    '1e131072',
  ];
  const check = async (numbers: readonly string[]) => {
    const { rows } = await database.pool.query<{ takes: boolean }>(
      'select takes(number) from unnest($1::text[]) with ordinality as given(number, place) order by place',
      [numbers.map((each) => `{"n":[${each},"1e999999"]}`)],
    );
    const told = (at: number) => `${numbers[at]?.slice(0, 40)}… of ${numbers[at]?.length} characters`;
    expect(rows.map(({ takes }, at) => [told(at), takes])).toEqual(
      numbers.map((each, at) => [told(at), unstorableNumberIn(`{"n":[${each},"1e999999"]}`) === null]),
    );
  };
  await check(edges);
  await fc.assert(fc.asyncProperty(fc.array(number, { minLength: 60, maxLength: 60 }), check), ROUNDS);
});

test('PostgreSQL counts the characters of a text as we do', async () => {
  const text = fc
    .string({ unit: 'grapheme' })
    .filter((value) => value.isWellFormed() && !value.includes('\u0000'));
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 100, maxLength: 100 }), async (texts) => {
      const { rows } = await database.pool.query<{ length: number }>(
        'select length(word) from unnest($1::text[]) with ordinality as given(word, place) order by place',
        [texts],
      );
      expect(rows.map(({ length }) => length)).toEqual(texts.map(lengthOf));
    }),
    ROUNDS,
  );
});
