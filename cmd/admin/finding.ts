import type { processorConfig } from '#internal/programs/processor.ts';
import type { z } from 'zod';
import type { databaseConfig } from '#internal/programs/admin.ts';

/** What a check found. `todo` says what to do about a failure or a warning. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly detail: string;
  readonly todo?: string;
}

export type DatabaseConfig = z.output<typeof databaseConfig>;

/** What checks judge by. There is none where the processor would refuse its configuration. */
export type ProcessorSettings = z.output<typeof processorConfig>;

export const THE_CONFIGURATION_FIRST = 'the configuration comes first';
