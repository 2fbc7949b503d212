import { expect, test } from 'vitest';
import { configProblems } from '../config/config.ts';
import { PROGRAMS } from './known.ts';

const { sender: _, ...USERS_OF_SQS } = PROGRAMS;

test.each(Object.entries(USERS_OF_SQS))(
  'what does not go together in %s is told also when something is missing',
  (_, config) => {
    const problems = configProblems(config, {
      QUEUE_NAME: 'a',
      QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/a',
      AWS_REGION: 'us-east-1',
      QUEUE_CREATE: 'perhaps',
    });
    expect(problems).toContain('QUEUE_CREATE must be true or false');
    expect(problems).toContain('QUEUE_NAME and QUEUE_URL are both set: keep one of them');
    expect(problems.join()).toContain('but QUEUE_URL is in eu-central-1');
  },
);

test('a lease that is shorter than the visibility timeout is told also when something is missing', () => {
  const problems = configProblems(PROGRAMS.processor, {
    MAX_LEASE_SECONDS: '60',
    VISIBILITY_TIMEOUT_SECONDS: '61',
  });
  expect(problems).toEqual([
    expect.stringContaining('DATABASE_URL is missing'),
    'MAX_LEASE_SECONDS must not be less than VISIBILITY_TIMEOUT_SECONDS',
  ]);
});
