import { nearest } from '../config/nearest.ts';
import { adminConfig } from './admin.ts';
import { processorConfig } from './processor.ts';
import { producersConfig } from './producers.ts';
import { senderConfig } from './sender.ts';

/** The programs that are configured by variables, with the variables of each. */
export const PROGRAMS = {
  processor: processorConfig,
  producers: producersConfig,
  sender: senderConfig,
  admin: adminConfig,
} as const;

/** Names that libraries, Node or the tests read; their values are not checked here. */
const OF_OTHERS =
  'AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_REGION AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT AWS_ENDPOINT_URL_SQS AWS_CA_BUNDLE AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE HTTP_PROXY HTTPS_PROXY NO_PROXY PGPASSWORD PGPASSFILE PGSSLMODE PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS NODE_EXTRA_CA_CERTS NODE_OPTIONS TEST_DATABASE_URL SQS_TEST_ENDPOINT SQS_TEST_SERVERS';

/** Names with these prefixes belong to other software, whether listed or not. */
const OF_A_KIND = /^(AWS|PG|NODE|NPM|OTEL|DOTENV|COMPOSE|DOCKER)_?/i;

const OURS: ReadonlySet<string> = new Set(
  Object.values(PROGRAMS).flatMap((config) => Object.keys(config.shape)),
);
const KNOWN: ReadonlySet<string> = new Set([...OURS, ...OF_OTHERS.split(' ')]);

/** A name in `.env` that no program reads. */
interface UnknownName {
  readonly name: string;
  /** The one that was probably meant. */
  readonly meant: string | undefined;
}

/** Returns the names in `.env` that no program reads: most often they are misspelt. */
export function unknownNames(names: Iterable<string>): UnknownName[] {
  return [...names].flatMap((name) => {
    if (isKnown(name)) return [];
    const meant = nearest(name, KNOWN);
    return meant === undefined && OF_A_KIND.test(name) ? [] : [{ name, meant }];
  });
}

/** Returns the names in the environment that are almost a name of ours. Others are left alone: most belong to other software. */
export function misspeltNames(names: Iterable<string>): UnknownName[] {
  return [...names].flatMap((name) => {
    const meant = isKnown(name) || OF_A_KIND.test(name) ? undefined : nearest(name, OURS);
    return meant === undefined || meant.length < 8 ? [] : [{ name, meant }];
  });
}

/** The names of proxy variables may be in lower case. */
function isKnown(name: string): boolean {
  return KNOWN.has(name) || /^(https?|no)_proxy$/.test(name);
}

export function describeUnknown({ name, meant }: UnknownName): string {
  return meant === undefined
    ? `${name} is read by no program`
    : `${name} is read by no program: was ${meant} meant?`;
}
