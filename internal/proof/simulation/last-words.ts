import type { Fail } from './expectations.ts';
import type { Life } from './life.ts';
import type { Queue } from './queue.ts';

/** Polls, statements, deletes and releases get about a second each. */
const STOP_WITHIN_MS = 4_500;

/** Checks what a processor that ended by itself must have done by then. */
export function checkEnd(life: Life, queue: Queue, nowMs: number, fail: Fail): void {
  const { name, processor, witness } = life;
  const books = processor.books.snapshot();
  const say = (words: string) => fail(`${name} ended: ${words}`);
  if (!processor.books.balanced || books.inFlight !== 0) {
    say(`its books do not balance: ${JSON.stringify(books)}`);
  }
  if (life.stoppedAtMs !== undefined && nowMs - life.stoppedAtMs > STOP_WITHIN_MS) {
    say(`${Math.round(nowMs - life.stoppedAtMs)} ms after it was told to stop`);
  }
  if (books.received > witness.eventsGiven)
    say(`it counted ${books.received} events as received; it got ${witness.eventsGiven}`);
  if (books.stored > witness.storedIds.size) {
    say(`it counted ${books.stored} events as stored; the store reported ${witness.storedIds.size}`);
  }
  if (witness.owedDeletes.size > processor.deleteFailures) {
    say(`failed deletes were not retried: ${[...witness.owedDeletes].join(' ')}`);
  }
  if (!witness.postpones) checkReleased(life, queue, nowMs, say);
  if (witness.undisturbed && !witness.postpones && witness.unhurried) checkUndisturbed(life, say);
}

/** Every message that it held must be deleted or visible. */
function checkReleased({ witness }: Life, queue: Queue, nowMs: number, say: Fail): void {
  for (const [sqsMessageId, lease] of witness.leases) {
    const message = queue.look(sqsMessageId);
    const hidden = message?.receiptHandle === lease.receiptHandle && message.visibleAtMs > nowMs;
    if (hidden && !lease.excused && witness.holds(sqsMessageId)) say(`${sqsMessageId} is still hidden`);
  }
}

/** If nothing went wrong, everything it received must be stored or rejected, and counted as such. */
function checkUndisturbed({ processor, witness, stoppedAtMs, replayed }: Life, say: Fail): void {
  const { books } = processor;
  if (stoppedAtMs === undefined && books.released > 0) say(`it released ${books.released} without need`);
  if (witness.storedIds.size > books.stored + replayed + books.released) {
    say(`it counted ${books.stored} events as stored; the store reported ${witness.storedIds.size}`);
  }
}
