import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { awsProblems, explainMissingCredentials } from './aws-settings.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' };
let folder = '';

// The SDK reads the environment of the process and files; it must find only these files.
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aws-settings-'));
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', ...Object.keys(KEYS)])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test('accepts region and credentials from the environment', async () => {
  expect(await awsProblems({ AWS_REGION: 'eu-west-1', ...KEYS })).toEqual([]);
  const url = 'https://sqs.eu-central-1.amazonaws.com/123456789012/events';
  expect(await awsProblems({ QUEUE_URL: url, ...KEYS })).toEqual([]);
});

test('reports a missing region and missing credentials together', async () => {
  expect(await awsProblems({})).toEqual([
    'AWS_REGION is missing: set it to the region of the queue',
    expect.stringMatching(/^no AWS credentials were found: set AWS_ACCESS_KEY_ID/),
  ]);
  expect(await awsProblems({ AWS_DEFAULT_REGION: 'eu-west-1', ...KEYS })).toEqual([
    expect.stringContaining('(only the aws command reads AWS_DEFAULT_REGION)'),
  ]);
});

test('reports half a pair of keys, and does not look elsewhere for the other half', async () => {
  expect(await awsProblems({ AWS_REGION: 'x', AWS_SECRET_ACCESS_KEY: 'y' })).toEqual([
    expect.stringMatching(/^AWS_ACCESS_KEY_ID is missing: it goes with AWS_SECRET_ACCESS_KEY/),
  ]);
});

test("accepts region and credentials from the SDK's files", async () => {
  await writeFile(join(folder, 'config'), '[default]\nregion = eu-west-1\n');
  await writeFile(
    join(folder, 'credentials'),
    '[default]\naws_access_key_id = x\naws_secret_access_key = y\n',
  );
  expect(await awsProblems({})).toEqual([]);
});

test("quotes the SDK's message where it says more", () => {
  expect(explainMissingCredentials(new Error('Could not load credentials from any providers'))).not.toContain(
    '(',
  );
  expect(explainMissingCredentials(new Error('The SSO session has expired.'))).toContain(
    'were found (The SSO session has expired): set',
  );
});
