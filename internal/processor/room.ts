import { Change } from '../waiting/change.ts';

/** So many messages make what is typical. */
const LAST_ONES = 16;

/**
 * Bounds what the processor holds. Room is reserved before a receive asks for messages,
 * so that nothing received ever has to wait outside of the bound.
 */
export class Room {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  readonly #change = new Change();
  /** Places that are reserved or filled. */
  #messages = 0;
  #filled = 0;
  #bytes = 0;
  /** Of a message once it is decided, as the last ones were. */
  #typicalBytes: number | undefined;

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  /**
   * Reserves places for so many messages; answers false when the signal aborted first. Receives that are under way are
   * expected to bring messages of the size that came so far: else many polls at once could bring far more than is free.
   */
  async reserve(messages: number, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (this.#messages + messages <= this.#maxMessages && this.#expectedBytes() < this.#maxBytes) {
        this.#messages += messages;
        return true;
      }
      await this.#change.next(signal);
    }
    return false;
  }

  #expectedBytes(): number {
    return this.#bytes + (this.#messages - this.#filled) * (this.#typicalBytes ?? 0);
  }

  /** Waits until bytes are free, `aside()` of those that are filled not counted; answers false when the signal aborted first. */
  async bytesFree(aside: () => number, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (this.#bytes - aside() < this.#maxBytes) return true;
      await this.#change.next(signal);
    }
    return false;
  }

  /** Reserved places that were not needed. */
  giveUp(messages: number): void {
    this.#messages -= messages;
    this.#change.wake();
  }

  /** A reserved place was filled by a message of that size. */
  fill(bytes: number): void {
    this.#filled += 1;
    this.#bytes += bytes;
  }

  /** A message that fills a place is decided: it takes this many bytes more, and `size` in all. */
  grow(bytes: number, size: number): void {
    this.#bytes += bytes;
    this.#typicalBytes ??= size;
    this.#typicalBytes += (size - this.#typicalBytes) / LAST_ONES;
  }

  /** Empties the place of a message with what it takes by now. */
  leave(bytes: number): void {
    this.#messages -= 1;
    this.#filled -= 1;
    this.#bytes -= bytes;
    this.#change.wake();
  }
}
