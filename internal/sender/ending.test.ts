import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { advanceUntil, inFakeTime } from '../proof/kit/fake-time.ts';
import { SenderRig } from '../proof/kit/sender-rig.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-01-31T12:00:00Z') });
});

afterEach(() => {
  vi.useRealTimers();
});

test('at the second signal a sender ends within two seconds, also while the store does not answer', async () => {
  const rig = new SenderRig();
  rig.store.addEndpoint();
  const { sender, end } = rig.start();
  rig.store.add({}, {}, {});
  await advanceUntil(() => rig.got.length === 3, { what: 'the requests' });
  rig.store.before = () => new Promise(() => {});
  rig.store.add({});
  await vi.advanceTimersByTimeAsync(10_000);
  const toldAtMs = Date.now();
  await inFakeTime(end('stop'));
  expect(Date.now() - toldAtMs).toBeLessThanOrEqual(2_000);
  expect(sender.books).toMatchObject({ inFlight: 0, balanced: true });
});
