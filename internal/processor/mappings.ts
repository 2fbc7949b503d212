import { compileMapping, type Mapping, type RegisteredMappings } from '../event/mapping/mapping.ts';
import { type Log, type Store, StoreError } from './ports.ts';
import type { Gate } from '../waiting/gate.ts';
import { fullJitterMs } from '../waiting/back-off.ts';
import { sleep, unlessAborted } from '../waiting/sleep.ts';

const EVERY_MS = 3_000;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 5_000;
const FAILURES_TOLD = 2;

/** The registered mappings in memory, so that matching a document asks no store. */
export class MappingRegistry {
  #problem: Error | undefined;
  #failures = 0;
  #version: string | undefined;
  #mappings: readonly Mapping[] = [];

  /** Version of the mappings that are known; undefined before any were read. */
  get version(): string | undefined {
    return this.#version;
  }

  /** Mappings in the order in which they are tried. */
  get current(): readonly Mapping[] {
    return this.#mappings;
  }

  /** Why they could not be read at the last try; undefined when they could, and before the first. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  /** A try to read them failed. Returns whether to tell: at the second failure in a row, because the first may be a restart. */
  failed(problem: Error): boolean {
    this.#problem = problem;
    this.#failures += 1;
    return this.#failures === FAILURES_TOLD;
  }

  /** A try to read them succeeded. Returns whether failures had been told. */
  succeeded(): boolean {
    const told = this.#failures >= FAILURES_TOLD;
    this.#problem = undefined;
    this.#failures = 0;
    return told;
  }

  /** Takes over the registered mappings. Those that cannot be used are left out; returns what is wrong with them. */
  update({ version, mappings }: RegisteredMappings): string[] {
    const compiled = mappings.map((definition) => ({
      name: definition.name,
      mapping: compileMapping(definition),
    }));
    this.#version = version;
    this.#mappings = compiled.flatMap(({ mapping }) => (Array.isArray(mapping) ? [] : [mapping]));
    return compiled.flatMap(({ name, mapping }) =>
      Array.isArray(mapping) ? [`${name}: ${mapping.join('; ')}`] : [],
    );
  }
}

export interface MappingParts {
  readonly store: Pick<Store, 'mappings'>;
  readonly mappings: MappingRegistry;
  readonly gate: Gate;
  readonly log: Log;
}

/** Tries once to read the mappings; a store that is away is no error. */
export async function readMappings(parts: MappingParts, drain: AbortSignal): Promise<void> {
  await unlessAborted(refresh(parts), drain);
}

/** Reads the mappings, trying until it succeeds: without them, documents they match would be rejected. */
export async function loadMappings(parts: MappingParts, drain: AbortSignal): Promise<void> {
  for (let tries = 0; !drain.aborted && parts.mappings.version === undefined; tries += 1) {
    if (tries > 0) await sleep(fullJitterMs(tries - 1, RETRY_BASE_MS, RETRY_CAP_MS), drain);
    await readMappings(parts, drain);
  }
}

/** Until the drain, reads the mappings again every few seconds when they have changed. */
export async function keepMappings(parts: MappingParts, drain: AbortSignal): Promise<void> {
  while (!drain.aborted) {
    await sleep(EVERY_MS, drain);
    await parts.gate.opened(drain);
    if (!drain.aborted) await readMappings(parts, drain);
  }
}

/** Reads the mappings once, unless they have not changed. While the store is away, the known ones stay in use. */
async function refresh({ store, mappings, log }: MappingParts): Promise<void> {
  try {
    const registered = await store.mappings(mappings.version);
    if (mappings.succeeded()) log.info({}, 'the mappings can be read again');
    if (registered === undefined) return;
    const isFirst = mappings.version === undefined;
    const problems = mappings.update(registered);
    // Most have none and need no line about it at every start.
    if (!isFirst || mappings.current.length > 0)
      log.info({ mappings: mappings.current.length }, 'mappings read');
    if (problems.length > 0) log.warn({ problems }, 'some mappings cannot be used: see "admin mapping list"');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (!mappings.failed(error)) return;
    const meanwhile =
      mappings.version === undefined ? 'nothing is received before' : 'those that are known stay in use';
    log.warn(
      { sqlState: error.sqlState, err: error },
      `the mappings cannot be read; ${meanwhile}; trying again until they can`,
    );
  }
}
