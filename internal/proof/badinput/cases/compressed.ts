import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import {
  type BadInput,
  type Category,
  cloud,
  duplicate,
  eventBridge,
  type MessageAttribute,
  type Outcome,
  plain,
  rejected,
  sns,
  stored,
} from '../case.ts';
import {
  compress,
  type Encoding,
  encoded,
  invalidEncoding,
  MAX_EXPANDED_BYTES,
  saying,
} from '../compression.ts';

const EVENT = plain('{"a":1.0}');
const STORED = stored('{"a": 1.0}');
const GZIP = compress.gzip(EVENT);
const BASE64 = GZIP.toString('base64');

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const words = (length: number) => `"${'x'.repeat(length)}"`;
const binary = (text: string): MessageAttribute => ({ DataType: 'Binary', BinaryValue: Buffer.from(text) });

/** The expanded text is decoded like a body that was never compressed. */
const holding = (
  name: string,
  text: string,
  outcome: BadInput['outcome'],
  encoding: Encoding = 'gzip',
): BadInput => encoded(encoding, name, compress[encoding](text), outcome);

const malformed = (name: string, text: string, problem: string): BadInput =>
  holding(name, text, rejected('malformed_json', `the body is not JSON: ${problem}`));

/** The body is Base64 of gzip; the attributes may or may not say so. */
const attributed = (
  name: string,
  attributes: NonNullable<BadInput['attributes']>,
  outcome: BadInput['outcome'],
  body = BASE64,
): BadInput => ({ name, body, attributes, outcome });

const unknown = (name: string, encoding: string, bytes: Buffer): BadInput =>
  attributed(
    name,
    saying(encoding),
    invalidEncoding(`expected gzip, zstd or identity, got ${JSON.stringify(encoding)}`, {
      'content-encoding': encoding,
    }),
    bytes.toString('base64'),
  );

const forBoth = (encoding: Encoding): BadInput[] => {
  const parts = [EVENT.slice(0, 9), '', EVENT.slice(9)].map((part) => compress[encoding](part));
  const base64 = compress[encoding](EVENT).toString('base64');
  const named = plain('1', `"event_id":"sent-as-${encoding}"`);
  return [
    holding('one event', EVENT, STORED, encoding),
    holding(
      'an array',
      `[${EVENT},5,${plain('2')}]`,
      [STORED, rejected('invalid_envelope', 'got a number', { body: '5' }), stored('2')],
      encoding,
    ),
    encoded(encoding, 'an event in several members', Buffer.concat(parts), STORED),
    encoded(encoding, 'Base64 without its padding', base64.replaceAll('=', ''), STORED),
    encoded(encoding, 'Base64 in lines', `${base64.replaceAll(/.{20}/g, '$&\r\n')}\n`, STORED),
    {
      ...holding(
        'a duplicate of an uncompressed event',
        named,
        duplicate('1', { eventId: `sent-as-${encoding}` }),
        encoding,
      ),
      earlier: named,
    },
    holding('as long as allowed', EVENT.padStart(MAX_EXPANDED_BYTES), STORED, encoding),
  ];
};

