/** A message of PostgreSQL's protocol: https://www.postgresql.org/docs/current/protocol-message-formats.html */
export interface Frame {
  /**
   * The type byte as a character; empty for startup, SSL and cancel requests, which a client sends before its
   * session.
   */
  readonly type: string;
  /** The whole message, including type and length. */
  readonly bytes: Buffer;
}

const LENGTH_BYTES = 4;

/** Splits one direction of a connection into messages, whatever the chunks. */
export class Framer {
  #rest: Buffer = Buffer.alloc(0);
  #typed: boolean;

  /** `typed`: whether the first message has a type. A client's first message has none. */
  constructor(typed: boolean) {
    this.#typed = typed;
  }

  push(chunk: Buffer): Frame[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const typeBytes = this.#typed ? 1 : 0;
      if (this.#rest.length < typeBytes + LENGTH_BYTES) return frames;
      const length = typeBytes + this.#rest.readInt32BE(typeBytes);
      if (this.#rest.length < length) return frames;
      const bytes = this.#rest.subarray(0, length);
      frames.push({ type: this.#typed ? String.fromCharCode(bytes[0] as number) : '', bytes });
      this.#rest = this.#rest.subarray(length);
      this.#typed = true;
    }
  }
}

/** Remembers the text of a client's prepared statements, to find out what a Bind executes. */
export class Statements {
  readonly #texts = new Map<string, string>();

  /** The SQL of a Parse, Bind or Query message; undefined for other messages. */
  textOf({ type, bytes }: Frame): string | undefined {
    if (type === 'Q') return cString(bytes, 5).text;
    if (type === 'P') {
      const name = cString(bytes, 5);
      const { text } = cString(bytes, name.end);
      this.#texts.set(name.text, text);
      return text;
    }
    if (type !== 'B') return undefined;
    const portal = cString(bytes, 5);
    return this.#texts.get(cString(bytes, portal.end).text);
  }
}

function cString(bytes: Buffer, start: number): { text: string; end: number } {
  const end = bytes.indexOf(0, start);
  return { text: bytes.toString('utf8', start, end), end: end + 1 };
}
