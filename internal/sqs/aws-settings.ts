import { regionOf } from './where.ts';

/**
 * Checks region and credentials without a call to SQS; returns a sentence for each that is missing. Where the environment
 * does not set them, the AWS SDK resolves them, from its files too and, for credentials, from the instance or container.
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
    const hint = isSet(env, 'AWS_DEFAULT_REGION') ? ' (only the aws command reads AWS_DEFAULT_REGION)' : '';
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

/** Quotes the SDK's message where it says more than that there are none: an expired login, a profile that no file has. */
export function explainMissingCredentials(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const why = /any providers/.test(message) || message === '' ? '' : ` (${message.replace(/\.$/, '')})`;
  return `no AWS credentials were found${why}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the program a role`;
}

function isSet(env: NodeJS.ProcessEnv, name: string): boolean {
  return (env[name] ?? '') !== '';
}
