import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { advanceUntil, inFakeTime, slowly } from '../proof/kit/fake-time.ts';
import { answer, SenderRig } from '../proof/kit/sender-rig.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-01-31T12:00:00Z') });
});

afterEach(() => {
  vi.useRealTimers();
});

const messages = (count: number, more: object = {}) => Array.from({ length: count }, () => more);

test('an endpoint that was removed with a backlog takes nothing from other tenants, and is not behind any more', async () => {
  const rig = new SenderRig();
  const gone = rig.store.addEndpoint({ tenantId: 'acme', ordered: true });
  rig.store.addEndpoint({ concurrency: 128 });
  rig.answer = ({ url }) => (url.endsWith(`/${gone.number}`) ? new Promise(() => {}) : answer(200));
  const { sender, end } = rig.start();
  rig.store.add(...messages(2_000, { tenantId: 'acme' }));
  await advanceUntil(() => rig.got.length === 1, { what: 'the request that hangs' });
  rig.store.add(...messages(10, { tenantId: 'acme' }));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sender.observed().behind).toBe(1);
  rig.store.removeEndpoint(gone.number);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(sender.observed().behind).toBe(0);
  let inFlight = 0;
  let most = 0;
  rig.answer = async () => {
    most = Math.max(most, (inFlight += 1));
    await slowly(100);
    inFlight -= 1;
    return answer(200);
  };
  rig.store.add(...messages(3_000));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(most).toBeGreaterThan(30);
  await inFakeTime(end('stop'));
});

test('an endpoint that answers 410 to several requests in flight is announced once', async () => {
  const rig = new SenderRig();
  rig.store.addEndpoint({ concurrency: 4 });
  rig.answer = async () => {
    await slowly(100);
    return answer(410);
  };
  const { end } = rig.start();
  rig.store.add(...messages(10));
  await advanceUntil(() => rig.store.disabled.size === 1, { what: 'the end of the endpoint' });
  await vi.advanceTimersByTimeAsync(5_000);
  await inFakeTime(end());
  expect(rig.got.length).toBe(4);
  expect(rig.store.retryRows.size).toBe(4);
  expect(rig.announced.map(({ type }) => type)).toEqual(['endpoint.disabled']);
});

test('a message of which no request can be made is dead, and stops no other', async () => {
  const rig = new SenderRig();
  rig.store.addEndpoint();
  const { end } = rig.start();
  const [bad] = rig.store.add({ attributes: 'no JSON' }, {});
  await advanceUntil(() => rig.store.deadRows.size === 1 && rig.got.length === 1, { what: 'both' });
  await inFakeTime(end());
  expect([...rig.store.deadRows.values()]).toMatchObject([{ messageId: bad?.id, reason: 'refused' }]);
  expect([...rig.store.facts.values()].map(({ outcome }) => outcome).toSorted()).toEqual([
    'dead',
    'delivered',
  ]);
});

test('in order, a failed message holds up the lane although more retries than are held in memory are due before it', async () => {
  const rig = new SenderRig();
  const { number: endpoint } = rig.store.addEndpoint({ ordered: true, retrySeconds: [60] });
  let failing = true;
  rig.answer = () => answer(failing ? 500 : 200);
  const first = rig.start();
  const [head] = rig.store.add({});
  await advanceUntil(() => rig.store.retryRows.size === 1, { what: 'the retry' });
  await inFakeTime(first.end());
  failing = false;
  rig.got.length = 0;
  for (const { id: messageId } of rig.store.add(...messages(1_050, { clientId: 'client-2' }))) {
    const common = { attempts: 0, firstFailedAtMs: undefined, lastStatus: undefined, lastError: undefined };
    rig.store.retryRows.set(`${endpoint}/7/${messageId}`, {
      ...common,
      endpoint,
      unit: 7,
      messageId,
      dueAtMs: Date.now(),
    });
  }
  const second = rig.start();
  const [next] = rig.store.add({});
  await advanceUntil(() => rig.ids.includes(next?.id ?? ''), { what: 'the next one', timeoutMs: 200_000 });
  await inFakeTime(second.end());
  expect(rig.ids.indexOf(head?.id ?? '')).toBeGreaterThanOrEqual(0);
  expect(rig.ids.indexOf(head?.id ?? '')).toBeLessThan(rig.ids.indexOf(next?.id ?? ''));
  expect(new Set(rig.ids).size).toBe(1_052);
});

test('endpoints that are behind take turns at reading their lanes', async () => {
  const rig = new SenderRig();
  for (let i = 0; i < 8; i += 1) rig.store.addEndpoint({ clientId: `client-${i}`, concurrency: 128 });
  const last = rig.store.addEndpoint({ clientId: 'last' });
  for (let i = 0; i < 8; i += 1)
    for (let lane = 0; lane < 3; lane += 1) rig.store.add(...messages(1_000, { clientId: `client-${i}` }));
  rig.store.add(...messages(10, { clientId: 'last' }));
  rig.store.before = (method) => (method === 'lanesOf' ? slowly(500) : undefined);
  const { end } = rig.start();
  await vi.advanceTimersByTimeAsync(2_300);
  expect(rig.got.filter(({ url }) => url.endsWith(`/${last.number}`)).length).toBe(10);
  await inFakeTime(end('stop'));
});

