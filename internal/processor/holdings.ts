import { HeldMessage } from './held.ts';
import type { ReceivedMessage } from './ports.ts';
import type { Room } from './room.ts';

/** All messages that are held, by their SQS MessageId, and the room that they fill. */
export class Holdings {
  readonly #byId = new Map<string, HeldMessage>();
  readonly #room: Room;
  readonly #visibilityTimeoutSeconds: number;

  constructor(room: Room, visibilityTimeoutSeconds: number) {
    this.#room = room;
    this.#visibilityTimeoutSeconds = visibilityTimeoutSeconds;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Age of the oldest message whose events are not all committed, since SQS took it; 0 when there is none. */
  get oldestSeconds(): number {
    const nowMs = Date.now();
    let oldestMs = nowMs;
    for (const { state, sentAtMs = nowMs } of this)
      if (state !== 'committed' && sentAtMs < oldestMs) oldestMs = sentAtMs;
    return (nowMs - oldestMs) / 1000;
  }

  /**
   * Takes in a received message, for which room was reserved. Returns undefined when it is held already (its lease ran
   * out, or SQS delivered it twice): then the one that is held goes on with the new handle and lease.
   */
  admit(message: ReceivedMessage): HeldMessage | undefined {
    const nowMs = performance.now();
    const known = this.#byId.get(message.sqsMessageId);
    if (known !== undefined) {
      known.receivedAgain(message, nowMs + this.#visibilityTimeoutSeconds * 1000);
      this.#room.giveUp(1);
      return undefined;
    }
    const held = new HeldMessage(message, nowMs, this.#visibilityTimeoutSeconds);
    this.#byId.set(held.sqsMessageId, held);
    this.#room.fill(held.bytes);
    return held;
  }

  /** Its events take this many bytes more. */
  grow(held: HeldMessage, bytes: number): void {
    held.bytes += bytes;
    this.#room.grow(bytes, held.bytes);
  }

  /** It was deleted or given back. */
  leave(held: HeldMessage): void {
    this.#byId.delete(held.sqsMessageId);
    this.#room.leave(held.bytes);
  }

  [Symbol.iterator](): MapIterator<HeldMessage> {
    return this.#byId.values();
  }
}
