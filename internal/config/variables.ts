import { DEFAULT_MAX_EXPANDED_BYTES } from '../event/body/content-encoding.ts';
import { whole } from './config.ts';
import { z } from 'zod';

/** What a compressed SQS body may expand to: from what SQS takes uncompressed on. */
export const maxExpandedBytes = whole(DEFAULT_MAX_EXPANDED_BYTES, 1_048_576, 67_108_864);

/** Of the processor; `admin doctor` judges by them, too. */
export const processorVariables = {
  BATCH_AGE_MS: whole(10, 0, 10_000),
  STORE_CONNECTIONS: whole(2, 1, 50),
  WORKERS: whole(1, 1, 128),
};

/** Variables of every program. */
export const commonVariables = {
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    )
    .default('info'),
};
