import { constants, deflateSync, zstdCompressSync } from 'node:zlib';
import { type BadInput, type Category, plain, sns } from '../case.ts';
import { compress, type Encoding, encoded, invalidEncoding, MAX_EXPANDED_BYTES } from '../compression.ts';

const EVENT = plain('{"a":1.0}');
const LONG = plain(JSON.stringify(Array.from({ length: 300 }, (_, i) => i * i)));

const refused = (encoding: Encoding, name: string, body: Buffer | string, detail: string): BadInput =>
  encoded(encoding, name, body, invalidEncoding(detail, { 'content-encoding': encoding }));

/** Flips one bit at the given offset; negative offsets count from the end. */
function flipped(bytes: Buffer, at: number): Buffer {
  const damaged = Buffer.from(bytes);
  const index = at < 0 ? bytes.length + at : at;
  damaged[index] = (damaged[index] as number) ^ 1;
  return damaged;
}

/** 1 GiB of zeros, as blocks of 128 KiB that repeat one byte (RFC 8878, 3.1.1.2). */
function gibibyteInZstd(): Buffer {
  const block = (isLast: boolean) => {
    const header = Buffer.alloc(4); // three bytes of header; the fourth is the byte to repeat
    header.writeUIntLE((131_072 << 3) | (1 << 1) | (isLast ? 1 : 0), 0, 3);
    return header;
  };
  const head = Buffer.from('28b52ffd0058', 'hex'); // no size, no checksum, a window of 2 MiB
  return Buffer.concat([head, ...Array<Buffer>(8_191).fill(block(false)), block(true)]);
}

/** Over 700 MB of zeros in the size limit of SQS. */
function fullOfGzip(): Buffer {
  const member = compress.gzip(Buffer.alloc(10_000_000));
  return Buffer.concat(Array<Buffer>(Math.floor(786_000 / member.length)).fill(member));
}

const notBase64 = (encoding: Encoding): BadInput[] => {
  const detail = `with content-encoding ${encoding} the body must be Base64 text (RFC 4648, 4): `;
  const base64 = compress[encoding](EVENT).toString('base64');
  return [
    refused(encoding, 'JSON, not compressed', EVENT, `${detail}"{" at position 0 does not belong there`),
    refused(encoding, 'in SNS', sns(base64), `${detail}"{" at position 0 does not belong there`),
    refused(encoding, 'URL-safe Base64', '-_-_', `${detail}"-" at position 0 does not belong there`),
    refused(
      encoding,
      'Base64 cut in the middle of a byte',
      base64.slice(0, 41),
      `${detail}it ends in the middle of a byte`,
    ),
    refused(
      encoding,
      'Base64 with too much padding',
      'H4sI=',
      `${detail}it ends in the middle of a byte, or is padded`,
    ),
  ];
};

const damaged = (encoding: Encoding): BadInput[] => {
  const other = encoding === 'gzip' ? 'zstd' : 'gzip';
  const [event, long] = [compress[encoding](EVENT), compress[encoding](LONG)];
  const [header, checksum] = {
    gzip: ['incorrect header check', 'incorrect data check'],
    zstd: ['Unknown frame descriptor', "Restored data doesn't match checksum"],
  }[encoding] as [string, string];
  const detail = `the body cannot be expanded as ${encoding}: `;
  return [
    refused(encoding, 'Base64 of JSON', Buffer.from(EVENT), detail + header),
    refused(encoding, `${other} data`, compress[other](EVENT), detail + header),
    refused(encoding, 'a damaged header', flipped(event, 0), detail + header),
    refused(encoding, 'a bit changed in the middle', flipped(long, long.length >> 1), detail),
    refused(
      encoding,
      'a bit changed in the checksum',
      flipped(event, encoding === 'gzip' ? -8 : -1),
      detail + checksum,
    ),
    refused(
      encoding,
      'truncated in the middle',
      long.subarray(0, long.length >> 1),
      `${detail}it ends too early`,
    ),
    refused(encoding, 'truncated by one byte', long.subarray(0, -1), `${detail}it ends too early`),
    refused(
      encoding,
      'a truncated second member',
      Buffer.concat([event, long.subarray(0, 99)]),
      `${detail}it ends too early`,
    ),
    refused(encoding, 'only white space', ' \n', `${detail}it ends too early`),
  ];
};

