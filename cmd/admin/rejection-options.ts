import { REJECTION_REASONS } from '#internal/event/rejection.ts';
import type { RejectionFilter } from '#internal/postgres/rejections/filter.ts';
import { type Command, Option } from 'commander';
import { parseMoment } from './time.ts';

export interface FilterOptions {
  readonly reason?: string[];
  readonly tenant?: string;
  readonly since?: Date;
  readonly until?: Date;
}

export function withFilters<C extends Command>(command: C): C {
  return command
    .addOption(new Option('--reason <reasons...>', 'of these reasons only').choices(REJECTION_REASONS))
    .option('--tenant <id>', 'of this tenant only')
    .option('--since <time>', 'last received at or after: an RFC 3339 time, or 15m, 24h, 7d ago', (text) =>
      parseMoment(text),
    )
    .option('--until <time>', 'last received before', (text) => parseMoment(text));
}

export function filterOf({ reason, tenant, since, until }: FilterOptions): RejectionFilter {
  return {
    ...(reason === undefined ? {} : { reasons: reason }),
    ...(tenant === undefined ? {} : { tenantId: tenant }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

export interface StateOption {
  readonly state: 'open' | 'replayed' | 'discarded' | 'all';
}

export function withState<C extends Command>(command: C): C {
  return command.addOption(
    new Option('--state <state>', 'in this state only')
      .choices(['open', 'replayed', 'discarded', 'all'])
      .default('open'),
  );
}

export function stateFilterOf(options: FilterOptions & StateOption): RejectionFilter {
  const { state } = options;
  return { ...filterOf(options), ...(state === 'all' ? {} : { state }) };
}
