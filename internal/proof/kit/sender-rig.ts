import type { Announcement } from '../../sender/announcements.ts';
import type { WireAnswer, WireRequest } from '../../sender/wire/ports.ts';
import { Sender } from '../../sender/sender.ts';
import { MemoryDeliveryStore } from './memory-delivery-store.ts';

/** A request that an endpoint has got. */
interface Got {
  readonly messageId: string;
  readonly url: string;
  readonly atMs: number;
}

export function answer(status: number, retryAfter?: string): WireAnswer {
  return { kind: 'response', status, retryAfter, location: undefined, text: undefined };
}

/** Senders on a store in memory, with endpoints that answer as told. Requires `vi.useFakeTimers()`. */
export class SenderRig {
  readonly store = new MemoryDeliveryStore(() => Date.now());
  readonly got: Got[] = [];
  readonly announced: Announcement[] = [];
  readonly logged: string[] = [];
  /** What an endpoint answers; a promise delays it. */
  answer: (request: Got) => WireAnswer | Promise<WireAnswer> = () => answer(200);

  /** Starts a sender; `end` tells it to drain, and resolves when it has ended. */
  start(): {
    readonly sender: Sender;
    readonly end: (level?: 'drain' | 'stop') => Promise<void>;
    readonly kill: () => void;
  } {
    const drain = new AbortController();
    const stop = new AbortController();
    let isDead = false;
    const log = (_: object, message: string) => this.logged.push(message);
    const never = new Promise<never>(() => {});
    const store = new Proxy(this.store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function'
          ? (...args: unknown[]) =>
              isDead ? never : (member as (...all: unknown[]) => unknown).apply(target, args)
          : member;
      },
    });
    const sender = new Sender(
      {
        store,
        wire: { post: (request, signal) => (isDead ? never : this.#post(request, signal)) },
        announcer: {
          announce: async (announcement) => {
            this.announced.push(announcement);
          },
        },
        log: { debug: log, info: log, warn: log, error: log },
        telemetry: { attempted: () => {}, delivered: () => {} },
      },
      {
        name: 'test',
        concurrency: 64,
        hostConcurrency: 64,
        leaseSeconds: 40,
        results: { count: 500, ageMs: 20 },
        pollMs: 20,
      },
    );
    const running = sender.run({ drain: drain.signal, stop: stop.signal });
    return {
      sender,
      end: async (level = 'drain') => {
        drain.abort();
        if (level === 'stop') stop.abort();
        await running;
      },
      // Nothing that it does reaches anybody any more.
      kill: () => {
        isDead = true;
        drain.abort();
      },
    };
  }

  async #post(request: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
    const got = { messageId: request.headers['webhook-id'] ?? '', url: request.url, atMs: Date.now() };
    this.got.push(got);
    const stopped = new Promise<WireAnswer>((resolve) => {
      signal.addEventListener(
        'abort',
        () => resolve({ kind: 'failure', failure: 'stopped', message: 'stopped' }),
        {
          once: true,
        },
      );
    });
    return Promise.race([Promise.resolve(this.answer(got)), stopped]);
  }

  /** Ids of the messages that came, with repetitions. */
  get ids(): string[] {
    return this.got.map(({ messageId }) => messageId);
  }
}
