import { type BadInput, type Category, cloud, plain, rejected, stored } from '../case.ts';

const kept = (number: string, payload = number): BadInput => ({
  name: number.length > 60 ? `${number.slice(0, 20)}… of ${number.length} characters` : number,
  body: plain(number),
  outcome: stored(payload),
});

const NOT_JSON = [
  '01',
  '-01',
  '00',
  '+1',
  '.5',
  '-.5',
  '1.',
  '1.e5',
  '1e',
  '1e+',
  '--1',
  '-',
  '1-',
  '0x10',
  '0b1',
  '0o7',
  '1_000',
  '1n',
  'NaN',
  '-NaN',
  'Infinity',
  '-Infinity',
  '1,000',
  '1 000',
  '１２',
  '٣',
  '½',
  '1.2.3',
  '1e5.5',
  '1f',
  '$5',
  '5%',
];

const OUT_OF_RANGE =
  'holds a number of more than 131072 digits before the decimal point or 16383 after it, which PostgreSQL cannot store';

const refused = (number: string): BadInput => ({
  name: number.length > 60 ? `${number.slice(0, 20)}… of ${number.length} characters` : number,
  body: plain(number),
  outcome: rejected('unstorable', OUT_OF_RANGE, {
    tenantId: 'default',
    clientId: 'client-3',
    eventType: 'user-app',
  }),
});

const tooLong = (name: string, message: string): BadInput => ({
  name,
  body: plain(message),
  outcome: rejected(
    'unstorable',
    'bytes when its exponents are written out, as PostgreSQL does; at most 1048576 are stored',
  ),
});

export const NUMBERS: Category = {
  title: 'Numbers',
  rule: 'Every number of RFC 8259 is stored with all its digits, as PostgreSQL writes its type numeric: without exponents and without a sign on zero. A number out of the range of numeric (more than 131,072 digits before the decimal point, or 16,383 after it) is `unstorable` in a payload, and kept as a text elsewhere. Numbers that would take more than 1 MiB without exponents are `unstorable`, too.',
  cases: [
    ...[
      '0',
      '1',
      '-1',
      '0.1',
      '1.10',
      '1.0',
      '-0.50',
      '0.0000001',
      '9007199254740991',
      '9007199254740992',
      '9007199254740993',
      '-9007199254740993',
      '9223372036854775807',
      '-9223372036854775808',
      '18446744073709551616',
      '123456789012345678901234567890',
      '0.123456789012345678901234567890',
      '3.141592653589793238462643383279',
    ].map((number) => kept(number)),
    kept('-0', '0'),
    kept('-0.0', '0.0'),
    kept('0e0', '0'),
    kept('1e5', '100000'),
    kept('1E+2', '100'),
    kept('1e-7', '0.0000001'),
    kept('1.5e3', '1500'),
    kept('1.50e1', '15.0'),
    kept('5e-324', `0.${'0'.repeat(323)}5`),
    kept('1.7976931348623157e308', `17976931348623157${'0'.repeat(292)}`),
    kept('1e400', `1${'0'.repeat(400)}`),
    kept('-1e400', `-1${'0'.repeat(400)}`),
    kept('1e-400', `0.${'0'.repeat(399)}1`),
    kept('7'.repeat(1000)),
    kept('7'.repeat(100_000)),
    kept('1e131071', `1${'0'.repeat(131_071)}`),
    kept(`[1.0,{"n":10.00,"s":"1.00"},-0.0]`, '[1.0, {"n": 10.00, "s": "1.00"}, 0.0]'),
    refused('1e131072'),
    refused('1e200000'),
    refused('-1e200000'),
    refused('1e-200000'),
    kept('1e-16383', `0.${'0'.repeat(16_382)}1`),
    refused('1e-16384'),
    kept('0e-16383', `0.${'0'.repeat(16_383)}`),
    refused('0e-16384'),
    kept('0e131072', '0'),
    refused(`1.${'0'.repeat(16_384)}`),
    refused('1e999999999999'),
    refused('1e-999999999999'),
    refused('1e99999999999999999999999'),
    tooLong(
      'a thousand times 1e131071, which PostgreSQL stores in 308 bytes and writes as 131 MB',
      `[${'1e131071,'.repeat(999)}1e131071]`,
    ),
    tooLong('100,000 times 1E+99', `[${'1E+99,'.repeat(99_999)}1E+99]`),
    kept(
      '[1e131071,"1e131071,1e131071,1e131071,1e131071,1e131071,1e131071,1e131071,1e131071,1e131071"]',
      `[1${'0'.repeat(131_071)}, "1e131071,1e131071,1e131071,1e131071,1e131071,1e131071,1e131071,1e131071,1e131071"]`,
    ),
    refused('7'.repeat(200_000)),
    ...NOT_JSON.map(
      (number): BadInput => ({
        name: number,
        body: plain(number),
        outcome: rejected('malformed_json', 'the body is not JSON: '),
      }),
    ),
    {
      name: 'unusual numbers in extension attributes',
      body: cloud('"n":9007199254740993,"m":1e2,"data":1'),
      outcome: stored('1', { source: '/shop', attributes: '{"m": 100, "n": 9007199254740993}' }),
    },
    {
      name: 'an extension attribute out of range, which is kept as a text',
      body: cloud('"n":1e200000,"data":1'),
      outcome: stored('1', { source: '/shop', attributes: '{"n": "1e200000"}' }),
    },
    {
      name: 'a member of its own out of range, which is kept as a text',
      body: plain('1', '"n":[1.0,1e-200000]'),
      outcome: stored('1', { attributes: '{"n": "[1.0,1e-200000]"}' }),
    },
    {
      name: '9,900 events with a number out of range, none of which gets as far as PostgreSQL',
      body: `[${Array.from({ length: 9_900 }, () => plain('1e140000')).join(',')}]`,
      outcome: Array.from({ length: 9_900 }, () =>
        rejected('unstorable', OUT_OF_RANGE, { body: plain('1e140000') }),
      ),
    },
    {
      name: 'numbers out of range in an array',
      body: `[${plain('1e200000')},${plain('2')},${plain('1e-200000')}]`,
      outcome: [
        rejected('unstorable', OUT_OF_RANGE, { body: plain('1e200000') }),
        stored('2'),
        rejected('unstorable', OUT_OF_RANGE, { body: plain('1e-200000') }),
      ],
    },
    {
      name: 'extension attributes that PostgreSQL would write as 13 MB',
      body: cloud(`${Array.from({ length: 100 }, (_, i) => `"n${i}":1e131071`).join(',')},"data":1`),
      outcome: rejected('unstorable', 'the members without a column have JSON that has'),
    },
    { name: 'a number as a text', body: plain('"1e400"'), outcome: stored('"1e400"') },
  ],
};
