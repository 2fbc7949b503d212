import { z } from 'zod';
import { whole } from '../config/config.ts';

const days = (what: string) =>
  z
    .string()
    .regex(
      /^[1-9]\d{0,4}$/,
      `must be a whole number of days from 1 on; leave it out to keep ${what} for ever`,
    )
    .transform(Number)
    .exactOptional();

/** Variables of the loops that run once per database. */
export const housekeepingVariables = {
  RETENTION_DAYS: days('messages'),
  REJECTION_RETENTION_DAYS: days('settled rejections'),
  ATTEMPT_RETENTION_DAYS: whole(30, 1, 99_999),
  OPEN_REJECTION_RETENTION_DAYS: days('open rejections'),
  REPLAY_INTERVAL_SECONDS: whole(5, 1, 86_400),
};
