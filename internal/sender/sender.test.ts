import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { advanceUntil, inFakeTime, slowly } from '../proof/kit/fake-time.ts';
import { answer, SenderRig } from '../proof/kit/sender-rig.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-01-31T12:00:00Z') });
});

afterEach(() => {
  vi.useRealTimers();
});

const messages = (count: number, more: object = {}) => Array.from({ length: count }, () => more);

describe('the happy path', () => {
  test('delivers each message once, writes one fact for each, and nothing else', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint();
    const { sender, end } = rig.start();
    const stored = rig.store.add(...messages(100));
    await advanceUntil(() => rig.got.length >= 100, { what: 'the deliveries' });
    await inFakeTime(end());
    expect(rig.ids.toSorted()).toEqual(stored.map(({ id }) => id).toSorted());
    expect([...rig.store.facts.values()].map(({ outcome }) => outcome)).toEqual(Array(100).fill('delivered'));
    expect(rig.store.retryRows.size + rig.store.deadRows.size).toBe(0);
    expect(sender.books.snapshot()).toMatchObject({ taken: 100, delivered: 100, inFlight: 0 });
  });

  test('a message goes to every endpoint of its client that wants its type, and to no other client', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint({ id: 'all' });
    rig.store.addEndpoint({ id: 'orders', eventTypes: ['order.*'] });
    rig.store.addEndpoint({ id: 'other', clientId: 'client-2' });
    rig.store.addEndpoint({ id: 'stranger', tenantId: 'acme' });
    const { sender, end } = rig.start();
    rig.store.add({ eventType: 'order.placed' }, { eventType: 'user-app' });
    await advanceUntil(() => rig.got.length >= 3, { what: 'the deliveries' });
    await inFakeTime(end());
    expect(rig.got.map(({ url }) => url.at(-1)).toSorted()).toEqual(['1', '1', '2']);
    expect(sender.books.snapshot()).toMatchObject({ delivered: 3, skipped: 1 });
  });

  test('tenants with the same ids of clients and endpoints get their own messages each, and nothing else', async () => {
    const rig = new SenderRig();
    const tenants = ['acme', 'globex'];
    const endpoints = tenants.map((tenantId) => rig.store.addEndpoint({ tenantId, id: 'main' }));
    const { end } = rig.start();
    const batch = messages(5).flatMap(() => tenants.map((tenantId) => ({ tenantId })));
    const stored = rig.store.add(...batch); // read from each lane
    await advanceUntil(() => rig.got.length >= 10, { what: 'the first deliveries' });
    await vi.advanceTimersByTimeAsync(1_000);
    stored.push(...rig.store.add(...batch)); // read with all other lanes
    await advanceUntil(() => rig.got.length >= 20, { what: 'the other deliveries' });
    await inFakeTime(end());
    expect(rig.got.length).toBe(20);
    for (const [i, tenantId] of tenants.entries()) {
      const own = stored.filter((message) => message.tenantId === tenantId).map(({ id }) => id);
      const got = rig.got.filter(({ url }) => url === endpoints[i]?.url).map(({ messageId }) => messageId);
      expect(got.toSorted()).toEqual(own.toSorted());
    }
  });

  test('a transaction that commits late is delivered, and holds up what comes after it', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint();
    const { end } = rig.start();
    const late = rig.store.begin();
    late.add({}, {});
    rig.store.add({});
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rig.got).toEqual([]);
    late.commit();
    await advanceUntil(() => rig.got.length >= 3, { what: 'all three' });
    await inFakeTime(end());
    expect(new Set(rig.ids).size).toBe(3);
  });

  test('a message with deliver_after is sent at that time, and does not hold up the others', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint();
    const { end } = rig.start();
    const dueAtMs = Date.now() + 60_000;
    const [delayed] = rig.store.add({ deliverAfterMs: dueAtMs }, {});
    await advanceUntil(() => rig.got.length >= 1, { what: 'the one at once', timeoutMs: 5_000 });
    await advanceUntil(() => rig.got.length >= 2, { what: 'the delayed one', timeoutMs: 70_000 });
    await inFakeTime(end());
    expect(rig.got[1]).toMatchObject({ messageId: delayed?.id });
    expect(rig.got[1]?.atMs).toBeGreaterThanOrEqual(dueAtMs);
  });

  test('goes on sending while results are being written down, which takes as long as it takes', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint();
    const written = Promise.withResolvers<void>();
    const record = rig.store.record.bind(rig.store);
    rig.store.record = async (owner, results) => {
      await written.promise;
      return record(owner, results);
    };
    const { end } = rig.start();
    rig.store.add(...messages(500));
    await advanceUntil(() => rig.got.length >= 500, { what: 'all deliveries', timeoutMs: 5_000 });
    written.resolve();
    await inFakeTime(end());
    expect(rig.store.facts.size).toBe(500);
  });

  test('few queries load the messages of a busy endpoint', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint();
    const load = vi.spyOn(rig.store, 'messages');
    const { end } = rig.start();
    rig.store.add(...messages(1_000));
    await advanceUntil(() => rig.got.length >= 1_000, { what: 'all deliveries' });
    await inFakeTime(end());
    expect(load.mock.calls.length).toBeLessThan(20);
  });
});

