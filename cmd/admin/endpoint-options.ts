import { MAX_LENGTHS } from '#internal/event/limits.ts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EndpointOptions } from '#internal/postgres/endpoints/add.ts';
import type { EndpointName } from '#internal/postgres/endpoints/reference.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { visible } from './output.ts';
import { positive } from './positive.ts';

export const DEFAULT_TENANT = 'default';

export interface TenantOption {
  readonly tenant: string;
}

/** An error that says how to find the endpoints that there are. */
export function noEndpoint({ tenantId, id }: EndpointName): ProgramError {
  return new ProgramError(
    `there is no endpoint ${visible(id)} in tenant ${visible(tenantId)}: see "endpoint list", and name its tenant with --tenant`,
  );
}

/** Limits of the columns. */
const MOST_TYPES = 100;
const MOST_RETRIES = 50;
const MOST_RETRY_SECONDS = 604_800;

/** Options of `endpoint add` and `endpoint set`. */
export interface ServiceOptions {
  readonly types?: readonly string[] | 'all';
  readonly format?: EndpointOptions['format'];
  readonly header?: readonly Header[];
  readonly rate?: number | 'none';
  readonly concurrency?: number;
  readonly ordered?: boolean;
  readonly timeout?: number;
  readonly retry?: readonly number[];
}

type Header = readonly [name: string, value: string];

export function withTenant<C extends Command>(command: C): C {
  return command.option('--tenant <id>', 'of this tenant', DEFAULT_TENANT);
}

export function withServiceOptions<C extends Command>(command: C): C {
  return command
    .option('--types <names>', 'only these event types, such as a,b,prefix.* (all: every type)', types)
    .addOption(
      new Option(
        '--format <format>',
        'CloudEvents as one JSON, CloudEvents in headers, or the payload alone',
      ).choices(['structured', 'binary', 'payload']),
    )
    .option('--header <line>', 'send this header, "Name: value"; give it once for each', header)
    .option('--rate <n>', 'at most this many requests a second (none: no limit)', rate)
    .option('--concurrency <n>', 'at most this many requests in flight, 1 to 128', positive(128))
    .option('--timeout <seconds>', 'for a request until its response headers, 1 to 30', positive(30))
    .option('--retry <seconds>', 'before the second, third … attempt, such as 5,30,120', retries);
}

/** The options as columns; those that were not given are left out. */
export function optionsOf({ types, format, rate, concurrency, ordered, timeout, retry }: ServiceOptions) {
  return {
    ...(types === undefined ? {} : { eventTypes: types === 'all' ? null : types }),
    ...(format === undefined ? {} : { format }),
    ...(rate === undefined ? {} : { ratePerSecond: rate === 'none' ? null : rate }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(ordered === undefined ? {} : { ordered }),
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    ...(retry === undefined ? {} : { retrySeconds: retry }),
  };
}

// commander takes null for a mistake.
function types(text: string): readonly string[] | 'all' {
  if (text === 'all') return text;
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find(
    (name) => !/^[^*]+$|^[^*]+\.\*$/.test(name) || name.length > MAX_LENGTHS.eventType,
  );
  if (wrong !== undefined)
    throw new InvalidArgumentError(
      'Expected names of event types with commas between, or prefix.* for all that begin so.',
    );
  if (names.length > MOST_TYPES) throw new InvalidArgumentError(`Expected at most ${MOST_TYPES} names.`);
  return names;
}

function header(text: string, before: readonly Header[] = []): readonly Header[] {
  if (text === 'none') return [];
  const [, name, value] = /^([^:]+?)\s*:\s*(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Expected "Name: value".');
  return [...before, [name.toLowerCase(), value]];
}

function rate(text: string): number | 'none' {
  return text === 'none' ? text : positive(100_000)(text);
}

function retries(text: string): readonly number[] {
  const parts = text.split(',').map((each) => each.trim());
  if (!parts.every((each) => /^[1-9]\d{0,6}$/.test(each) && Number(each) <= MOST_RETRY_SECONDS))
    throw new InvalidArgumentError(
      `Expected whole numbers with commas between, each from 1 to ${MOST_RETRY_SECONDS}.`,
    );
  const seconds = parts.map(Number);
  if (seconds.length > MOST_RETRIES)
    throw new InvalidArgumentError(`Expected at most ${MOST_RETRIES} numbers of seconds.`);
  return seconds;
}

/** Parses a duration such as 90s, 15m, 24h or 7d to seconds, up to `mostSeconds`; "0" is none. */
export function durationUpTo(mostSeconds: number, most: string) {
  return (text: string): number => {
    const [, number, unit] = /^(\d{1,7})([smhd])$/.exec(text === '0' ? '0s' : text) ?? [];
    const seconds = Number(number) * ({ s: 1, m: 60, h: 3_600, d: 86_400 }[unit ?? ''] ?? Number.NaN);
    if (!(seconds <= mostSeconds))
      throw new InvalidArgumentError(`Expected a duration such as 90s, 24h or 7d, at most ${most}.`);
    return seconds;
  };
}
