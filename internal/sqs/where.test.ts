import { expect, test } from 'vitest';
import { endpointOf, regionOf } from './where.ts';

test.each([
  ['https://sqs.eu-central-1.amazonaws.com/1/events', 'eu-central-1'],
  ['https://sqs-fips.us-gov-west-1.amazonaws.com/1/events', 'us-gov-west-1'],
  ['https://sqs.cn-north-1.amazonaws.com.cn/1/events', 'cn-north-1'],
  ['https://sqs.eu-west-1.api.aws/1/events', 'eu-west-1'],
  ['https://eu-west-1.queue.amazonaws.com/1/events', 'eu-west-1'],
  ['https://queue.amazonaws.com/1/events', 'us-east-1'],
  ['https://SQS.EU-central-1.amazonaws.com/1/events', 'eu-central-1'],
])('%s is a queue of AWS in %s and names no endpoint', (url, region) => {
  expect(regionOf(url)).toBe(region);
  expect(endpointOf(url)).toBeUndefined();
});

test('a VPC endpoint has a region and is the endpoint', () => {
  const url = 'https://vpce-0a1b-2c3d.sqs.eu-central-1.vpce.amazonaws.com/1/events';
  expect(regionOf(url)).toBe('eu-central-1');
  expect(endpointOf(url)).toBe('https://vpce-0a1b-2c3d.sqs.eu-central-1.vpce.amazonaws.com');
});

test.each([
  ['http://localhost:4566/000000000000/events', 'http://localhost:4566'],
  ['http://[::1]:4566/000000000000/events', 'http://[::1]:4566'],
  [
    'https://sqs.eu-central-1.amazonaws.com.evil.example/1/events',
    'https://sqs.eu-central-1.amazonaws.com.evil.example',
  ],
])('%s is on another server, which is the endpoint', (url, endpoint) => {
  expect(regionOf(url)).toBeUndefined();
  expect(endpointOf(url)).toBe(endpoint);
});

test('a host name that is invalid in a URL is no endpoint: one must be configured', () => {
  expect(endpointOf('http://sqs.us-east-1.127.0.0.1:4566/1/events')).toBeUndefined();
});