describe('failures', () => {
  test('a failed delivery is retried on its schedule until it succeeds', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint({ retrySeconds: [5, 30] });
    let failures = 2;
    rig.answer = () => answer(failures-- > 0 ? 500 : 200);
    const { end } = rig.start();
    rig.store.add({});
    await advanceUntil(() => rig.got.length >= 3, { what: 'three attempts', timeoutMs: 60_000 });
    await inFakeTime(end());
    const [first = 0, second = 0, third = 0] = rig.got.map(({ atMs }) => atMs);
    expect(second - first).toBeGreaterThanOrEqual(5_000);
    expect(third - second).toBeGreaterThanOrEqual(30_000);
    expect([...rig.store.facts.values()].map(({ outcome, number }) => [outcome, number])).toEqual([
      ['failed', 1],
      ['failed', 2],
      ['delivered', 3],
    ]);
    expect(rig.store.retryRows.size).toBe(0);
  });

  test('a retry goes to the URL that the endpoint has by then', async () => {
    const rig = new SenderRig();
    const { number, url } = rig.store.addEndpoint({ retrySeconds: [5] });
    rig.answer = (request) => answer(request.url === url ? 500 : 200);
    const { end } = rig.start();
    rig.store.add({});
    await advanceUntil(() => rig.store.retryRows.size === 1, { what: 'the first attempt' });
    const moved = 'https://elsewhere.example/hook';
    rig.store.changeEndpoint(number, { url: moved });
    await advanceUntil(() => rig.got.length >= 2, { what: 'the second attempt', timeoutMs: 10_000 });
    await inFakeTime(end());
    expect(rig.got.map((request) => request.url)).toEqual([url, moved]);
  });

  test('after its last attempt a delivery is dead', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint({ retrySeconds: [1] });
    rig.answer = () => answer(500);
    const { sender, end } = rig.start();
    rig.store.add({});
    await advanceUntil(() => rig.store.deadRows.size === 1, { what: 'its end' });
    await inFakeTime(end());
    expect([...rig.store.deadRows.values()][0]).toMatchObject({
      attempts: 2,
      reason: 'attempts',
      lastStatus: 500,
    });
    expect(sender.books.snapshot()).toMatchObject({ taken: 2, retrying: 1, dead: 1 });
  });

  test('an endpoint that is down costs a few rows, however much arrives, and gets all of it when it is back', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint();
    let isDown = true;
    rig.answer = () => answer(isDown ? 503 : 200);
    const { end } = rig.start();
    const stored: string[] = [];
    for (let i = 0; i < 200; i += 1) {
      stored.push(...rig.store.add(...messages(10)).map(({ id }) => id));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(rig.store.retryRows.size).toBeLessThan(20);
    expect(rig.store.facts.size).toBeLessThan(40);
    expect(rig.announced.map(({ type }) => type)).toEqual(['endpoint.failing']);
    isDown = false;
    rig.got.length = 0;
    await advanceUntil(() => new Set(rig.ids).size >= stored.length, {
      what: 'all of it',
      timeoutMs: 400_000,
    });
    await inFakeTime(end());
    expect([...new Set(rig.ids)].toSorted()).toEqual(stored.toSorted());
    expect(rig.ids.length).toBe(stored.length);
    expect(rig.announced.map(({ type }) => type)).toEqual(['endpoint.failing', 'endpoint.recovered']);
  });

  test('429 with Retry-After pauses the whole endpoint and uses up no attempt', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint({ retrySeconds: [] });
    let throttled = 0;
    rig.answer = ({ atMs }) => {
      if (throttled > 0) return answer(200);
      throttled = atMs;
      return answer(429, '7');
    };
    const { end } = rig.start();
    rig.store.add({});
    await advanceUntil(() => throttled > 0, { what: 'the first request' });
    rig.store.add(...messages(5));
    await advanceUntil(() => rig.got.length >= 7, { what: 'all', timeoutMs: 20_000 });
    await inFakeTime(end());
    expect(rig.got.slice(1).every(({ atMs }) => atMs >= throttled + 7_000)).toBe(true);
    expect(rig.store.deadRows.size).toBe(0);
  });

  test('429 without Retry-After backs off: each pause is twice as long as the one before, until a request succeeds', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint({ concurrency: 1 });
    rig.answer = () => answer(rig.got.length <= 4 ? 429 : 200);
    const { end } = rig.start();
    rig.store.add({});
    await advanceUntil(() => rig.got.length === 5, { what: 'the fifth request', timeoutMs: 30_000 });
    await inFakeTime(end());
    const times = rig.got.map(({ atMs }) => atMs);
    const pauses = times.slice(1).map((atMs, i) => Math.floor((atMs - (times[i] ?? 0)) / 1000));
    expect(pauses).toEqual([1, 2, 4, 8]);
  });

  test('429 to several requests in flight is one reason to back off', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint({ concurrency: 4 });
    rig.answer = async () => {
      await slowly(100);
      return answer(rig.got.length <= 4 ? 429 : 200);
    };
    const { end } = rig.start();
    rig.store.add(...messages(4));
    await advanceUntil(() => rig.got.length === 8, { what: 'the second requests', timeoutMs: 3_000 });
    await inFakeTime(end());
  });

  test('410 disables the endpoint and keeps its position', async () => {
    const rig = new SenderRig();
    const { number } = rig.store.addEndpoint();
    rig.answer = () => answer(410);
    const { end } = rig.start();
    rig.store.add({});
    await advanceUntil(() => rig.store.disabled.size === 1, { what: 'the end of the endpoint' });
    rig.store.add(...messages(3));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rig.got.length).toBe(1);
    rig.answer = () => answer(200);
    rig.store.changeEndpoint(number, { state: 'active' });
    await advanceUntil(() => rig.got.length >= 5, { what: 'everything since' });
    await inFakeTime(end());
    expect(new Set(rig.ids).size).toBe(4);
  });

  test('an endpoint whose secrets cannot be opened waits, which the log says once, and stops no other', async () => {
    const rig = new SenderRig();
    const { number } = rig.store.addEndpoint({ problem: 'the key "old" is not among SENDER_KEYS' });
    rig.store.addEndpoint();
    const { end } = rig.start();
    rig.store.add(...messages(2));
    await advanceUntil(() => rig.got.length >= 2, { what: 'the deliveries of the other' });
    rig.store.changeEndpoint(number, { concurrency: 2 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rig.got.length).toBe(2);
    expect(rig.logged.filter((message) => message.includes('cannot be opened')).length).toBe(1);
    rig.store.changeEndpoint(number, { problem: undefined });
    await advanceUntil(() => rig.got.length >= 4, { what: 'what has waited' });
    await inFakeTime(end());
  });

  test('in order, a failing message holds up those behind it', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint({ ordered: true, retrySeconds: [1, 1, 1, 1, 1, 1] });
    let n = 0;
    rig.answer = () => answer((n += 1) % 3 === 0 ? 500 : 200);
    const { end } = rig.start();
    const stored = [...rig.store.add(...messages(10)), ...rig.store.add(...messages(10))].map(({ id }) => id);
    await advanceUntil(() => new Set(rig.ids).size >= 20, { what: 'all', timeoutMs: 120_000 });
    await inFakeTime(end());
    expect([...new Set(rig.ids)]).toEqual(stored);
    const delivered = [...rig.store.facts.values()].filter(({ outcome }) => outcome === 'delivered');
    expect(delivered.map(({ messageId }) => messageId)).toEqual(stored);
  });
});

