import { hash } from 'node:crypto';

/** Numbers from 0 up to, not including, 1. */
export type Random = () => number;

/** Mulberry32: the same numbers for the same seed, on every machine. Good enough for made-up data, not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a text determines: a UUID (version 8, RFC 9562) and random numbers, independent of one another. */
export function derive(text: string): { readonly uuid: string; readonly random: Random } {
  const hex = hash('sha256', text, 'hex');
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  return { uuid, random: seededRandom(Number.parseInt(hex.slice(32, 40), 16)) };
}

/** A whole number between bounds, both included. */
export function whole(random: Random, minimum: number, maximum: number): number {
  return minimum + Math.floor(random() * (maximum - minimum + 1));
}

/** A number between bounds with so many decimal places. */
export function decimal(random: Random, minimum: number, maximum: number, places: number): number {
  return Number((minimum + random() * (maximum - minimum)).toFixed(places));
}

export function pick<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}
