import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { endpointOf, regionOf } from './where.ts';

test.each([
  ['https://sqs.eu-central-1.amazonaws.com/1/events', 'eu-central-1'],
  ['https://sqs-fips.us-gov-west-1.amazonaws.com/1/events', 'us-gov-west-1'],
  ['https://sqs.cn-north-1.amazonaws.com.cn/1/events', 'cn-north-1'],
  ['https://sqs.eu-west-1.api.aws/1/events', 'eu-west-1'],
  ['https://sqs.eusc-de-east-1.amazonaws.eu/1/events', 'eusc-de-east-1'],
  ['https://sqs.us-iso-east-1.c2s.ic.gov/1/events', 'us-iso-east-1'],
  ['https://eu-west-1.queue.amazonaws.com/1/events', 'eu-west-1'],
  ['https://queue.amazonaws.com/1/events', 'us-east-1'],
  ['https://SQS.EU-central-1.amazonaws.com/1/events', 'eu-central-1'],
])('%s is a queue of AWS in %s and names no endpoint', (url, region) => {
  expect(regionOf(url)).toBe(region);
  expect(endpointOf(url)).toBeUndefined();
});

interface SdkPartition {
  readonly outputs: { readonly implicitGlobalRegion: string };
}

/** Not among what the package exports, but the one place that lists the partitions. */
async function partitionsOfTheSdk(): Promise<readonly SdkPartition[]> {
  const file =
    '../../node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';
  const { partitionsInfo } = (await import(new URL(file, import.meta.url).href)) as {
    partitionsInfo: { readonly partitions: readonly SdkPartition[] };
  };
  return partitionsInfo.partitions;
}

test('every partition that the AWS SDK knows is known, with FIPS and with dual-stack', async () => {
  const partitions = await partitionsOfTheSdk();
  expect(partitions.length).toBeGreaterThan(7);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  for (const { outputs } of partitions) {
    const region = outputs.implicitGlobalRegion;
    for (const [useFipsEndpoint, useDualstackEndpoint] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const client = new SQSClient({ region, credentials, useFipsEndpoint, useDualstackEndpoint });
      const { url } = client.config.endpointProvider({
        Region: region,
        UseFIPS: useFipsEndpoint,
        UseDualStack: useDualstackEndpoint,
      });
      expect([url.href, regionOf(url.href), endpointOf(url.href)]).toEqual([url.href, region, undefined]);
    }
  }
});

test.each(['sqs', 'sqs-fips'])(
  'a VPC endpoint of the service %s in another partition is known',
  (service) => {
    const host = `https://vpce-0a1b.${service}.eusc-de-east-1.vpce.amazonaws.eu`;
    expect(regionOf(`${host}/1/events`)).toBe('eusc-de-east-1');
    expect(endpointOf(`${host}/1/events`)).toBe(host);
  },
);

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
