import { regionOf } from './where.ts';

/**
 * What is missing of region and credentials, a sentence each, found without asking SQS. Where the environment does not name
 * them, the AWS SDK is asked, which also looks into its files and, for credentials, asks the machine or container it runs on.
 */
export async function awsProblems(env: NodeJS.ProcessEnv): Promise<string[]> {
  const problems = await Promise.all([regionProblem(env), credentialsProblem(env)]);
  return problems.filter((problem) => problem !== null);
}

async function regionProblem(env: NodeJS.ProcessEnv): Promise<string | null> {
  if (isSet(env, 'AWS_REGION') || regionOf(env['QUEUE_URL'] ?? '') !== undefined) return null;
  try {
    const { SQSClient } = await import('@aws-sdk/client-sqs');
    await new SQSClient({}).config.region();
    return null;
  } catch {
    const hint = isSet(env, 'AWS_DEFAULT_REGION')
      ? ' (AWS_DEFAULT_REGION is read by the aws command alone)'
      : '';
    return `AWS_REGION is missing: set it to the region of the queue${hint}`;
  }
}

const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;

async function credentialsProblem(env: NodeJS.ProcessEnv): Promise<string | null> {
  const missing = KEYS.filter((name) => !isSet(env, name));
  if (!isSet(env, 'AWS_PROFILE')) {
    if (missing.length === 0) return null;
    const [one] = missing;
    if (missing.length === 1)
      return `${one} is missing: it goes with ${KEYS.find((name) => name !== one)}; set both, or neither and give the program a role`;
  }
  try {
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    await defaultProvider({ ignoreCache: true })();
    return null;
  } catch (error) {
    return explainMissingCredentials(error);
  }
}

/** With the SDK's own words where they say more than that there are none: a login that has expired, a file without the profile. */
export function explainMissingCredentials(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const why = /any providers/.test(message) || message === '' ? '' : ` (${message.replace(/\.$/, '')})`;
  return `no AWS credentials were found${why}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the program a role`;
}

function isSet(env: NodeJS.ProcessEnv, name: string): boolean {
  return (env[name] ?? '') !== '';
}
