import { whole } from '../config/config.ts';

/** Variables of the sender's engine. */
export const senderVariables = {
  /** Requests in flight of one process. */
  SENDER_CONCURRENCY: whole(512, 1, 10_000),
  /** Of these, to one origin host, whichever endpoints lie on it. */
  SENDER_HOST_CONCURRENCY: whole(32, 1, 10_000),
  /** After a crash, others take over after this long. At least the longest attempt (30 s) and a renewal (5 s). */
  SENDER_LEASE_SECONDS: whole(40, 36, 600),
  /** Results are written when this many wait, or the oldest is this old. */
  SENDER_RESULTS: whole(500, 1, 10_000),
  SENDER_RESULTS_AGE_MS: whole(20, 0, 1_000),
  /** How often lanes are looked for while there is work; ten times as long when there is none. */
  SENDER_POLL_MS: whole(20, 5, 10_000),
  LOG_INTERVAL_SECONDS: whole(60, 1, 86_400),
};
