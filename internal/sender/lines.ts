import type { Line } from './line.ts';

/** The lines of all endpoints that this process serves. */
export class Lines {
  readonly #byNumber = new Map<number, Line>();
  readonly #byClient = new Map<string, Set<Line>>();

  get size(): number {
    return this.#byNumber.size;
  }

  get(endpoint: number): Line | undefined {
    return this.#byNumber.get(endpoint);
  }

  [Symbol.iterator](): IterableIterator<Line> {
    return this.#byNumber.values();
  }

  ofClient(tenantId: string, clientId: string): Iterable<Line> {
    return this.#byClient.get(clientKey(tenantId, clientId)) ?? [];
  }

  ofShard(id: number): Line[] {
    return [...this.#byNumber.values()].filter(({ shard }) => shard.id === id);
  }

  add(line: Line): void {
    const { number, tenantId, clientId } = line.endpoint;
    this.#byNumber.set(number, line);
    const key = clientKey(tenantId, clientId);
    const lines = this.#byClient.get(key) ?? new Set();
    this.#byClient.set(key, lines.add(line));
  }

  /** Forgets a line. What is in flight still gets its facts, and nothing else. */
  drop(line: Line): void {
    line.drop();
    const { number, tenantId, clientId } = line.endpoint;
    if (this.#byNumber.get(number) === line) this.#byNumber.delete(number);
    const key = clientKey(tenantId, clientId);
    const lines = this.#byClient.get(key);
    lines?.delete(line);
    if (lines?.size === 0) this.#byClient.delete(key);
  }
}

function clientKey(tenantId: string, clientId: string): string {
  return `${tenantId}\0${clientId}`; // no name holds NUL
}
