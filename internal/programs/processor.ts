import { isIP } from 'node:net';
import { EVEN_SO, flag, whole } from '../config/config.ts';
import { commonVariables, maxExpandedBytes, processorVariables } from '../daemon/config.ts';
import { databaseVariables } from '../postgres/variables.ts';
import { oneQueue, payloadVariables, queueVariables } from '../sqs/variables.ts';
import { z } from 'zod';

const days = (what: string) =>
  z
    .string()
    .regex(
      /^[1-9]\d{0,4}$/,
      `must be a whole number of days from 1 on; leave it out to keep ${what} for ever`,
    )
    .transform(Number)
    .exactOptional();

/** The processor's environment variables; .env-template says what each is for. */
export const processorConfig = z
  .object({
    ...commonVariables,
    ...queueVariables,
    ...payloadVariables,
    ...processorVariables,
    ...databaseVariables,
    MIGRATE: flag(true),
    RETENTION_DAYS: days('messages'),
    REJECTION_RETENTION_DAYS: days('settled rejections'),
    OPEN_REJECTION_RETENTION_DAYS: days('open rejections'),
    POLLS: whole(16, 1, 100),
    RECEIVE_WAIT_SECONDS: whole(20, 0, 20),
    MAX_IN_FLIGHT: whole(5_000, 10, 100_000),
    MAX_LEASE_SECONDS: whole(3_600, 60, 43_200),
    BATCH_SIZE: whole(500, 1, 10_000),
    BATCH_BYTES: whole(4_194_304, 1_024, 67_108_864),
    MAX_EXPANDED_BYTES: maxExpandedBytes,
    SHUTDOWN_TIMEOUT_SECONDS: whole(25, 5, 3_600),
    REPLAY_INTERVAL_SECONDS: whole(5, 1, 86_400),
    HEALTH_PORT: whole(8_080, 0, 65_535),
    HEALTH_HOST: z
      .string()
      .refine(
        (value) => isIP(value) !== 0 || value === 'localhost',
        'must be an address of this machine such as 127.0.0.1, or localhost; leave it out for all addresses',
      )
      .exactOptional(),
    START_WAIT_SECONDS: z
      .string()
      .regex(/^\d{1,7}$/, 'must be a whole number of seconds; leave it out to wait as long as it takes')
      .transform(Number)
      .exactOptional(),
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
