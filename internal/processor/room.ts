import { Change } from './waiting.ts';

/**
 * Bounds what the processor holds. Room is reserved before a receive asks for messages,
 * so that nothing received ever has to wait outside of the bound.
 */
export class Room {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  readonly #change = new Change();
  #messages = 0;
  #bytes = 0;

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  /** Reserves places for so many messages; answers false when the signal aborted first. */
  async reserve(messages: number, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (this.#messages + messages <= this.#maxMessages && this.#bytes < this.#maxBytes) {
        this.#messages += messages;
        return true;
      }
      await this.#change.next(signal);
    }
    return false;
  }

  /** Waits until bytes are free, `aside()` of those that are filled not counted; answers false when the signal aborted first. */
  async bytesFree(aside: () => number, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (this.#bytes - aside() < this.#maxBytes) return true;
      await this.#change.next(signal);
    }
    return false;
  }

  /** A reserved place was filled by a message of that size, or one that fills it grew by so much. */
  fill(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Gives places back, with the bytes that filled them. */
  leave(messages: number, bytes: number): void {
    this.#messages -= messages;
    this.#bytes -= bytes;
    this.#change.wake();
  }
}
