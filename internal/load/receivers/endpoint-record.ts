import { Reactions } from './behaviour.ts';

/** What an endpoint remembers of a message. */
interface Seen {
  requests: number;
  /** Requests without an answer so far. */
  open: number;
  delivered: boolean;
}

/** One endpoint of the receivers: the messages that it saw, and its reactions to come. */
export class EndpointRecord {
  readonly name: string;
  readonly reactions: Reactions;
  readonly #messages = new Map<string, Seen>();

  constructor(name: string, seed: number) {
    this.name = name;
    this.reactions = new Reactions(seed, name);
  }

  /** A request for the message arrived. */
  arrived(id: string): { readonly request: number; readonly open: number } {
    const seen = this.#messages.get(id) ?? { requests: 0, open: 0, delivered: false };
    this.#messages.set(id, seen);
    seen.requests += 1;
    seen.open += 1;
    return { request: seen.requests, open: seen.open };
  }

  /** It was answered, or its connection is gone. Returns whether the message had been delivered before. */
  ended(id: string, delivered: boolean): boolean {
    const seen = this.#messages.get(id);
    if (seen === undefined) return false;
    const before = seen.delivered;
    seen.open -= 1;
    seen.delivered ||= delivered;
    return before;
  }
}
