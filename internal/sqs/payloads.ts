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
  /** Where S3 is; undefined for AWS. */
  readonly endpoint?: string | undefined;
  /** What is fetched at most. */
  readonly maxBytes: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Without a byte for so long, a fetch fails. */
const SILENCE_MS = 30_000;
const SOCKETS = 8;

/** Errors that say something of us, or of now, and nothing of the object: these pass. */
const PASSING = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'RequestTimeout',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
]);

/** Opens S3 to fetch bodies from. The SDK's client for it is loaded only here: most have no use for it. */
export async function openPayloads({ region, endpoint, maxBytes }: PayloadOptions): Promise<S3Payloads> {
  const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    // Emulators have no host name for each bucket.
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

/** S3 as the place where bodies are that were too long for SQS. */
export class S3Payloads implements Payloads, Disposable {
  readonly #client: S3Client;
  readonly #get: Get;
  readonly #maxBytes: number;

  constructor(client: S3Client, get: Get, maxBytes: number) {
    this.#client = client;
    this.#get = get;
    this.#maxBytes = maxBytes;
  }

  /** Rejects while S3 is away, refuses our credentials, or as soon as the signal aborts. */
  async fetch(pointer: PayloadPointer, signal: AbortSignal): Promise<FetchedPayload> {
    try {
      const { Body, ContentLength = 0 } = await this.#get(pointer, signal);
      const chunks = Body as AsyncIterable<Uint8Array> & { destroy(): void };
      const bytes = ContentLength > this.#maxBytes ? null : await this.#gather(chunks, signal);
      if (bytes === null) {
        chunks.destroy();
        return refused(
          'payload_elsewhere',
          `${nameOfPayload(pointer)} has more than ${this.#maxBytes} bytes, which are allowed`,
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

  /** Null when there are more bytes than allowed, whatever S3 said before. */
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

/** What S3 answered that it would answer again: an object that is not there, or not for us. Null for everything that passes. */
function finalErrorIn(error: unknown): string | null {
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  const final = status >= 400 && status < 500 && status !== 429 && !PASSING.has(name);
  return final ? `${name} (${message})` : null;
}

function refused(reason: Refusal['reason'], detail: string): FetchedPayload {
  return { kind: 'refused', refusal: { reason, detail } };
}