test('in order, nothing follows a message that was given up before that is written down', async () => {
  const { DeliveryStoreError } = await import('./ports.ts');
  const rig = new SenderRig();
  rig.store.addEndpoint({ ordered: true });
  rig.answer = () => answer(rig.got.length === 1 ? 413 : 200);
  let isAway = true;
  rig.store.before = (method) => {
    if (method === 'record' && isAway) throw new DeliveryStoreError('away');
  };
  const { end } = rig.start();
  rig.store.add(...messages(2));
  await advanceUntil(() => rig.got.length === 1, { what: 'the first request' });
  await vi.advanceTimersByTimeAsync(10);
  expect(rig.got.length).toBe(1);
  isAway = false;
  await advanceUntil(() => rig.got.length === 2, { what: 'the second request' });
  await inFakeTime(end());
  expect(rig.store.deadRows.size).toBe(1);
});

describe('several senders', () => {
  test('divide a few endpoints, too', async () => {
    const rig = new SenderRig();
    for (let i = 0; i < 4; i += 1) rig.store.addEndpoint();
    const [first, second] = [rig.start(), rig.start()];
    const served = () => [first, second].map(({ sender }) => sender.observed().endpoints);
    await advanceUntil(() => served().every((endpoints) => endpoints === 2), { what: 'two for each' });
    await inFakeTime(first.end());
    await inFakeTime(second.end());
  });

  test('share the endpoints, and hand over without sending anything twice', async () => {
    const rig = new SenderRig();
    for (let i = 0; i < 64; i += 1) rig.store.addEndpoint({ clientId: `client-${i % 8}` });
    rig.answer = async () => {
      await slowly(50);
      return answer(200);
    };
    const senders = [rig.start()];
    let sent = 0;
    for (let i = 0; i < 60; i += 1) {
      if (i === 10 || i === 20) senders.push(rig.start());
      sent += rig.store.add(...Array.from({ length: 8 }, (_, c) => ({ clientId: `client-${c}` }))).length * 8;
      await vi.advanceTimersByTimeAsync(500);
    }
    await advanceUntil(() => rig.got.length >= sent, { what: 'all' });
    expect(senders.map(({ sender }) => sender.observed().shards).every((shards) => shards <= 22)).toBe(true);
    for (const { end } of senders) await inFakeTime(end());
    expect(rig.got.length).toBe(sent);
    expect(new Set(rig.got.map(({ url, messageId }) => `${url} ${messageId}`)).size).toBe(sent);
  });

  test('another one takes over from one that died, and sends again only what was in flight', async () => {
    const rig = new SenderRig();
    rig.store.addEndpoint({ concurrency: 4 });
    rig.answer = async () => {
      await slowly(100);
      return answer(200);
    };
    const first = rig.start();
    const stored = rig.store.add(...messages(200)).map(({ id }) => id);
    await advanceUntil(() => rig.got.length >= 60, { what: 'some deliveries' });
    first.kill();
    const second = rig.start();
    await advanceUntil(() => new Set(rig.ids).size >= 200, { what: 'the others', timeoutMs: 120_000 });
    await inFakeTime(second.end());
    expect([...new Set(rig.ids)].toSorted()).toEqual(stored.toSorted());
    expect(rig.ids.length - 200).toBeLessThanOrEqual(8);
  });
});

