import { ProgramError } from '#internal/daemon/program.ts';
import { unknownName } from '#internal/postgres/endpoints/reference.ts';
import type { DeliveryFilter } from '#internal/postgres/outcomes/filter.ts';
import type { Command } from 'commander';
import type pg from 'pg';
import { visible } from './output.ts';
import { parseMoment } from './time.ts';

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface DeliveryOptions {
  readonly endpoint?: string;
  readonly client?: string;
  readonly tenant?: string;
  readonly message?: string;
  readonly since?: Date;
  readonly until?: Date;
}

/** Adds the options that select deliveries. `what` says what `--since` and `--until` bound. */
export function withDeliveryFilter<C extends Command>(command: C, what: string): C {
  return command
    .option('--endpoint <id>', 'of this endpoint only')
    .option('--client <id>', 'of this client only')
    .option('--tenant <id>', 'of this tenant only')
    .option('--message <id>', 'of this message only')
    .option('--since <time>', `${what} at or after: an RFC 3339 time, or 15m, 24h, 7d ago`, (text) =>
      parseMoment(text),
    )
    .option('--until <time>', `${what} before`, (text) => parseMoment(text));
}

export function deliveryFilterOf({
  endpoint,
  client,
  tenant,
  message,
  since,
  until,
}: DeliveryOptions): DeliveryFilter {
  return {
    ...(endpoint === undefined ? {} : { endpointId: endpoint }),
    ...(client === undefined ? {} : { clientId: client }),
    ...(tenant === undefined ? {} : { tenantId: tenant }),
    ...(message === undefined ? {} : { messageId: message }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

/**
 * An empty list for a name that was misspelt would look like good news.
 * @throws ProgramError when there is no such tenant, client or endpoint
 */
export async function demandNames(pool: pg.Pool, filter: DeliveryFilter): Promise<void> {
  const unknown = await unknownName(pool, filter);
  if (unknown === undefined) return;
  const name = { tenant: filter.tenantId, client: filter.clientId, endpoint: filter.endpointId }[unknown];
  const where =
    unknown === 'tenant' || filter.tenantId === undefined ? '' : ` in tenant ${visible(filter.tenantId)}`;
  throw new ProgramError(`there is no ${unknown} ${visible(name ?? '')}${where}: see "${unknown} list"`);
}

export function checkMessage({ message }: DeliveryOptions): string[] {
  return message === undefined || UUID.test(message) ? [] : ['--message: expected the id of a message'];
}

/** Keys of lists whose rows are named by an endpoint's number, a second number, and a message: `7.0.018f…`. */
export function rowKey(...parts: readonly (string | number)[]): string {
  return parts.join('.');
}

/** Returns undefined for a text that `rowKey` did not write. */
export function partsOfRowKey(
  key: string,
): [endpoint: number, second: string, messageId: string] | undefined {
  const [, endpoint = '', second = '', messageId = ''] = /^(\d{1,15})\.(\d{1,20})\.(.+)$/.exec(key) ?? [];
  return UUID.test(messageId) ? [Number(endpoint), second, messageId] : undefined;
}
