import type { Event } from '../event/event.ts';
import { type Compiled, compileText } from '../event/json-schema/json-schema.ts';
import { inWords } from '../event/json-schema/survey.ts';
import type { RegisteredSchema } from './ports.ts';

interface Entry {
  readonly version: string;
  readonly schema: SharedSchema | null;
}

const NO_SCHEMA: Entry = { version: '0', schema: null };
/** A schema set by hand to JSON null has a version, and accepts any payload. */
const JSON_NULL = 'null';

/**
 * Schemas of the event types seen so far. They may be out of date: every event carries the version it was checked with to
 * the storing statement, whose outcome is `schema_changed` when the registry has another.
 */
export class SchemaRegistry {
  readonly #entries = new Map<string, Entry>();
  /** Schemas by their text: many tenants may share one. */
  readonly #shared = new Map<string, SharedSchema>();

  /** Checks an event against the schema known for its type. Never throws. */
  check(event: Event): { version: string; violation: string | null } {
    const { version, schema } = this.#entries.get(nameOf(event)) ?? NO_SCHEMA;
    return { version, violation: schema === null ? null : schema.check(event.payload) };
  }

  /** Takes over schemas as registered now. */
  update(schemas: readonly RegisteredSchema[]): void {
    for (const registered of schemas) {
      const name = nameOf(registered);
      const known = this.#entries.get(name) ?? NO_SCHEMA;
      if (known.version === registered.version) continue;
      const { version, schema } = registered;
      if (version === '0') this.#entries.delete(name);
      else {
        const shared = schema === null || schema === JSON_NULL ? null : this.#take(schema);
        this.#entries.set(name, { version, schema: shared });
      }
      this.#leave(known.schema);
    }
  }

  #take(text: string): SharedSchema {
    const shared = this.#shared.get(text) ?? new SharedSchema(text);
    shared.users += 1;
    this.#shared.set(text, shared);
    return shared;
  }

  #leave(shared: SharedSchema | null): void {
    if (shared === null) return;
    shared.users -= 1;
    if (shared.users === 0) this.#shared.delete(shared.text);
  }
}

function nameOf(names: { readonly tenantId: string; readonly eventType: string }): string {
  return `${names.tenantId}\u0000${names.eventType}`; // neither holds U+0000
}

/** A schema that any number of event types share, compiled when the first payload is checked against it. */
class SharedSchema {
  readonly text: string;
  users = 0;
  #compiled: Compiled | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** A schema written by hand may be unusable: its events are kept as rejections, to be replayed once it is corrected. */
  check(payload: string): string | null {
    try {
      this.#compiled ??= compileText(this.text);
      if (this.#compiled.kind === 'usable') return this.#compiled.schema.check(payload);
      const [problem] = this.#compiled.problems;
      return `the schema registered for this event type cannot be used: ${problem === undefined ? '' : inWords(problem)}`;
    } catch (error) {
      // A bug of ours, or no stack left: it costs this event, not the processor.
      return `the payload could not be checked against the schema: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
