import { describe, expect, it } from 'vitest';
import { derive, Random } from './random.ts';

describe('Random', () => {
  it('draws the same numbers from the same seed, on every machine and in every version', () => {
    const random = new Random(1);
    expect([random.next(), random.next(), random.whole(1, 6), random.decimal(0, 1, 3)]).toEqual([
      0.263228221796453, 0.6034020676743239, 5, 0.224,
    ]);
  });

  it('reaches both bounds of a range of whole numbers, evenly', () => {
    const random = new Random(7);
    const counts = new Map<number, number>();
    for (let i = 0; i < 6_000; i += 1) {
      const n = random.whole(-2, 3);
      counts.set(n, (counts.get(n) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('shuffles without losing anything, into every order', () => {
    const random = new Random(7);
    const orders = new Set(Array.from({ length: 200 }, () => random.shuffled(['a', 'b', 'c']).join('')));
    expect([...orders].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  });

  it('forks a generator whose draws do not change those of the first', () => {
    const [one, other] = [new Random(3), new Random(3)];
    const forks = [one.fork(), other.fork()];
    expect(forks[0]?.next()).toBe(forks[1]?.next());
    forks[0]?.next();
    expect(one.next()).toBe(other.next());
  });
});

describe('derive', () => {
  it('makes UUIDs by RFC 9562, version 8', () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => derive(`seed ${i}`).uuid);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
