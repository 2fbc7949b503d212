import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventGenerator } from './generator.ts';
import { type Pace, schedule } from './schedule.ts';

const generator = () => new EventGenerator({ seed: 1, tenants: ['default'], format: 'plain' });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Takes the events that the pace allows within this many seconds; `slow` delays the consumer after each group. */
async function take(pace: Pace, seconds: number, slowMs = 0): Promise<{ groups: number[]; ended: boolean }> {
  const abort = new AbortController();
  const groups: number[] = [];
  let ended = false;
  const taking = (async () => {
    for await (const events of schedule(generator(), pace, abort.signal)) {
      groups.push([...events].length);
      if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs));
    }
    ended = true;
  })();
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  const result = { groups: [...groups], ended };
  abort.abort();
  await vi.runAllTimersAsync();
  await taking;
  return result;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

describe('schedule', () => {
  it('gives a count all at once, exactly', async () => {
    expect(await take({ count: 1_234, ticks: false }, 0)).toEqual({ groups: [1_234], ended: true });
  });

  it.each([0.5, 7, 30, 1_000, 12_345])('gives %d events per second', async (rate) => {
    const { groups } = await take({ rate, ticks: false }, 20);
    expect(Math.abs(sum(groups) - rate * 20)).toBeLessThanOrEqual(1 + rate / 10);
  });

  it('ends at the count when there is a rate too, exactly', async () => {
    const { groups, ended } = await take({ count: 100, rate: 33, ticks: false }, 4);
    expect([sum(groups), ended]).toEqual([100, true]);
    expect(sum((await take({ count: 100, rate: 33, ticks: false }, 2)).groups)).toBeLessThanOrEqual(66);
  });

  it('does not follow a stall with a flood', async () => {
    const { groups } = await take({ rate: 100, ticks: false }, 60, 5_000);
    expect(Math.max(...groups)).toBeLessThanOrEqual(100);
  });

  it('gives one event of each producer every 100 ms', async () => {
    const { groups } = await take({ ticks: true }, 9.95);
    expect(groups).toHaveLength(100);
    expect(groups.every((size) => size === 3 || size === 4)).toBe(true);
  });

  it('gives nothing more once the signal aborts', async () => {
    const abort = new AbortController();
    const events = schedule(generator(), { ticks: false }, abort.signal);
    const { value } = await events.next();
    let taken = 0;
    for (const _ of value ?? []) {
      taken += 1;
      if (taken === 10) abort.abort();
    }
    expect([taken, (await events.next()).done]).toEqual([10, true]);
  });
});
