import { isUtf8 } from 'node:buffer';
import type { PayloadPointer } from '../../event/body/payload-pointer.ts';
import type { RejectionReason } from '../../event/rejection.ts';
import type { FetchedPayload, Payloads } from '../../processor/ports.ts';

/** An in-memory store of message bodies. */
export class MemoryPayloads implements Payloads {
  /** Objects by `bucket/key`. A fetch of a missing object is refused. */
  readonly objects = new Map<string, string | Buffer>();
  away = false;
  /** While true, a fetch waits until its signal aborts. */
  silent = false;
  fetches = 0;
  readonly #maxBytes: number;

  constructor(maxBytes = 100_000) {
    this.#maxBytes = maxBytes;
  }

  async fetch({ bucket, key }: PayloadPointer, signal: AbortSignal): Promise<FetchedPayload> {
    this.fetches += 1;
    signal.throwIfAborted();
    if (this.away) throw new Error('S3 is away');
    if (this.silent) await aborted(signal);
    const object = this.objects.get(`${bucket}/${key}`);
    if (object === undefined) return refused('payload_elsewhere', 'NoSuchKey');
    const bytes = Buffer.from(object);
    if (bytes.length > this.#maxBytes) return refused('payload_elsewhere', 'too large');
    return isUtf8(bytes)
      ? { kind: 'text', text: bytes.toString('utf8') }
      : refused('invalid_encoding', 'not UTF-8');
  }
}

function refused(reason: RejectionReason, detail: string): FetchedPayload {
  return { kind: 'refused', refusal: { reason, detail } };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
