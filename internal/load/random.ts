import { hash } from 'node:crypto';

/**
 * Pseudo-random numbers from a seed: sfc32, seeded by splitmix32. The same seed gives the same numbers on every machine.
 * For generated data and simulated chance, not for secrets.
 */
export class Random {
  readonly #state: Int32Array;

  constructor(seed: number) {
    let mixed = seed | 0;
    this.#state = Int32Array.from({ length: 4 }, () => {
      mixed = (mixed + 0x9e3779b9) | 0;
      const a = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
      const b = Math.imul(a ^ (a >>> 15), 0x735a2d97);
      return b ^ (b >>> 15);
    });
    for (let i = 0; i < 12; i += 1) this.next();
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    const [a, b, c, d] = this.#state as unknown as [number, number, number, number];
    const sum = (((a + b) | 0) + d) | 0;
    this.#state[0] = b ^ (b >>> 9);
    this.#state[1] = (c + (c << 3)) | 0;
    this.#state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
    this.#state[3] = (d + 1) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** A whole number between the bounds, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** A number between the bounds, rounded to that many decimal places. */
  decimal(low: number, high: number, places: number): number {
    return Number(this.between(low, high).toFixed(places));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)] as T;
  }

  /** Returns a random subset: each choice with that probability. */
  some<T>(choices: readonly T[], probability = 0.5): T[] {
    return choices.filter(() => this.chance(probability));
  }

  shuffled<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i -= 1) {
      const j = this.whole(0, i);
      [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
    }
    return shuffled;
  }

  /** Returns an independent generator, so that one more draw from this one does not change its numbers. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 0x1_0000_0000));
  }
}

/** Derives a UUID (version 8, RFC 9562) and random numbers from a text, independent of each other. */
export function derive(text: string): { readonly uuid: string; readonly random: Random } {
  const hex = hash('sha256', text, 'hex');
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  return { uuid, random: new Random(Number.parseInt(hex.slice(32, 40), 16)) };
}
