import type { Category } from './case.ts';
import { CLOUDEVENTS } from './cases/cloudevents.ts';
import { ENVELOPES } from './cases/envelopes.ts';
import { JSON_SYNTAX } from './cases/json-syntax.ts';
import { NUMBERS } from './cases/numbers.ts';
import { TIMES } from './cases/times.ts';
import { WRAPPING } from './cases/wrapping.ts';

export const CATEGORIES: readonly Category[] = [
  JSON_SYNTAX,
  ENVELOPES,
  CLOUDEVENTS,
  WRAPPING,
  NUMBERS,
  TIMES,
];
