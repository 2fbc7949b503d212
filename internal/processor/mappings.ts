import { compileMapping, type Mapping, type RegisteredMappings } from '../event/mapping/mapping.ts';
import { type Log, type Store, StoreError } from './ports.ts';
import type { Gate } from '../waiting/gate.ts';
import { fullJitterMs } from '../waiting/back-off.ts';
import { sleep, unlessAborted } from '../waiting/sleep.ts';

const EVERY_MS = 3_000;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 5_000;

/** The registered mappings in memory, so that matching a document asks no store. */
export class MappingRegistry {
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
    if (registered === undefined) return;
    const isFirst = mappings.version === undefined;
    const problems = mappings.update(registered);
    // Most have none and need no line about it at every start.
    if (!isFirst || mappings.current.length > 0)
      log.info({ mappings: mappings.current.length }, 'mappings read');
    if (problems.length > 0) log.warn({ problems }, 'some mappings cannot be used: see "admin mapping list"');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.debug({ err: error }, 'the mappings could not be read; trying again');
  }
}
