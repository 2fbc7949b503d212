import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReceivedMessage } from '../event/received.ts';
import type { Delivery } from './delivery.ts';
import type { Room } from './room.ts';
import { Change } from './waiting.ts';

interface Compressed {
  readonly message: ReceivedMessage;
  readonly delivery: Delivery;
}

/**
 * The line of messages whose bodies have to be expanded. A few kB can become MAX_EXPANDED_BYTES, so a receive of ten
 * could hold the event loop, and memory, for ten times that: here one at a time is expanded, once there is room for
 * it, and whatever else is due has its turn in between.
 */
export class Expander {
  readonly #room: Pick<Room, 'bytesFree'>;
  readonly #expand: (message: ReceivedMessage, delivery: Delivery) => void;
  readonly #change = new Change();
  readonly #line: Compressed[] = [];
  /** Of the line, as received. They fill the room already, and only their own expansion makes it free. */
  #bytes = 0;

  constructor(room: Pick<Room, 'bytesFree'>, expand: (message: ReceivedMessage, delivery: Delivery) => void) {
    this.#room = room;
    this.#expand = expand;
  }

  add(message: ReceivedMessage, delivery: Delivery): void {
    this.#line.push({ message, delivery });
    this.#bytes += delivery.bytes;
    this.#change.wake();
  }

  /** Runs until the drain; what is in the line then is given back with everything that is not stored. */
  async run(drain: AbortSignal): Promise<void> {
    while (await this.#room.bytesFree(() => this.#bytes, drain)) {
      const first = this.#line.shift();
      if (first === undefined) {
        await this.#change.next(drain);
        continue;
      }
      this.#bytes -= first.delivery.bytes;
      this.#expand(first.message, first.delivery);
      await nextTurn();
    }
  }
}
