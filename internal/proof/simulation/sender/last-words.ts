import type { Deliveries } from './deliveries.ts';
import type { Life } from './life.ts';
import type { Requests } from './requests.ts';
import type { Fail, Tracked } from './tracked.ts';

/** Beside its longest request, a drained process has this long; a stopped one has it for all. */
const ENDS_MS = 2_000;
const LONGEST_REQUEST_MS = 15_000;

/** What must be true of a process that has ended by itself. */
export function checkEnd(life: Life, requests: Requests, nowMs: number, fail: Fail): void {
  const { name, sender, drainedAtMs, stoppedAtMs, troubledAtMs } = life;
  const { books } = sender;
  if (books.inFlight !== 0) fail(`${name} ended with ${books.inFlight} deliveries in flight`);
  if (stoppedAtMs !== undefined) {
    if (nowMs > Math.max(stoppedAtMs, life.thawsAtMs) + ENDS_MS)
      fail(`${name} ended ${nowMs - stoppedAtMs} ms after it was told to stop`);
    return;
  }
  for (const sent of requests)
    if (sent.life === life && sent.fact === undefined)
      fail(`${name} ended without the fact of a request to endpoint ${sent.endpoint}`);
  const beganMs = drainedAtMs ?? 0;
  if (troubledAtMs < beganMs && nowMs > beganMs + LONGEST_REQUEST_MS + ENDS_MS)
    fail(`${name} ended ${nowMs - beganMs} ms after it was told to drain`);
}

/** At the end all marks are past what was delivered. */
export function checkMarks(tracked: Iterable<Tracked>, database: Deliveries, fail: Fail): void {
  for (const { number, ratePerSecond } of tracked) {
    const row = database.endpointRows.get(number);
    const mark = database.markRows.get(number);
    // With a rate, what it does not want may wait for those that it does.
    if (row?.state !== 'active' || mark === undefined || ratePerSecond !== null) continue;
    const last = database.lanesOfClient(row).at(-1);
    if (last !== undefined && last.xid >= mark.xid)
      fail(`the mark of endpoint ${number} is at ${mark.xid}, but all is delivered up to ${last.xid}`);
  }
}
