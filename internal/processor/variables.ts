import { whole } from '../config/config.ts';
import { DEFAULT_MAX_EXPANDED_BYTES } from '../event/body/content-encoding.ts';

/** Variables of the pipeline; `admin` reads those that it needs to check or decide. */
export const processorVariables = {
  POLLS: whole(16, 1, 100),
  RECEIVE_WAIT_SECONDS: whole(20, 0, 20),
  MAX_IN_FLIGHT: whole(5_000, 10, 100_000),
  MAX_LEASE_SECONDS: whole(3_600, 60, 43_200),
  BATCH_SIZE: whole(500, 1, 10_000),
  BATCH_BYTES: whole(4_194_304, 1_024, 67_108_864),
  BATCH_AGE_MS: whole(10, 0, 10_000),
  STORE_CONNECTIONS: whole(2, 1, 50),
  LOG_INTERVAL_SECONDS: whole(60, 1, 86_400),
  /** What a compressed SQS body may expand to: at least what SQS takes uncompressed. */
  MAX_EXPANDED_BYTES: whole(DEFAULT_MAX_EXPANDED_BYTES, 1_048_576, 67_108_864),
};
