import { Change } from '../waiting/change.ts';

/** Messages that the typical size is the mean of, about. */
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
  /** Mean size of the messages decided last. */
  #typicalBytes: number | undefined;

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  /**
   * Reserves places for this many messages; returns false when the signal aborted first. Messages that are still to come for
   * reserved places are counted with the typical size: else many polls at once could bring far more than is free.
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

  /** Waits for free bytes, not counting the `aside()` bytes that the caller itself holds; returns false when the signal aborted first. */
  async bytesFree(aside: () => number, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (this.#bytes - aside() < this.#maxBytes) return true;
      await this.#change.next(signal);
    }
    return false;
  }

  /** Gives up reserved places that are not needed. */
  giveUp(messages: number): void {
    this.#messages -= messages;
    this.#change.wake();
  }

  /** A message of that size takes a reserved place. */
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

  /** A message that takes this many bytes by now leaves its place. */
  leave(bytes: number): void {
    this.#messages -= 1;
    this.#filled -= 1;
    this.#bytes -= bytes;
    this.#change.wake();
  }
}
