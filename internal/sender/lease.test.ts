import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { advanceUntil, inFakeTime, slowly } from '../proof/kit/fake-time.ts';
import { answer, SenderRig } from '../proof/kit/sender-rig.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-01-31T12:00:00Z') });
});

afterEach(() => {
  vi.useRealTimers();
});

test('nothing begins that could outlast the lease, which counts from when it was asked for, not from the answer', async () => {
  const rig = new SenderRig(); // leases of 40 s
  rig.store.addEndpoint({ timeoutSeconds: 15 });
  let asked = 0;
  let lastAskedMs = 0;
  rig.store.before = (method) => {
    if (method !== 'hold') return undefined;
    asked += 1;
    if (asked <= 2) lastAskedMs = Date.now();
    return asked > 2 ? new Promise(() => {}) : undefined;
  };
  rig.store.after = (method) => (method === 'hold' && asked === 2 ? slowly(8_000) : undefined);
  rig.answer = () => answer(200);
  const { end } = rig.start();
  for (let second = 0; second < 90; second += 1) {
    rig.store.add({});
    await vi.advanceTimersByTimeAsync(1_000);
  }
  const last = rig.got.at(-1)?.atMs ?? 0;
  expect(last - lastAskedMs).toBeLessThanOrEqual((40 - 15) * 1_000);
  expect(last - lastAskedMs).toBeGreaterThan((40 - 15 - 4) * 1_000);
  await inFakeTime(end('stop'));
});

test('of two processes, none sends while a request of the other may be under way, also after one was cut off', async () => {
  const rig = new SenderRig();
  rig.store.addEndpoint({ concurrency: 1, timeoutSeconds: 15 });
  let inFlight = 0;
  let most = 0;
  rig.answer = async () => {
    most = Math.max(most, (inFlight += 1));
    await slowly(14_000);
    inFlight -= 1;
    return answer(200);
  };
  const first = rig.start();
  rig.store.add(...Array.from({ length: 20 }, () => ({})));
  await advanceUntil(() => rig.got.length === 2, { what: 'the second request', timeoutMs: 30_000 });
  const holders: string[] = [];
  rig.store.before = () => undefined;
  // The first one is cut off from the store: nothing that it asks for is answered.
  const hold = rig.store.hold.bind(rig.store);
  rig.store.hold = (owner, releasing) => {
    if (!holders.includes(owner.id)) holders.push(owner.id);
    return owner.id === holders[0] ? new Promise(() => {}) : hold(owner, releasing);
  };
  await vi.advanceTimersByTimeAsync(6_000);
  const second = rig.start();
  await advanceUntil(() => rig.got.length >= 8, { what: 'further requests', timeoutMs: 200_000 });
  expect(most).toBe(1);
  first.kill();
  await inFakeTime(second.end('stop'));
});

test('when more lanes are new than one query reads, none is passed over', async () => {
  const rig = new SenderRig();
  rig.store.addEndpoint();
  rig.store.addEndpoint({ clientId: 'last' });
  const { end } = rig.start();
  rig.store.add({});
  await advanceUntil(() => rig.got.length === 1, { what: 'that it follows the tail' });
  const late = rig.store.begin();
  late.add({});
  for (let i = 0; i < 5_050; i += 1) rig.store.add({ clientId: 'nobody' });
  rig.store.add({ clientId: 'last' });
  late.commit();
  await advanceUntil(() => rig.got.length === 3, { what: 'the first and the last one', timeoutMs: 5_000 });
  await inFakeTime(end());
});
