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
 * The line of messages whose bodies have to be expanded, and of those that follow on them in a message group. A few kB
 * can become MAX_EXPANDED_BYTES, so a receive of ten could hold the event loop, and memory, for ten times that: here one
 * at a time is expanded, once there is room for it, and whatever else is due has its turn in between.
 */
export class Preparer {
  readonly #room: Pick<Room, 'bytesFree'>;
  readonly #expand: (message: ReceivedMessage, delivery: Delivery) => void;
  readonly #change = new Change();
  #line: Compressed[] = [];
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

  /** Whether something of that message group is in the line; then what follows in it has to line up too. */
  holds(group: string): boolean {
    return this.#line.some(({ delivery }) => delivery.group === group);
  }

  /** Takes a message group out of the line, to be given back. */
  takeBack(group: string): Delivery[] {
    const taken = this.#line.filter(({ delivery }) => delivery.group === group);
    if (taken.length === 0) return [];
    this.#line = this.#line.filter(({ delivery }) => delivery.group !== group);
    for (const { delivery } of taken) this.#bytes -= delivery.bytes;
    return taken.map(({ delivery }) => delivery);
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
