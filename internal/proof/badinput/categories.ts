import type { Category } from './case.ts';
import { ATTRIBUTES } from './cases/attributes.ts';
import { BINARY_MODE } from './cases/binary-mode.ts';
import { CLOUDEVENTS } from './cases/cloudevents.ts';
import { COMPRESSED } from './cases/compressed.ts';
import { COMPRESSED_DAMAGE } from './cases/compressed-damage.ts';
import { DELAYS } from './cases/delays.ts';
import { DEPTH } from './cases/depth.ts';
import { ENVELOPES } from './cases/envelopes.ts';
import { FIELD } from './cases/field.ts';
import { HOSTILE } from './cases/hostile.ts';
import { IDENTITY } from './cases/identity.ts';
import { JSON_SYNTAX } from './cases/json-syntax.ts';
import { AWS } from './cases/aws.ts';
import { OTHERS } from './cases/others.ts';
import { NUMBERS } from './cases/numbers.ts';
import { SCHEMA } from './cases/schema.ts';
import { SCHEMA_KINDS } from './cases/schema-kinds.ts';
import { SIZES } from './cases/sizes.ts';
import { TIMES } from './cases/times.ts';
import { UNICODE } from './cases/unicode.ts';
import { WRAPPING } from './cases/wrapping.ts';

/** All categories, in the order in which they are sent. To add one, add a file to cases/ and a line here. */
export const CATEGORIES: readonly Category[] = [
  JSON_SYNTAX,
  ENVELOPES,
  CLOUDEVENTS,
  BINARY_MODE,
  WRAPPING,
  DEPTH,
  SIZES,
  UNICODE,
  NUMBERS,
  TIMES,
  DELAYS,
  IDENTITY,
  SCHEMA,
  SCHEMA_KINDS,
  ATTRIBUTES,
  COMPRESSED,
  COMPRESSED_DAMAGE,
  AWS,
  OTHERS,
  FIELD,
  HOSTILE,
];