test('large messages are loaded a few at a time, from the first query on', async () => {
  const rig = new SenderRig();
  const payload = JSON.stringify('x'.repeat(2 ** 20));
  for (let i = 0; i < 40; i += 1) {
    rig.store.addEndpoint({ clientId: `client-${i}` });
    rig.store.add(...messages(20, { clientId: `client-${i}`, payload }));
  }
  const loaded: number[] = [];
  const load = rig.store.messages.bind(rig.store);
  rig.store.messages = (ids) => {
    loaded.push(ids.length);
    return load(ids);
  };
  const { end } = rig.start();
  await advanceUntil(() => rig.got.length >= 800, { what: 'the deliveries' });
  await inFakeTime(end());
  expect(Math.max(...loaded)).toBeLessThanOrEqual(8);
});

test('lanes with many messages are looked up a few at a time after a restart', async () => {
  const rig = new SenderRig();
  rig.store.addEndpoint({ concurrency: 128 });
  for (let i = 0; i < 20; i += 1) rig.store.add(...messages(2_000));
  const asked: number[] = [];
  const settledAmong = rig.store.settledAmong.bind(rig.store);
  rig.store.settledAmong = (deliveries, factsFrom) => {
    asked.push(deliveries.length);
    return settledAmong(deliveries, factsFrom);
  };
  const { end } = rig.start();
  await advanceUntil(() => rig.got.length >= 10_000, { what: 'some of them' });
  await inFakeTime(end());
  expect(Math.max(...asked)).toBeLessThanOrEqual(4_000);
});

test('an endpoint of which nothing has succeeded for days is disabled and announced, keeps its position, and begins anew when it is resumed', async () => {
  const rig = new SenderRig();
  const { number } = rig.store.addEndpoint();
  const mark = rig.store.markRows.get(number);
  if (mark === undefined) throw new Error('it has no mark');
  rig.store.markRows.set(number, { ...mark, failingSinceMs: Date.now() - 5 * 86_400_000, failures: 18 });
  rig.answer = () => answer(500);
  const { end } = rig.start();
  rig.store.add({});
  await advanceUntil(() => rig.got.length === 1, { what: 'a request' });
  expect(rig.store.disabled.size).toBe(0);
  await advanceUntil(() => rig.store.disabled.size === 1, { what: 'the end of the endpoint' });
  expect(rig.got.length).toBe(2);
  expect(rig.announced).toMatchObject([
    {
      type: 'endpoint.disabled',
      reason: expect.stringContaining('no request has succeeded since 2026-01-26'),
    },
  ]);
  rig.store.add(...messages(3));
  await vi.advanceTimersByTimeAsync(600_000);
  expect(rig.got.length).toBe(2);
  rig.store.changeEndpoint(number, { state: 'active' });
  await advanceUntil(() => rig.got.length === 6, { what: 'everything since' });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(rig.store.disabled.size).toBe(1);
  rig.answer = () => answer(200);
  await advanceUntil(() => rig.store.retryRows.size === 0, {
    what: 'the end of the retries',
    timeoutMs: 300_000,
  });
  expect(new Set(rig.ids).size).toBe(4);
  await inFakeTime(end());
});

test('endpoints that have stopped keep no payloads in memory: others load many at a time, and they get all of it later', async () => {
  const rig = new SenderRig();
  const stops = ['down', 'throttled', 'paused', 'gone'].map((id) =>
    rig.store.addEndpoint({ id, clientId: id }),
  );
  const [down, throttled, paused, gone] = stops.map(({ number }) => number);
  rig.store.addEndpoint({ clientId: 'works' });
  const answers = new Map([
    [down, answer(500)],
    [throttled, answer(429, '60')],
    [gone, answer(410)],
  ]);
  rig.answer = async ({ url }) => {
    const number = Number(url.split('/').at(-1));
    const then = answers.get(number) ?? answer(200);
    if (stops.some((stopped) => stopped.number === number)) await slowly(2_000);
    return then;
  };
  const { end } = rig.start();
  const payload = JSON.stringify('x'.repeat(1024 * 1024));
  for (const { clientId } of stops) rig.store.add(...messages(40, { clientId, payload }));
  await advanceUntil(() => rig.got.length === 16, { what: 'the first requests' });
  rig.store.changeEndpoint(paused ?? 0, { state: 'paused' });
  await vi.advanceTimersByTimeAsync(7_500);
  const before = rig.got.length;
  const load = vi.spyOn(rig.store, 'messages');
  rig.store.add(...messages(200, { clientId: 'works' }));
  await advanceUntil(() => rig.got.length >= before + 200, { what: 'the deliveries of the one that works' });
  expect(load.mock.calls.length).toBeLessThan(50);
  answers.clear();
  for (const number of [paused, gone]) rig.store.changeEndpoint(number ?? 0, { state: 'active' });
  const delivered = () =>
    [...rig.store.facts.values()].filter(({ outcome }) => outcome === 'delivered').length;
  await advanceUntil(() => delivered() === 360, { what: 'all of it', timeoutMs: 200_000 });
  await inFakeTime(end());
  expect(delivered()).toBe(360);
});
