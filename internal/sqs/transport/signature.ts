import { createHmac, hash } from 'node:crypto';
import type { Credentials } from '../credentials.ts';

/** A request to sign. Header names are in lower case and in alphabetical order; `host` and `x-amz-date` must be among them. */
export interface SignableRequest {
  readonly method: string;
  /** Already encoded, as it is sent. */
  readonly path: string;
  /** Already encoded and sorted; without the question mark. */
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Signs requests of one service in one region with Signature Version 4.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class Signer {
  readonly #region: string;
  readonly #service: string;
  /** The signing key: four rounds of HMAC derive it, and it stays the same for a day. */
  #derived: { readonly secret: string; readonly date: string; readonly key: Buffer } | undefined;

  constructor({ region, service }: { readonly region: string; readonly service: string }) {
    this.#region = region;
    this.#service = service;
  }

  /** Returns the value of the Authorization header. */
  authorization(request: SignableRequest, { accessKeyId, secretAccessKey }: Credentials): string {
    let signedHeaders = '';
    let canonicalHeaders = '';
    for (const name in request.headers) {
      signedHeaders += signedHeaders === '' ? name : `;${name}`;
      canonicalHeaders += `${name}:${trimmed(request.headers[name] as string)}\n`;
    }
    const digest = hash('sha256', request.body, 'hex');
    const canonicalRequest = `${request.method}\n${request.path}\n${request.query ?? ''}\n${canonicalHeaders}\n${signedHeaders}\n${digest}`;
    const timestamp = request.headers['x-amz-date'] ?? '';
    const date = timestamp.slice(0, 8);
    const scope = `${date}/${this.#region}/${this.#service}/aws4_request`;
    const stringToSign = `${ALGORITHM}\n${timestamp}\n${scope}\n${hash('sha256', canonicalRequest, 'hex')}`;
    const signature = createHmac('sha256', this.#keyOf(secretAccessKey, date))
      .update(stringToSign)
      .digest('hex');
    return `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  }

  #keyOf(secret: string, date: string): Buffer {
    if (this.#derived?.secret !== secret || this.#derived.date !== date) {
      const dateKey = hmac(`AWS4${secret}`, date);
      const key = hmac(hmac(hmac(dateKey, this.#region), this.#service), 'aws4_request');
      this.#derived = { secret, date, key };
    }
    return this.#derived.key;
  }
}

/** A time as `x-amz-date` has it: `YYYYMMDDTHHMMSSZ`. */
export function amzDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Removes spaces around a header's value and collapses those inside it, as Signature Version 4 requires. */
function trimmed(value: string): string {
  const text = value.trim();
  return text.includes('  ') ? text.replaceAll(/ {2,}/g, ' ') : text;
}