test('at the second signal, what is in flight is given up with its fact, and begins again with the next sender', async () => {
  const rig = new SenderRig();
  rig.store.addEndpoint();
  rig.answer = () => new Promise(() => {});
  const first = rig.start();
  rig.store.add({});
  await advanceUntil(() => rig.got.length === 1, { what: 'the request' });
  await inFakeTime(first.end('stop'));
  expect(first.sender.books.snapshot()).toMatchObject({ taken: 1, released: 1, inFlight: 0 });
  expect([...rig.store.facts.values()].map(({ error }) => error?.split(':')[0])).toEqual(['stopped']);
  rig.answer = () => answer(200);
  const second = rig.start();
  await advanceUntil(() => rig.got.length === 2, { what: 'the request of the next one' });
  await inFakeTime(second.end());
});

test('what could not be written down is written when the store is back, and nothing begins meanwhile', async () => {
  const { DeliveryStoreError } = await import('./ports.ts');
  const rig = new SenderRig();
  rig.store.addEndpoint();
  const { sender, end } = rig.start();
  rig.store.add(...messages(10));
  await advanceUntil(() => rig.got.length === 10, { what: 'the requests' });
  let isAway = true;
  rig.store.before = () => {
    if (isAway) throw new DeliveryStoreError('away');
  };
  await vi.advanceTimersByTimeAsync(2_000);
  expect(sender.storeProblem?.message).toBe('away');
  isAway = false;
  rig.store.add(...messages(10));
  await advanceUntil(() => rig.store.facts.size === 20, { what: 'all facts' });
  await inFakeTime(end());
  expect(rig.got.length).toBe(20);
  expect(sender.books.balanced).toBe(true);
});

test('after a failover that lost commits, everything is read anew from the marks, and what was delivered is not sent again', async () => {
  const { StoreWentBack } = await import('./ports.ts');
  const rig = new SenderRig();
  rig.store.addEndpoint();
  const { sender, end } = rig.start();
  const stored = rig.store.add(...messages(10));
  await advanceUntil(() => rig.store.facts.size === 10, { what: 'the first facts' });
  let goesBack = true;
  rig.store.before = (method) => {
    if (method !== 'horizon' || !goesBack) return;
    goesBack = false;
    throw new StoreWentBack('a replica was behind');
  };
  await advanceUntil(() => !goesBack, { what: 'the next look' });
  stored.push(...rig.store.add(...messages(10)));
  await advanceUntil(() => rig.got.length === 20, { what: 'the others' });
  await inFakeTime(end());
  expect(rig.ids.toSorted()).toEqual(stored.map(({ id }) => id).toSorted());
  expect(sender.observed().endpoints).toBe(1);
});
