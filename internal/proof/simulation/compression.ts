import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Random } from '../../load/random.ts';
import type { Item, Sent } from './sent.ts';

interface Uncompressed {
  readonly text: string;
  readonly items: readonly Item[];
  /** Expected outcome if the body cannot be expanded. */
  readonly refused: readonly Item[];
}

/** Compresses a message as a sender would; some bodies are damaged on purpose. */
export function compressed(
  { text, items, refused }: Uncompressed,
  { random, oddRate, maxExpandedBytes }: { random: Random; oddRate: number; maxExpandedBytes: number },
): Sent {
  const encoding = random.pick(['gzip', 'zstd', 'identity'] as const);
  const name = random.pick(['content-encoding', 'Content-Encoding']);
  const attributes = { [name]: encoding };
  if (encoding === 'identity') return { text, body: text, attributes, items };
  const bytes = encoding === 'gzip' ? gzipSync(text) : zstdCompressSync(text);
  const body = bytes.toString('base64');
  if (random.chance(oddRate * 0.3)) {
    const odd = random.pick([
      { body: `not ${body}`, attributes },
      { body: bytes.subarray(0, -3).toString('base64'), attributes },
      { body, attributes: { [name]: 'br' } },
    ]);
    return { text, ...odd, items: refused };
  }
  return { text, body, attributes, items: Buffer.byteLength(text) > maxExpandedBytes ? refused : items };
}
