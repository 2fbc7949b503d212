// Hosts of SQS: https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
// sqs.REGION.SUFFIX, sqs-fips.REGION.SUFFIX, REGION.queue.SUFFIX and queue.amazonaws.com (legacy, the latter of us-east-1); VPC
// endpoints: NAME.sqs.REGION.vpce.SUFFIX. Each partition of AWS has a suffix, and another for dual-stack, where there is no
// legacy host and no VPC endpoint. A test compares them with those that the AWS SDK knows.
const SUFFIXES = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'c2s.ic.gov',
  'sc2s.sgov.gov',
  'cloud.adc-e.uk',
  'csp.hci.ic.gov',
];
const DUAL_STACK_SUFFIXES = [
  'api.aws',
  'api.amazonwebservices.com.cn',
  'api.amazonwebservices.eu',
  'api.aws.ic.gov',
  'api.aws.scloud',
  'api.cloud-aws.adc-e.uk',
  'api.aws.hci.ic.gov',
];

const SUFFIX = anyOf(SUFFIXES);
const OF_AWS = new RegExp(
  `^(?:sqs(?:-fips)?\\.(?<region>[a-z0-9-]+)\\.${anyOf([...SUFFIXES, ...DUAL_STACK_SUFFIXES])}|(?<legacy>[a-z0-9-]+)\\.queue\\.${SUFFIX}|(?<oldest>queue)\\.amazonaws\\.com)$`,
);
const OF_A_VPC = new RegExp(`\\.sqs(?:-fips)?\\.(?<region>[a-z0-9-]+)\\.vpce\\.${SUFFIX}$`);

function anyOf(suffixes: readonly string[]): string {
  return `(?:${suffixes.map((suffix) => suffix.replaceAll('.', '\\.')).join('|')})`;
}

/** The host of a queue URL, without its port. Not parsed as a URL: emulators use host names that are invalid in one. */
function hostOf(queueUrl: string): string {
  return (
    /^https?:\/\/(?:\[[^\]]*\]|[^/:]+)/i
      .exec(queueUrl)?.[0]
      .replace(/^https?:\/\//i, '')
      .toLowerCase() ?? ''
  );
}

/** The region that a queue URL of AWS names; undefined for other servers. */
export function regionOf(queueUrl: string): string | undefined {
  const host = hostOf(queueUrl);
  const groups = OF_AWS.exec(host)?.groups;
  if (groups !== undefined)
    return groups['region'] ?? groups['legacy'] ?? (groups['oldest'] === undefined ? undefined : 'us-east-1');
  return OF_A_VPC.exec(host)?.groups?.['region'];
}

/**
 * The endpoint of a queue when none is configured: undefined for a queue of AWS, whose address follows from the
 * region and the settings for FIPS and dual-stack; else the server that its URL names, such as a VPC endpoint or an emulator.
 */
export function endpointOf(queueUrl: string): string | undefined {
  if (OF_AWS.test(hostOf(queueUrl))) return undefined;
  const origin = /^https?:\/\/[^/]+/i.exec(queueUrl)?.[0];
  return origin !== undefined && URL.canParse(origin) ? origin : undefined;
}
