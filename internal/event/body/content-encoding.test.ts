import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyText, CONTENT_ENCODINGS, isCompressed } from './content-encoding.ts';

const LIMIT = 1_000_000;
const TEXT = JSON.stringify(Array.from({ length: 200 }, (_, n) => ({ n, name: 'Zoë 🦉' })));

const compress = { gzip: gzipSync, zstd: zstdCompressSync };

function read(body: string | Buffer, encoding: string, limit = LIMIT) {
  const text = typeof body === 'string' ? body : body.toString('base64');
  return bodyText({ body: text, attributes: { 'content-encoding': encoding } }, limit);
}

function detail(body: string | Buffer, encoding: string, limit = LIMIT): string {
  const answer = read(body, encoding, limit);
  if (answer.kind === 'text') throw new Error('it was accepted');
  expect(answer.refusal.reason).toBe('invalid_encoding');
  return answer.refusal.detail;
}

describe('a body without a content-encoding', () => {
  test('is the text itself, whatever it looks like', () => {
    const body = gzipSync(TEXT).toString('base64');
    const attributes = { encoding: 'gzip', 'x-content-encoding': 'gzip', SenderId: 'AIDA' };
    expect(isCompressed({ attributes })).toBe(false);
    expect(bodyText({ body, attributes }, 10)).toEqual({ kind: 'text', text: body, bytes: body.length });
  });

  test.each(['utf-8', 'UTF-8', 'utf8', 'US-ASCII', 'ascii', 'identity', 'binary', '7bit', ' 8bit '])(
    'or with one that compresses nothing was refused: %s',
    (encoding) => {
      const attributes = { 'Content-Encoding': encoding, 'content-encoding': 'utf-8' };
      expect(isCompressed({ attributes })).toBe(false);
      expect(bodyText({ body: '{}', attributes }, 1)).toEqual({ kind: 'text', text: '{}', bytes: 2 });
    },
  );

  test('or with identity is not held to the limit, which SQS sets already', () => {
    expect(read('Hello', 'identity', 1)).toEqual({ kind: 'text', text: 'Hello', bytes: 5 });
  });
});