const tooLong = (encoding: Encoding): BadInput[] => {
  const detail = `the body expands from ${encoding} to more than 8388608 bytes, which are allowed`;
  const many = Array<Buffer>(100).fill(compress[encoding](Buffer.alloc(100_000)));
  return [
    refused(
      encoding,
      'one byte longer than allowed',
      compress[encoding](EVENT.padStart(MAX_EXPANDED_BYTES + 1)),
      detail,
    ),
    refused(encoding, '10 MB of zeros', compress[encoding](Buffer.alloc(10_000_000)), detail),
    refused(encoding, '10 MB of zeros in a hundred members', Buffer.concat(many), detail),
    encoding === 'gzip'
      ? refused(encoding, '700 MB in 1 MiB', fullOfGzip(), detail)
      : refused(encoding, '1 GiB in 32 kB', gibibyteInZstd(), detail),
  ];
};

const notUtf8 = (encoding: Encoding): BadInput[] => {
  const detail = `the body, expanded from ${encoding}, is not UTF-8 text`;
  const half = Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]);
  const zeros = Buffer.alloc(10_000_000);
  const holding = (name: string, bytes: Buffer) => refused(encoding, name, compress[encoding](bytes), detail);
  return [
    holding('compressed twice', compress[encoding](EVENT)),
    holding('a bomb in a bomb', compress[encoding](zeros)),
    holding('Latin-1', Buffer.from(plain('"é"'), 'latin1')),
    holding('UTF-16', Buffer.from(`\uFEFF${EVENT}`, 'utf16le')),
    holding('half a surrogate pair', half),
    holding('half a character at the end', Buffer.from('{"a":"é').subarray(0, -1)),
  ];
};

export const COMPRESSED_DAMAGE: Category = {
  title: 'Compressed bodies that cannot be expanded',
  rule: 'The whole message is rejected and kept as it was sent, with its attributes, so that it can be replayed under a higher limit. Expansion stops at 8 MiB (`MAX_EXPANDED_BYTES`), which also stops compression bombs. Nothing is repaired: data with a damaged end is damaged.',
  cases: [
    ...(['gzip', 'zstd'] as const).flatMap((encoding) => [
      ...notBase64(encoding),
      ...damaged(encoding),
      ...tooLong(encoding),
      ...notUtf8(encoding),
    ]),
    refused(
      'gzip',
      'followed by zeros',
      Buffer.concat([compress.gzip(EVENT), Buffer.alloc(3)]),
      '3 bytes follow after the end of the gzip data',
    ),
    refused(
      'gzip',
      'followed by words',
      Buffer.concat([compress.gzip(EVENT), Buffer.from('abc')]),
      'the body cannot be expanded as gzip: incorrect header check',
    ),
    refused('gzip', 'zlib data', deflateSync(EVENT), 'incorrect header check'),
    refused(
      'zstd',
      'followed by words',
      Buffer.concat([compress.zstd(EVENT), Buffer.from('abc')]),
      '3 bytes follow after the end of the zstd data',
    ),
    refused(
      'zstd',
      'followed by the beginning of a frame',
      Buffer.concat([compress.zstd(EVENT), Buffer.from('28b52f', 'hex')]),
      'the zstd data ends with the beginning of another frame',
    ),
    refused(
      'zstd',
      'a window of 128 MiB',
      wideWindow(),
      'the body cannot be expanded as zstd: Frame requires too much memory',
    ),
  ],
};

/** A window that receivers need not support (RFC 9659). */
function wideWindow(): Buffer {
  const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 };
  return zstdCompressSync(Buffer.alloc(9_000_000, EVENT), { params });
}
