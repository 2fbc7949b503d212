import { isUtf8 } from 'node:buffer';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { nameOfPayload, type PayloadPointer } from '../event/body/payload-pointer.ts';
import type { Refusal } from '../event/rejection.ts';
import type { FetchedPayload, Payloads } from '../processor/ports.ts';

interface PayloadOptions {
  readonly region?: string | undefined;
  /** The address of S3; undefined for AWS. */
  readonly endpoint?: string | undefined;
  /** A larger body is refused. */
  readonly maxBytes: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A fetch fails after this long without a byte. */
const SILENCE_MS = 30_000;
const SOCKETS = 8;

/** Transient errors: they concern our credentials, our clock or this request, not the object. */
const PASSING = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'RequestTimeout',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
]);

/** Opens S3 for fetching bodies. The SDK's S3 client is loaded only here, because most installations do not need it. */
export async function openPayloads({ region, endpoint, maxBytes }: PayloadOptions): Promise<S3Payloads> {
  const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    // Emulators have no host name per bucket.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    followRegionRedirects: true,
    maxAttempts: 2,
    requestHandler: new NodeHttpHandler({
      httpAgent: new HttpAgent({ keepAlive: true, maxSockets: SOCKETS }),
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS }),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: SILENCE_MS,
      throwOnRequestTimeout: true,
    }),
  });
  const get = ({ bucket, key }: PayloadPointer, abortSignal: AbortSignal) =>
    client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
  return new S3Payloads(client, get, maxBytes);
}

type Get = (pointer: PayloadPointer, signal: AbortSignal) => Promise<GetObjectCommandOutput>;

/** Fetches bodies that were too long for SQS from S3. */
export class S3Payloads implements Payloads, Disposable {
  readonly #client: S3Client;
  readonly #get: Get;
  readonly #maxBytes: number;

  constructor(client: S3Client, get: Get, maxBytes: number) {
    this.#client = client;
    this.#get = get;
    this.#maxBytes = maxBytes;
  }

  /** Rejects when S3 is unavailable or refuses our credentials, and as soon as the signal aborts. */
  async fetch(pointer: PayloadPointer, signal: AbortSignal): Promise<FetchedPayload> {
    try {
      const { Body, ContentLength = 0 } = await this.#get(pointer, signal);
      const chunks = Body as AsyncIterable<Uint8Array> & { destroy(): void };
      const bytes = ContentLength > this.#maxBytes ? null : await this.#gather(chunks, signal);
      if (bytes === null) {
        chunks.destroy();
        return refused(
          'payload_elsewhere',
          `${nameOfPayload(pointer)} has more than the ${this.#maxBytes} bytes that are allowed`,
        );
      }
      return isUtf8(bytes)
        ? { kind: 'text', text: bytes.toString('utf8') }
        : refused('invalid_encoding', `${nameOfPayload(pointer)}, which is the body, is not UTF-8 text`);
    } catch (error) {
      const why = finalErrorIn(error);
      if (why === null) throw error;
      return refused(
        'payload_elsewhere',
        `the body is elsewhere, ${nameOfPayload(pointer)}, and cannot be fetched: ${why}`,
      );
    }
  }

  /** Returns null when there are more bytes than allowed, whatever Content-Length said. */
  async #gather(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Buffer | null> {
    const all: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      bytes += chunk.length;
      if (bytes > this.#maxBytes) return null;
      all.push(chunk);
    }
    return Buffer.concat(all);
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}

/** Describes an error that a retry cannot fix: the object is missing, or access is denied. Null for transient errors. */
function finalErrorIn(error: unknown): string | null {
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  const final = status >= 400 && status < 500 && status !== 429 && !PASSING.has(name);
  return final ? `${name} (${message})` : null;
}

function refused(reason: Refusal['reason'], detail: string): FetchedPayload {
  return { kind: 'refused', refusal: { reason, detail } };
}
