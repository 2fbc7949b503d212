import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Event } from '../event/event.ts';
import type { RegisteredSchema } from '../event/storing.ts';

/** Answers null for a value that meets the schema, else one sentence on what does not. */
export type SchemaCheck = (value: unknown) => string | null;

// One error is enough to refuse; collecting all lets a hostile payload cost time without bound (ajv, "Security").
// ownProperties: a payload is not to meet `required` by what every JavaScript object inherits.
const OPTIONS: Options = { allErrors: false, ownProperties: true, strict: false, logger: false };
const DRAFT_2020 = /^https?:\/\/json-schema\.org\/draft\/2020-12\//;

/**
 * Compiles a JSON Schema: draft 2020-12 unless `$schema` names draft-07 or draft-06.
 * @throws Error with a readable message when it is not a usable schema
 */
export function compileSchema(schema: unknown): SchemaCheck {
  if (
    typeof schema !== 'boolean' &&
    (typeof schema !== 'object' || schema === null || Array.isArray(schema))
  ) {
    throw new Error('a JSON Schema is an object, or true or false');
  }
  // A compiler per schema: two tenants may use the same $id for different schemas.
  const ajv = compilerFor(schema);
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? null : describe(validate.errors?.[0]));
}

function compilerFor(schema: object | boolean): Ajv {
  const dialect = typeof schema === 'object' && '$schema' in schema ? String(schema.$schema) : '';
  return dialect === '' || DRAFT_2020.test(dialect) ? new Ajv2020(OPTIONS) : new Ajv(OPTIONS);
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return 'the payload does not meet the schema';
  const where = error.instancePath === '' ? 'payload' : `payload${error.instancePath}`;
  return `${where} ${error.message ?? 'does not meet the schema'}${particulars(error)}`;
}

function particulars(error: ErrorObject): string {
  if (error.keyword === 'additionalProperties') return `: ${String(error.params['additionalProperty'])}`;
  if (error.keyword === 'enum') return `: ${JSON.stringify(error.params['allowedValues'])}`;
  return '';
}

interface Entry {
  readonly version: string;
  readonly check: SchemaCheck | null;
}

const NO_SCHEMA: Entry = { version: '0', check: null };

/**
 * The compiled schemas of the event types seen so far. It may be out of date: every event carries the version
 * it was checked with to the storing statement, which answers `schema_changed` when the registry has another.
 */
export class SchemaRegistry {
  readonly #entries = new Map<string, Entry>();

  /** Checks an event against the schema known for its type. */
  check(event: Event): { version: string; violation: string | null } {
    const entry = this.#entries.get(nameOf(event)) ?? NO_SCHEMA;
    if (entry.check === null) return { version: entry.version, violation: null };
    // Parsed anew, and not kept since decoding: most types have no schema, and parsed values fill the memory.
    return { version: entry.version, violation: runCheck(entry.check, JSON.parse(event.payload)) };
  }

  /** Takes over what the registry holds now; compiles what is new. */
  update(schemas: readonly RegisteredSchema[]): void {
    for (const registered of schemas) {
      const name = nameOf(registered);
      if (this.#entries.get(name)?.version === registered.version) continue;
      if (registered.version === '0') this.#entries.delete(name);
      else {
        // The JSON value null, set by hand, has a version too and accepts any payload.
        const { schema } = registered;
        const check = schema === null || schema === undefined ? null : compileOrRefuse(schema);
        this.#entries.set(name, { version: registered.version, check });
      }
    }
  }
}

function nameOf(names: { readonly tenantId: string; readonly eventType: string }): string {
  return `${names.tenantId}\u0000${names.eventType}`; // neither holds U+0000
}

// A schema written by hand may not compile. Its events are kept as rejections that can be replayed once it is mended.
function compileOrRefuse(schema: unknown): SchemaCheck {
  try {
    return compileSchema(schema);
  } catch (error) {
    const problem = `the schema registered for this event type cannot be used: ${messageOf(error)}`;
    return () => problem;
  }
}

function runCheck(check: SchemaCheck, value: unknown): string | null {
  try {
    return check(value);
  } catch (error) {
    return `the payload could not be checked against the schema: ${messageOf(error)}`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
