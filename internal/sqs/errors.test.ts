import { describe, expect, it } from 'vitest';
import { explainSqsError, isMisconfigured } from './errors.ts';

function failure(name: string, message = '', rest: object = {}): Error {
  return Object.assign(new Error(message), { name, ...rest });
}

const WHERE = { endpoint: 'http://user:secret@localhost:4566/path', queue: 'events' };

describe('explainSqsError', () => {
  it.each([
    [
      failure('Error', 'connect ECONNREFUSED 127.0.0.1:4566', { code: 'ECONNREFUSED' }),
      /cannot be reached \(ECONNREFUSED\).*AWS_ENDPOINT_URL/,
    ],
    [failure('Error', 'getaddrinfo EAI_AGAIN sqs', { code: 'EAI_AGAIN' }), /cannot be reached \(EAI_AGAIN\)/],
    [failure('TimeoutError', 'no answer'), /cannot be reached \(time-out\)/],
    [
      failure('CredentialsProviderError', 'Could not load credentials from any providers'),
      /no AWS credentials.*AWS_ACCESS_KEY_ID/,
    ],
    [failure('UnrecognizedClientException', 'token'), /refused the AWS credentials/],
    [failure('AccessDeniedException', 'no'), /denied access to the queue events.*IAM/],
    [failure('QueueDoesNotExist', 'no'), /queue events does not exist.*QUEUE_CREATE/],
    [failure('AWS.SimpleQueueService.NonExistentQueue', 'no'), /queue events does not exist/],
    [failure('QueueDeletedRecently', 'wait'), /deleted less than a minute ago/],
    [failure('InvalidAction', 'what?'), /does not understand.*JSON protocol/],
    [failure('ThrottlingException', 'slow'), /throttles/],
    [failure('Error', 'Region is missing'), /AWS_REGION is missing/],
    [failure('InternalError', 'sorry\nso'), /answered: InternalError: sorry so/],
    [
      failure('EndpointError', 'Invalid Configuration: FIPS and custom endpoint are not supported'),
      /^AWS_USE_FIPS_ENDPOINT .* leave them out.*QUEUE_URL.* sqs-fips$/,
    ],
    [
      failure('EndpointError', 'FIPS is enabled but this partition does not support FIPS'),
      /no such address of SQS in this region/,
    ],
  ])('says what to do about %s', (error, sentence) => {
    const explanation = explainSqsError(error, WHERE);
    expect(explanation).toMatch(sentence);
    expect(explanation).not.toContain('\n');
  });

  it('shows no password of the endpoint', () => {
    expect(explainSqsError(failure('InternalError', 'sorry'), WHERE)).not.toContain('secret');
  });

  it('accepts a value that is not an Error', () => {
    expect(explainSqsError('odd', { queue: 'events' })).toBe('SQS cannot be used: odd');
  });
});

describe('isMisconfigured', () => {
  it.each([
    'QueueDoesNotExist',
    'QueueMissingError',
    'ExpiredTokenException',
    'SignatureDoesNotMatch',
    'CredentialsProviderError',
    'InvalidAction',
    'EndpointError',
  ])('is true for %s', (name) => {
    expect(isMisconfigured(failure(name))).toBe(true);
    expect(isMisconfigured(new Error('sentence', { cause: failure(name) }))).toBe(true);
  });

  it.each(['AccessDeniedException', 'ThrottlingException', 'InternalError', 'TimeoutError'])(
    'is false for %s',
    (name) => {
      expect(isMisconfigured(failure(name))).toBe(false);
    },
  );
});
