import { expect, test } from 'vitest';
import { endpointOf } from '../proof/kit/delivery-rows.ts';
import { Line } from './line.ts';
import type { Lane, Mark, Retry } from './ports.ts';

const MARK: Mark = {
  endpoint: 1,
  xid: 10n,
  factsFrom: 'earlier',
  lastSuccessAtMs: undefined,
  failingSinceMs: undefined,
  failures: 0,
};

const lane = (xid: bigint, ...ids: string[]): Lane => ({
  tenantId: 'default',
  clientId: 'client-1',
  xid,
  ids,
});

/** A delayed message. */
const IN_A_MINUTE = (): Retry => ({
  endpoint: 1,
  unit: 0,
  messageId: 'a',
  dueAtMs: Date.now() + 60_000,
  attempts: 0,
  firstFailedAtMs: undefined,
  lastStatus: undefined,
  lastError: undefined,
});

function lineOf(mark = MARK): Line {
  return new Line(endpointOf({}, 1), { id: 1, epoch: 1 }, mark, { ids: 0, payload: 0 });
}

test('the mark remembers the attempts of an earlier owner until it is past all that this one may have settled', () => {
  const line = lineOf();
  line.recoverBelow = 20n;
  line.push(lane(12n, 'a'), new Set()); // nothing of it is settled
  line.push(lane(13n, 'b'), new Set(['b'])); // all of it is
  line.behindFrom = undefined;
  expect(line.mark(20n, 'now')).toMatchObject({ xid: 12n, factsFrom: 'earlier' });
  const [wanted] = line.queue.toLoad(0, 1);
  line.recorded(wanted as NonNullable<typeof wanted>, undefined);
  expect(line.mark(20n, 'now')).toMatchObject({ xid: 20n, factsFrom: 'now' });
});

test('the mark of a line that has not read on remembers them, too', () => {
  const line = lineOf();
  line.recoverBelow = 20n;
  line.behindFrom = 15n;
  expect(line.mark(20n, 'now')).toMatchObject({ xid: 15n, factsFrom: 'earlier' });
});

test('an endpoint gets nothing that was stored before it was added, and its mark does not go back', () => {
  const line = lineOf();
  line.behindFrom = undefined; // the tail has not come that far
  line.push(lane(9n, 'before'));
  expect(line.queue.ids).toBe(0);
  expect(line.mark(9n, 'now').xid).toBe(10n);
  line.push(lane(10n, 'since'));
  expect(line.queue.ids).toBe(1);
});

test('an endpoint that is down with nothing but a delayed message is looked at when that is due', () => {
  const line = lineOf();
  line.isOpen = true;
  line.retriesKnown = true;
  for (let i = 0; i < 5; i += 1) line.pace.failed(Date.now(), true);
  line.queue.due.again(IN_A_MINUTE());
  expect(line.pace.isOpen).toBe(true);
  expect(line.wakeInMs).toBeGreaterThan(50_000);
});

test('an endpoint that has paused with ids that wait is looked at when the pause ends, whatever is due later', () => {
  const line = lineOf();
  line.isOpen = true;
  line.retriesKnown = true;
  line.push(lane(10n, 'b'));
  line.queue.due.again(IN_A_MINUTE());
  line.pace.pauseFor(10_000);
  expect(line.rests).toBe(true);
  expect(line.wakeInMs).toBeLessThan(11_000);
  line.pace.reset();
  expect(line.rests).toBe(false);
  expect(line.wakeInMs).toBeGreaterThan(50_000);
});
