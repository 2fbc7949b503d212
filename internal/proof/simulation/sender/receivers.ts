import type { Random } from '../../../load/random.ts';
import type { WireAnswer } from '../../../sender/wire/ports.ts';
import type { Mood, Receiver } from './scenario.ts';

/** What a receiver does with a request. */
interface Reaction {
  /** It takes the message in. */
  readonly takes: boolean;
  /** Undefined when it never answers. */
  readonly answer: WireAnswer | undefined;
}

const MIXED: readonly Mood[] = [
  'fine',
  'fine',
  'fine',
  'error',
  'unavailable',
  'overloaded',
  'throttled',
  'hanging',
  'resetting',
];

export function react(receiver: Receiver, nowMs: number, random: Random): Reaction {
  const mood = receiver.moods.findLast(({ fromMs }) => fromMs <= nowMs)?.mood ?? 'fine';
  return reactionOf(mood === 'mixed' ? random.pick(MIXED) : mood, random);
}

function reactionOf(mood: Mood, random: Random): Reaction {
  switch (mood) {
    case 'fine':
      return { takes: true, answer: response(200) };
    case 'error':
      return { takes: random.chance(0.2), answer: response(500) };
    case 'unavailable':
      return { takes: false, answer: response(503, '3') };
    case 'overloaded':
      return { takes: false, answer: response(503) };
    case 'throttled':
      return { takes: false, answer: response(429, random.pick([undefined, '7', '20'])) };
    case 'gone':
      return random.chance(0.3) ? { takes: false, answer: response(410) } : FINE;
    case 'refusing':
      return random.chance(0.3) ? { takes: false, answer: response(413) } : FINE;
    case 'hanging':
      return { takes: random.chance(0.5), answer: undefined };
    case 'resetting':
      return { takes: random.chance(0.5), answer: failure('reset') };
    case 'dead':
      return { takes: false, answer: failure('connect') };
  }
  return FINE;
}

function response(status: number, retryAfter?: string): WireAnswer {
  return { kind: 'response', status, retryAfter, location: undefined, text: undefined };
}

export function failure(kind: 'reset' | 'connect' | 'timeout' | 'stopped'): WireAnswer {
  return { kind: 'failure', failure: kind, message: kind };
}

export const FINE: Reaction = { takes: true, answer: response(200) };
