import type { BooksSnapshot } from '#internal/sender/books.ts';
import type { ChildProgram } from '../../../embedded/program.ts';
import { Fleet, type Member } from '../fleet.ts';
import { type Caught, type Moment, PostgresProxy } from '../postgres-proxy.ts';

/** A sender as a process. */
type SenderProcess = Member<BooksSnapshot>;

/** Senders that are started in a round share these. */
const PROXIES = 8;

/** The senders of a round, each with its own way to PostgreSQL, so that a fault knows whose statement it holds. */
export class Senders extends Fleet<BooksSnapshot> {
  readonly #proxies: readonly PostgresProxy[];
  readonly #proxyOf: WeakMap<ChildProgram, PostgresProxy>;

  private constructor(
    proxies: readonly PostgresProxy[],
    proxyOf: WeakMap<ChildProgram, PostgresProxy>,
    spawn: () => ChildProgram,
  ) {
    super({ name: 'sender', spawn });
    this.#proxies = proxies;
    this.#proxyOf = proxyOf;
  }

  static async open(databaseUrl: string, spawn: (databaseUrl: string) => ChildProgram): Promise<Senders> {
    const proxies = await Promise.all(
      Array.from({ length: PROXIES }, () => PostgresProxy.start(databaseUrl)),
    );
    const proxyOf = new WeakMap<ChildProgram, PostgresProxy>();
    let started = 0;
    return new Senders(proxies, proxyOf, () => {
      const proxy = proxies[started % PROXIES] as PostgresProxy;
      started += 1;
      const child = spawn(proxy.url);
      proxyOf.set(child, proxy);
      return child;
    });
  }

  proxyOf({ child }: SenderProcess): PostgresProxy | undefined {
    return this.#proxyOf.get(child);
  }

  set latencyMs(milliseconds: number) {
    for (const proxy of this.#proxies) proxy.latencyMs = milliseconds;
  }

  /** Makes the connections of all senders half-open. Returns how many there were. */
  stall(): number {
    return this.#proxies.reduce((sum, proxy) => sum + proxy.stall(), 0);
  }

  /** Closes the connections of all senders. Returns how many there were. */
  cut(): number {
    return this.#proxies.reduce((sum, proxy) => sum + proxy.cut(), 0);
  }

  /** Holds the first sender that comes to that moment of a matching statement. */
  async catchAt(
    moment: Moment,
    matches: (sql: string) => boolean,
    signal: AbortSignal,
  ): Promise<{ readonly caught: Caught; readonly sender: SenderProcess }> {
    const done = new AbortController();
    const own = AbortSignal.any([signal, done.signal]);
    try {
      return await Promise.any(
        this.#proxies.map(async (proxy) => {
          for (;;) {
            const caught = await proxy.catchAt(moment, matches, own);
            const sender = this.running.find((each) => this.proxyOf(each) === proxy);
            if (sender !== undefined && !own.aborted) {
              done.abort(); // one is enough
              return { caught, sender };
            }
            caught.letGo(); // of one that is not ready yet, or about to end
          }
        }),
      );
    } catch (error) {
      throw new Error(`no sender came to ${moment}`, { cause: error });
    } finally {
      done.abort();
    }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  }
}
