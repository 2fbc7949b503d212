import type { PayloadPointer } from '../event/body/payload-pointer.ts';
import type { Deciding } from './decide.ts';
import type { HeldMessage } from './held.ts';
import type { FetchedPayload, ReceivedMessage } from './ports.ts';
import { BYTES_PER_EVENT } from './sizes.ts';

/** Progress of a message that is not decided: its body has to be fetched first, or some of its events are decided. */
export type Undecided =
  | { readonly kind: 'elsewhere'; readonly pointer: PayloadPointer }
  | { readonly kind: 'begun'; readonly deciding: Deciding };

/** A message that cannot be decided as it came, or not at once. */
export interface UndecidedMessage {
  readonly message: ReceivedMessage;
  readonly held: HeldMessage;
  /** Undefined before the first look at it. */
  undecided: Undecided | undefined;
  fetch: 'none' | 'running' | 'done';
  fetched: FetchedPayload | undefined;
  /** Number of its last turn; 0 before the first. */
  lastTurn: number;
  turns: number;
  /** It was taken out of the line. */
  gone: boolean;
}

/** Progress of a message that was in the line before. */
export interface FoundBefore {
  readonly fetched: FetchedPayload | undefined;
  readonly deciding: Deciding | undefined;
}

export const STAGES = ['fresh', 'begun', 'slow'] as const;
export type Stage = (typeof STAGES)[number];

/** A message that had this many turns and is not decided is slow: that is 200 ms of one thread. */
export const SLOW_TURNS = 10;

export function stageOf({ turns }: UndecidedMessage): Stage {
  if (turns === 0) return 'fresh';
  return turns < SLOW_TURNS ? 'begun' : 'slow';
}

/** Bytes that a begun message holds beside what was received: its expanded body, and the events decided so far. */
export function expandedBytes({ undecided }: UndecidedMessage): number {
  if (undecided?.kind !== 'begun') return 0;
  const { bytes, events } = undecided.deciding;
  return bytes + events.length * BYTES_PER_EVENT;
}

export function sizeOf(waiting: UndecidedMessage): number {
  return waiting.held.bytes + expandedBytes(waiting);
}
