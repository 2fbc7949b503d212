import { compileMapping, type Mapping, type RegisteredMappings } from '../event/mapping/mapping.ts';
import { type Log, type Store, StoreError } from './ports.ts';
import type { Gate } from '../waiting/gate.ts';
import { fullJitterMs } from '../waiting/back-off.ts';
import { sleep, unlessAborted } from '../waiting/sleep.ts';

const EVERY_MS = 3_000;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 5_000;

/** The mappings as registered, in memory: what others send is matched against them without asking the store. */
export class MappingRegistry {
  #version: string | undefined;
  #mappings: readonly Mapping[] = [];

  /** Of what is known; undefined before anything is. */
  get version(): string | undefined {
    return this.#version;
  }

  /** In the order in which they are tried. */
  get current(): readonly Mapping[] {
    return this.#mappings;
  }

  /** Takes over what is registered now. Returns what is wrong with those that cannot be used, which are left out. */
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

/** Tries once to read the mappings. */
export async function readMappings(parts: MappingParts, drain: AbortSignal): Promise<void> {
  await unlessAborted(refresh(parts), drain);
}

/** Reads the mappings, as often as it takes; what is received before that could be rejected for want of them. */
export async function loadMappings(parts: MappingParts, drain: AbortSignal): Promise<void> {
  for (let tries = 0; !drain.aborted && parts.mappings.version === undefined; tries += 1) {
    if (tries > 0) await sleep(fullJitterMs(tries - 1, RETRY_BASE_MS, RETRY_CAP_MS), drain);
    await readMappings(parts, drain);
  }
}

/** Until the drain: looks every few seconds whether the mappings are others. */
export async function keepMappings(parts: MappingParts, drain: AbortSignal): Promise<void> {
  while (!drain.aborted) {
    await sleep(EVERY_MS, drain);
    await parts.gate.opened(drain);
    if (!drain.aborted) await readMappings(parts, drain);
  }
}

/** Reads the mappings once, unless they are those that are known; while the store is away they stay what they are. */
async function refresh({ store, mappings, log }: MappingParts): Promise<void> {
  try {
    const registered = await store.mappings(mappings.version);
    if (registered === undefined) return;
    const isFirst = mappings.version === undefined;
    const problems = mappings.update(registered);
    // Most have none, and need not be told so at every start.
    if (!isFirst || mappings.current.length > 0)
      log.info({ mappings: mappings.current.length }, 'mappings read');
    if (problems.length > 0) log.warn({ problems }, 'some mappings cannot be used: see "admin mapping list"');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.debug({ err: error }, 'the mappings could not be read; trying again');
  }
}
