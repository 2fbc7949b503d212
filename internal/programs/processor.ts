import { z } from 'zod';
import { EVEN_SO, flag } from '../config/config.ts';
import { daemonVariables, workerVariables } from '../daemon/variables.ts';
import { housekeepingVariables } from '../housekeeping/variables.ts';
import { databaseVariables } from '../postgres/variables.ts';
import { processorVariables } from '../processor/variables.ts';
import { oneQueue, payloadVariables, queueVariables } from '../sqs/variables.ts';

/** The processor's environment variables; .env-template says what each is for. */
export const processorConfig = z
  .object({
    ...daemonVariables,
    ...workerVariables,
    ...queueVariables,
    ...payloadVariables,
    ...databaseVariables,
    ...processorVariables,
    ...housekeepingVariables,
    MIGRATE: flag(true),
  })
  .superRefine(oneQueue, EVEN_SO)
  .superRefine((config, context) => {
    const { MAX_LEASE_SECONDS: lease, VISIBILITY_TIMEOUT_SECONDS: visibility } = config;
    if (typeof lease === 'number' && typeof visibility === 'number' && lease < visibility) {
      context.addIssue({
        code: 'custom',
        message: 'MAX_LEASE_SECONDS must not be less than VISIBILITY_TIMEOUT_SECONDS',
      });
    }
  }, EVEN_SO);

export type ProcessorConfig = z.output<typeof processorConfig>;
