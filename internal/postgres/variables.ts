import { z } from 'zod';

export const databaseUrl = z
  .string('is missing: the PostgreSQL to use, such as postgres://user:password@localhost:5432/events')
  .refine(
    (value) => URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol),
    'must be a URL such as postgres://user:password@localhost:5432/events',
  );
