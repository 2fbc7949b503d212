import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { type BadInput, type MessageAttribute, type Outcome, rejected } from './case.ts';

export type Encoding = 'gzip' | 'zstd';

/** The processor's default. */
export const MAX_EXPANDED_BYTES = 8_388_608;

/**
 * zstd with a checksum, which the zstd command adds by default and Node does not. It makes damage detectable.
 */
export const compress = {
  gzip: (text: string | Uint8Array) => gzipSync(text),
  zstd: (text: string | Uint8Array) =>
    zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
} as const;

export const saying = (StringValue: string): Readonly<Record<string, MessageAttribute>> => ({
  'content-encoding': { DataType: 'String', StringValue },
});

/** A body with that `content-encoding`. Bytes are sent as Base64, a text as it is. */
export function encoded(
  encoding: Encoding,
  name: string,
  body: Buffer | string,
  outcome: BadInput['outcome'],
): BadInput {
  return {
    name: `${encoding}: ${name}`,
    body: typeof body === 'string' ? body : body.toString('base64'),
    attributes: saying(encoding),
    outcome,
  };
}

/**
 * Nothing of the body could be read. It is kept as it was sent, with the attributes that say how to read it.
 */
export function invalidEncoding(detail: string, attributes: Readonly<Record<string, string>>): Outcome {
  const unknown = { tenantId: null, clientId: null, eventType: null, source: null, eventId: null };
  return rejected('invalid_encoding', detail, { ...unknown, attributes });
}
