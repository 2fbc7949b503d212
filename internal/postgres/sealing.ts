import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface SealingKey {
  /** At most 64 letters, digits, dots, hyphens and underscores. */
  readonly name: string;
  readonly key: Buffer;
}

/** Sealed bytes cannot be opened: their key is missing, or they are not what was sealed for that context. */
export class SealingError extends Error {
  override readonly name = 'SealingError';
}

/**
 * Encrypts what PostgreSQL must not show, with AES-256-GCM. Sealed bytes are: length of the key's name (1 byte), the name,
 * nonce (12 bytes), ciphertext, tag (16 bytes). The context is authenticated with them: what was sealed for one endpoint
 * cannot be opened for another.
 */
export class Sealing {
  readonly #first: SealingKey;
  readonly #keys: ReadonlyMap<string, Buffer>;

  /** @param keys at least one; the first seals, all open */
  constructor(keys: readonly SealingKey[]) {
    const [first] = keys;
    if (first === undefined) throw new Error('sealing needs at least one key');
    this.#first = first;
    this.#keys = new Map(keys.map(({ name, key }) => [name, key]));
  }

  get firstKeyName(): string {
    return this.#first.name;
  }

  /** What all bytes begin with that were sealed with the first key. */
  get firstKeyPrefix(): Buffer {
    const name = Buffer.from(this.#first.name);
    return Buffer.concat([Buffer.of(name.length), name]);
  }

  seal(plain: Buffer, context: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#first.key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([this.firstKeyPrefix, nonce, body, cipher.getAuthTag()]);
  }

  /** @throws SealingError */
  open(sealed: Buffer, context: string): Buffer {
    const start = 1 + (sealed[0] ?? 0);
    const end = sealed.length - TAG_BYTES;
    if (end < start + NONCE_BYTES) throw new SealingError('what was sealed is too short');
    const name = sealed.toString('utf8', 1, start);
    const key = this.#keys.get(name);
    if (key === undefined) throw new SealingError(`the key ${JSON.stringify(name)} is not among SENDER_KEYS`);
    const nonce = sealed.subarray(start, start + NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(end));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(start + NONCE_BYTES, end)), decipher.final()]);
    } catch (error) {
      const sentence = `the key ${JSON.stringify(name)} of SENDER_KEYS does not open it: the key is another one of that name, or the bytes were changed or belong elsewhere`;
      throw new SealingError(sentence, { cause: error });
    }
  }
}

interface EndpointName {
  readonly tenantId: string;
  readonly id: string;
}

/** The context of an endpoint's secrets. An id has no slash, so no two endpoints have the same. */
export function secretContext({ tenantId, id }: EndpointName): string {
  return `endpoint/${tenantId}/${id}/secret`;
}

/** The context of an endpoint's headers, which are sealed as a JSON object. */
export function headersContext({ tenantId, id }: EndpointName): string {
  return `endpoint/${tenantId}/${id}/headers`;
}
