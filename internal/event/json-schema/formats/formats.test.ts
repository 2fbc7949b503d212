import { describe, expect, test } from 'vitest';
import { numOfText } from '../numbers.ts';
import { FORMAT_NAMES, formatOfNumbers, formatOfTexts } from './formats.ts';

const nested = (levels: number) => `${'('.repeat(levels)}${')'.repeat(levels)}`;

const accepts = (name: string, text: string) => formatOfTexts(name)?.accepts(text);

// Beside the tests of the official suite, which has none for some formats.
describe.each<[string, readonly string[], readonly string[]]>([
  [
    'date-time',
    [
      '2026-01-31T12:00:00Z',
      '2026-01-31 12:00:00+01',
      '2026-01-31T12:00:00.123456789012+0130',
      '0000-01-01t00:00:00z',
    ],
    ['2026-01-31', '2026-01-31T12:00:00', '2026-02-29T12:00:00Z', 'now', '', '2026-01-31T12:00:00Z '],
  ],
  ['iso-date-time', ['2026-01-31T12:00:00', '2026-01-31 12:00:00Z'], ['2026-01-31', '2026-01-31T25:00:00']],
  ['iso-time', ['12:00:00', '12:00:00.5-08:00'], ['12:00', '24:00:00']],
  ['date', ['2024-02-29', '2000-02-29'], ['1900-02-29', '2026-04-31', '2026-00-01', '2026-13-01']],
  ['duration', ['P1Y2M3DT4H5M6S', 'P3W'], ['P', 'PT', 'P1H']],
  [
    'hostname',
    ['example.com.', 'xn--bcher-kva.example', `${'a'.repeat(63)}.b`],
    ['a..b', '-a', 'a'.repeat(64), `${'a.'.repeat(130)}a`],
  ],
  [
    'idn-hostname',
    ['bücher.example', '例え.テスト', 'xn--bcher-kva'],
    [
      'xn--bcher',
      'xn--999999999',
      'ü'.repeat(254),
      'ab--c',
      '\u200cb',
      '\u0628\u200c',
      'ß\u200c\u0628',
      '\u0660\u06F0',
      '٠۰',
    ],
  ],
  ['ipv4', ['0.0.0.0', '255.255.255.255'], ['256.0.0.1', '01.2.3.4', '1.2.3', '1111.1111.1111.1111']],
  [
    'ipv6',
    ['::', '::1', '1:2:3:4:5:6:7:8', '::ffff:192.0.2.1', '1::'],
    [':::', '1:2:3:4:5:6:7', '1::2::3', '12345::', '::1%eth0', '1:2:3:4:5:6:7::8:9', `${'1:'.repeat(40)}1`],
  ],
  [
    'uri',
    [
      'https://example.com:8080/a?b=c#d',
      'urn:isbn:1',
      'http://[::1]/',
      'http://[v1.a]/',
      'mailto:a@b.c',
      'http://u:p@h',
    ],
    [
      '//example.com',
      'a',
      '1http://a',
      'http://a b',
      'http://a/%zz',
      'http://[::1',
      'http://[x]/',
      'http://a:b/',
      'http://u\u00e9@h/',
    ],
  ],
  ['uri-reference', ['', '../a', '//h/p', '#f', '?q'], ['a b', ':a', '\\']],
  ['iri', ['https://bücher.example/ü?ü#ü'], ['/ü', 'https://a/<']],
  ['iri-reference', ['ü', 'a?\uE000'], ['a#\uE000', 'a\uD800']],
  [
    'url',
    [
      'http://example.com',
      'https://user@example.co.uk:8080/a?b#c',
      'ftp://8.8.8.8/x',
      'http://bücher.example/',
    ],
    [
      'http://localhost',
      'http://10.0.0.1',
      'http://192.168.1.1',
      'http://127.0.0.1',
      'http://172.16.0.1',
      'http://1.2.3.0',
      'mailto:a@b.c',
      'http://example.com:1',
      'http://a b.com',
      'http://999.1.1.1',
      'http://-a.com',
      'http://a.c',
    ],
  ],
  [
    'uri-template',
    ['', 'http://a/{b}', '{+a,b*}{?c:3}', 'x{a.b}'],
    ['{', '{}', '{a', '}', '{a,}', '{a b}', 'a b', '%zz', `{${'a'.repeat(5000)}}`],
  ],
  [
    'email',
    ['a@b', 'a.b+c@example.com', '"a\\"b"@example.com', 'a@[IPv6:::1]'],
    ['a', '@b', 'a@', 'a@b@c', '"a"b"@c', '"@c', 'ü@b', '"ü"@b', '"a\\"@c', 'a b@c'],
  ],
  ['idn-email', ['ü@bücher.example'], ['a(@b', '@b']],
  [
    'uuid',
    ['3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'urn:uuid:3F2504E0-4F89-11D3-9A0C-0305E82C3301'],
    ['3f2504e0', ''],
  ],
  ['json-pointer', ['', '/a~0b/~1'], ['a', '/~2', '/~']],
  ['json-pointer-uri-fragment', ['#', '#/a/%20~1'], ['/a', '#a', '#/%zz', '#/a b', '#/~2']],
  ['relative-json-pointer', ['0', '1/a', '2#'], ['', '01', 'a', '1a']],
  [
    'regex',
    ['^a+$', '\\p{L}', '(?<a>a)(?<b>\\k<a>)', '(?i:a)', nested(250)],
    ['(', '\\-', '(?<a>a)|(?<a>b)', '(?<a>a)|(?<\\u0061>b)', nested(251)],
  ],
  ['byte', ['', 'YQ=='], ['YQ', 'a b=']],
  ['password', ['anything'], []],
  ['binary', ['anything'], []],
])('%s', (name, good, bad) => {
  test.each(good.map((text) => [text]))('is %j', (text) => {
    expect(accepts(name, text)).toBe(true);
  });
  test.each(bad.map((text) => [text]))('is not %j', (text) => {
    expect(accepts(name, text)).toBe(false);
  });
});

test.each([
  ['int32', '2147483647', true],
  ['int32', '2147483648', false],
  ['int32', '1.5', false],
  ['int64', '9223372036854775807', true],
  ['int64', '9223372036854775808', false],
  ['int64', '-9223372036854775809', false],
  ['int64', '1.0', true],
  ['float', '1.5', true],
  ['double', '1e400', true],
])('%s of %s: %s', (name, text, expected) => {
  expect(formatOfNumbers(name)?.(numOfText(text))).toBe(expected);
});

test.each([['toString'], ['no-such-format'], ['']])('%j is no format', (name) => {
  expect([formatOfTexts(name), formatOfNumbers(name)]).toEqual([undefined, undefined]);
});

// A pattern that repeats a group would run out of stack here, one that can match in two ways would not come back.
describe.each([
  ['1'],
  ['a'],
  ['a.'],
  ['a@'],
  ['{a}'],
  ['/'],
  ['-'],
  ['"'],
  ['%20'],
  [':'],
  ['é'],
  [' '],
  ['//'],
])('a million characters of %j', (part) => {
  const text = part.repeat(1_000_000 / part.length);
  test.each(FORMAT_NAMES.filter((name) => formatOfTexts(name) !== undefined).map((name) => [name]))(
    'are soon judged by %s',
    (name) => {
      expect(typeof accepts(name, text)).toBe('boolean');
    },
  );
});