export const COMPRESSED: Category = {
  title: 'Compressed bodies',
  rule: 'Base64 of gzip or zstd, announced by the attribute `content-encoding`. The expanded body is subject to the same rules and limits as any other; a rejection keeps the body as it was sent.',
  cases: [
    ...forBoth('gzip'),
    ...forBoth('zstd'),
    holding('a CloudEvent', cloud('"data":1'), stored('1', { source: '/shop' })),
    holding('SNS inside', sns(EVENT), STORED),
    holding('SNS in EventBridge inside', eventBridge(sns(EVENT)), STORED),
    holding('a BOM inside', `\uFEFF${EVENT}`, STORED),
    malformed('two BOMs inside', `\uFEFF\uFEFF${EVENT}`, 'Unexpected token'),
    holding('U+FFFE and an emoji, not escaped', plain('"\uFFFE🦉"'), stored('"\uFFFE🦉"')),
    holding(
      '3 MB in five events',
      `[${Array<string>(5)
        .fill(plain(words(600_000)))
        .join()}]`,
      Array<Outcome>(5).fill(stored(words(600_000))),
    ),
    malformed('nothing inside', '', 'it is empty'),
    malformed('words inside', 'Hello World', "Unexpected token 'H' at position 0"),
    malformed('half an event', EVENT.slice(0, -1), "Expected ',' or '}'"),
    malformed('U+0001, not escaped', plain('"\u0001"'), 'Bad control character'),
    malformed('Base64 of gzip again', BASE64, "Unexpected token 'H' at position 0"),
    holding(
      'U+0000 in an escape',
      plain('"\\u0000"'),
      rejected('unstorable', 'U+0000', { clientId: 'client-3' }),
    ),
    holding(
      '20,000 levels',
      plain(nested(20_000)),
      rejected('unstorable', 'the body nests deeper than 512 levels', { clientId: 'client-3' }),
    ),
    holding(
      'a payload over 1 MiB',
      plain(words(1_048_575)),
      rejected('unstorable', 'message has 1048577 bytes; at most 1048576 are stored', {
        clientId: 'client-3',
      }),
    ),
    holding('a payload of 1 MiB', plain(words(1_048_574)), stored(words(1_048_574)), 'zstd'),
    holding(
      '10,001 events',
      `[${'1,'.repeat(10_000)}1]`,
      rejected('invalid_envelope', 'the array has 10001 events'),
    ),
    holding(
      'a client that is not registered',
      EVENT.replace('client-3', 'nobody'),
      rejected('unknown_client', 'client "nobody"', { attributes: { 'content-encoding': 'gzip' } }),
    ),
    {
      name: 'compressed without content-encoding',
      body: BASE64,
      outcome: rejected('malformed_json', "Unexpected token 'H'"),
    },
    attributed('identity with an uncompressed event', saying('identity'), STORED, EVENT),
    attributed(
      'identity with a compressed event',
      saying('identity'),
      rejected('malformed_json', "Unexpected token 'H'"),
    ),
    attributed(
      'CONTENT-ENCODING: GZIP',
      { 'CONTENT-ENCODING': { DataType: 'String', StringValue: 'GZIP' } },
      STORED,
    ),
    attributed('an encoding with spaces around it', saying(' gzip\t'), STORED),
    attributed(
      'an encoding in a custom String type',
      { 'content-encoding': { DataType: 'String.coding', StringValue: 'gzip' } },
      STORED,
    ),
    attributed('an encoding as bytes of a text', { 'content-encoding': binary('gzip') }, STORED),
    attributed(
      'an encoding as bytes that are not an encoding',
      { 'content-encoding': { DataType: 'Binary', BinaryValue: Uint8Array.of(0xc0, 0x80) } },
      invalidEncoding('got "wia="', { 'content-encoding': 'wIA=' }),
    ),
    attributed(
      'an encoding that is a number',
      { 'content-encoding': { DataType: 'Number', StringValue: '1' } },
      invalidEncoding('got "1"', { 'content-encoding': '1' }),
    ),
    attributed(
      'the attribute twice, both the same',
      { ...saying('gzip'), 'Content-Encoding': { DataType: 'String', StringValue: 'Gzip' } },
      STORED,
    ),
    attributed(
      'the attribute twice, with different values',
      { ...saying('gzip'), 'Content-Encoding': { DataType: 'String', StringValue: 'identity' } },
      invalidEncoding('content-encoding is given more than once, with different values', {
        'content-encoding': 'gzip',
        'Content-Encoding': 'identity',
      }),
    ),
    unknown('Brotli', 'br', brotliCompressSync(EVENT)),
    unknown('deflate', 'deflate', deflateSync(EVENT)),
    unknown('two encodings', 'gzip, gzip', gzipSync(GZIP)),
    unknown('an encoding named like a JavaScript property', 'constructor', GZIP),
    unknown('__proto__', '__proto__', GZIP),
    {
      ...attributed('an empty encoding', saying(''), invalidEncoding('got ""', { 'content-encoding': '' })),
      serversDiffer: true,
    },
  ],
};
