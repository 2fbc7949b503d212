// Hosts of SQS: https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
// sqs.REGION.amazonaws.com(.cn), sqs-fips.REGION.amazonaws.com, sqs.REGION.api.aws (dual-stack), REGION.queue.amazonaws.com
// and queue.amazonaws.com (legacy, the latter of us-east-1); VPC endpoints: NAME.sqs.REGION.vpce.amazonaws.com.
const OF_AWS =
  /^(?:sqs(?:-fips)?\.(?<region>[a-z0-9-]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws|api\.amazonwebservices\.com\.cn)|(?<legacy>[a-z0-9-]+)\.queue\.amazonaws\.com(?:\.cn)?|(?<oldest>queue)\.amazonaws\.com)$/;
const OF_A_VPC = /\.sqs\.(?<region>[a-z0-9-]+)\.vpce\.amazonaws\.com(?:\.cn)?$/;

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
