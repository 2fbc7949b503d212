import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ContentEncoding } from '#internal/event/body/content-encoding.ts';
import type { EventKind, GeneratedEvent } from './generator.ts';

/** An SQS message to be sent. */
export interface Body {
  readonly tenant: string;
  /** As sent to SQS: compressed and in Base64 if it has an encoding. */
  readonly text: string;
  readonly bytes: number;
  readonly encoding?: ContentEncoding;
  readonly array: boolean;
  readonly events: readonly { readonly kind: EventKind; readonly id: string | null }[];
}

export interface PackerLimits {
  /** Events in an array; 1 sends every event bare. */
  readonly eventsPerBody: number;
  readonly bytesPerBody: number;
  readonly bytesPerSend: number;
  /** Compresses every body. */
  readonly compress?: ContentEncoding;
}

/** SendMessageBatch accepts at most this many messages. */
const BODIES_PER_SEND = 10;
/** Maximum number of events in incomplete arrays of all tenants. */
const MAX_WAITING_EVENTS = 20_000;
const BRACKETS_BYTES = 2;

const COMPRESSORS = { gzip: gzipSync, zstd: zstdCompressSync } as const;
/** Bytes of the attribute that names the encoding: SQS counts its name, type and value towards the message size. */
const ATTRIBUTE_BYTES = 'content-encodingStringgzip'.length;
/** Incompressible text grows by a header, and by a third in Base64: an array has this much less room for the header. */
const COMPRESSED_HEADROOM_BYTES = 1_024;

interface OpenArray {
  readonly events: GeneratedEvent[];
  bytes: number;
}

/** Packs events into SQS bodies, each of one tenant, and bodies into sends. Holds a bounded number of events. */
export class Packer {
  readonly #limits: PackerLimits;
  readonly #arrays = new Map<string, OpenArray>();
  #waiting = 0;
  #bodies: Body[] = [];
  #bytes = 0;

  constructor(limits: PackerLimits) {
    const { bytesPerBody, compress } = limits;
    const bytesThatFit = Math.floor((bytesPerBody * 3) / 4) - COMPRESSED_HEADROOM_BYTES;
    this.#limits = compress === undefined ? limits : { ...limits, bytesPerBody: bytesThatFit };
  }

  /** Adds an event; returns the sends that are full. */
  add(event: GeneratedEvent): Body[][] {
    if (event.alone || this.#limits.eventsPerBody === 1) return this.#ready(bare(event));
    const sends = this.#append(event);
    if (this.#waiting > MAX_WAITING_EVENTS) sends.push(...this.#closeOldest());
    return sends;
  }

  /** Returns the complete bodies, as a send that need not be full. Incomplete arrays stay. */
  flush(): Body[][] {
    if (this.#bodies.length === 0) return [];
    const send = this.#bodies;
    this.#bodies = [];
    this.#bytes = 0;
    return [send];
  }

  /** Returns everything that is left. */
  finish(): Body[][] {
    const sends = [...this.#arrays.keys()].flatMap((tenant) => this.#close(tenant));
    return [...sends, ...this.flush()];
  }

  #append(event: GeneratedEvent): Body[][] {
    const { tenant, text } = event;
    const bytes = Buffer.byteLength(text) + 1;
    const sends: Body[][] = [];
    const open = this.#arrays.get(tenant);
    if (open !== undefined && open.bytes + bytes > this.#limits.bytesPerBody)
      sends.push(...this.#close(tenant));
    const array = this.#arrays.get(tenant) ?? { events: [], bytes: BRACKETS_BYTES };
    array.events.push(event);
    array.bytes += bytes;
    this.#arrays.set(tenant, array);
    this.#waiting += 1;
    if (array.events.length >= this.#limits.eventsPerBody) sends.push(...this.#close(tenant));
    return sends;
  }

  #closeOldest(): Body[][] {
    const [oldest] = this.#arrays.keys();
    return oldest === undefined ? [] : this.#close(oldest);
  }

  #close(tenant: string): Body[][] {
    const { events = [] } = this.#arrays.get(tenant) ?? {};
    this.#arrays.delete(tenant);
    this.#waiting -= events.length;
    const text = `[${events.map((event) => event.text).join(',')}]`;
    return this.#ready({
      tenant,
      text,
      bytes: Buffer.byteLength(text),
      array: true,
      events: events.map(named),
    });
  }

  #ready(plain: Body): Body[][] {
    const { compress } = this.#limits;
    const body = compress === undefined ? plain : compressed(plain, compress);
    const full = this.#bytes + body.bytes > this.#limits.bytesPerSend ? this.flush() : [];
    this.#bodies.push(body);
    this.#bytes += body.bytes;
    return this.#bodies.length < BODIES_PER_SEND ? full : [...full, ...this.flush()];
  }
}

function compressed(body: Body, encoding: ContentEncoding): Body {
  const text = COMPRESSORS[encoding](body.text).toString('base64');
  return { ...body, text, bytes: text.length + ATTRIBUTE_BYTES, encoding };
}

function bare(event: GeneratedEvent): Body {
  const { tenant, text } = event;
  return { tenant, text, bytes: Buffer.byteLength(text), array: false, events: [named(event)] };
}

/** Keeps only what is needed later of an event: its text is in the body. */
function named({ kind, id }: GeneratedEvent): Body['events'][number] {
  return { kind, id };
}