describe.each(CONTENT_ENCODINGS)('a body of %s', (encoding) => {
  const whole = compress[encoding](TEXT);

  test('is expanded, and says what it takes', () => {
    expect(read(whole, encoding)).toEqual({ kind: 'text', text: TEXT, bytes: Buffer.byteLength(TEXT) });
  });

  test('is expanded from Base64 without padding, and with the line breaks of base64(1)', () => {
    for (const text of ['a', 'ab', 'abc']) {
      const base64 = compress[encoding](text).toString('base64');
      const broken = `${base64.replaceAll(/.{7}/g, '$&\r\n')}\n`;
      for (const body of [base64, base64.replaceAll('=', ''), broken])
        expect(read(body, encoding)).toMatchObject({ kind: 'text', text });
    }
  });

  test('may be named in any case, by SQS attribute names of any case', () => {
    const attributes = { 'Content-Encoding': ` ${encoding.toUpperCase()}` };
    const body = whole.toString('base64');
    expect(isCompressed({ attributes })).toBe(true);
    expect(bodyText({ body, attributes }, LIMIT)).toMatchObject({ kind: 'text', text: TEXT });
  });

  test('may be several members, one after another', () => {
    const parts = [TEXT.slice(0, 100), '', TEXT.slice(100)].map((part) => compress[encoding](part));
    expect(read(Buffer.concat(parts), encoding)).toMatchObject({ kind: 'text', text: TEXT });
  });

  test('may expand to the limit and not to a byte more', () => {
    const bytes = Buffer.byteLength(TEXT);
    expect(read(whole, encoding, bytes)).toMatchObject({ kind: 'text' });
    expect(detail(whole, encoding, bytes - 1)).toBe(
      `the body expands from ${encoding} to more than ${bytes - 1} bytes, which are allowed`,
    );
  });

  test('that is a bomb is refused, in one member or in many', () => {
    const bomb = compress[encoding](Buffer.alloc(100_000_000));
    expect(bomb.length).toBeLessThan(200_000);
    expect(detail(bomb, encoding)).toContain('to more than 1000000 bytes');
    const many = Buffer.concat(Array.from({ length: 11 }, () => compress[encoding](Buffer.alloc(100_000))));
    expect(detail(many, encoding)).toContain('to more than 1000000 bytes');
  });

  test('that is cut short anywhere is refused, also within its second member', () => {
    const small = compress[encoding](TEXT.slice(0, 300));
    const truncated = [Buffer.alloc(0), small].flatMap((before) =>
      Array.from({ length: small.length }, (_, length) => [before, small.subarray(0, length)] as const),
    );
    for (const [before, part] of truncated) {
      if (before.length > 0 && part.length === 0) continue; // whole
      expect(detail(Buffer.concat([before, part]), encoding)).toMatch(
        /ends too early$|ends with the beginning of another frame$/,
      );
    }
  });

  test('that is followed by something else is refused', () => {
    for (const tail of ['xyz', '\0\0\0\0\0', '('])
      expect(() => detail(Buffer.concat([whole, Buffer.from(tail)]), encoding)).not.toThrow();
  });

  test('that is another format is refused', () => {
    const other = compress[encoding === 'gzip' ? 'zstd' : 'gzip'](TEXT);
    for (const body of [other, 'bm90IGNvbXByZXNzZWQ='])
      expect(detail(body, encoding)).toContain(`the body cannot be expanded as ${encoding}: `);
  });

  test('that is not Base64 is refused with the place', () => {
    expect(detail('{"event_type": 1}', encoding)).toBe(
      `with content-encoding ${encoding} the body must be Base64 text (RFC 4648, 4): "{" at position 0 does not belong there`,
    );
    expect(detail('H4sI\nAAA_', encoding)).toContain('"_" at position 8 does');
    expect(detail('H4sIA', encoding)).toContain('in the middle of a byte');
    expect(detail('H4sI=', encoding)).toContain('padded wrongly');
  });

  test('that is not UTF-8 is refused', () => {
    for (const bytes of [[0xff, 0xfe, 0x41], [0xc3], [0xed, 0xa0, 0x80]]) {
      expect(detail(compress[encoding](Buffer.from(bytes)), encoding)).toBe(
        `the body, expanded from ${encoding}, is not UTF-8 text`,
      );
    }
  });

  test('with a bit that changed is never read as another text', () => {
    const random = fc.record({ at: fc.nat(whole.length - 1), bit: fc.nat(7) });
    // zstd's checksum is optional, and Node leaves it out: there this holds for senders who turn it on.
    const params = { [constants.ZSTD_c_checksumFlag]: 1 };
    const safe = encoding === 'zstd' ? zstdCompressSync(TEXT, { params }) : whole;
    fc.assert(
      fc.property(random, ({ at, bit }) => {
        const damaged = Buffer.from(safe);
        damaged[at] = (damaged[at] as number) ^ (1 << bit);
        const answer = read(damaged, encoding);
        return answer.kind === 'refused' || answer.text === TEXT;
      }),
    );
  });
});

test('zstd with a window that senders may not use is refused', () => {
  const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 };
  const wide = zstdCompressSync(Buffer.alloc(20_000_000, TEXT), { params });
  expect(detail(wide, 'zstd', 50_000_000)).toContain('requires too much memory');
});

describe('a content-encoding', () => {
  test('that is not known is refused by name', () => {
    expect(detail('x', 'br')).toBe('content-encoding: expected gzip, zstd or identity, got "br"');
    expect(detail('x', 'gzip, zstd')).toContain('got "gzip, zstd"');
    expect(detail('x', 'x\u0000'.repeat(500)).length).toBeLessThan(200);
  });

  test('that is given twice is refused unless both say the same', () => {
    const body = gzipSync(TEXT).toString('base64');
    const both = (a: string, b: string) =>
      bodyText({ body, attributes: { 'content-encoding': a, 'Content-Encoding': b } }, LIMIT);
    expect(both('gzip', 'GZIP')).toMatchObject({ kind: 'text', text: TEXT });
    expect(both('utf-8', 'gzip')).toMatchObject({
      refusal: { detail: expect.stringContaining('with different values: "utf-8", "gzip"') },
    });
    expect(both('gzip', 'zstd')).toMatchObject({
      refusal: { detail: expect.stringContaining('with different values: "gzip", "zstd"') },
    });
  });
});
