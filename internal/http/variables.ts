import { z } from 'zod';
import { flag } from '../config/config.ts';
import { cidrOf } from './cidr.ts';
import { problemOfCaFile } from './trust.ts';

/** Variables of programs that send requests to endpoints, or check the URLs of endpoints. */
export const endpointVariables = {
  SENDER_ALLOW_HTTP: flag(false),
  SENDER_ALLOW_CIDRS: z
    .string()
    .transform((value) => value.split(/[\s,]+/).filter((each) => each !== ''))
    .refine(
      (ranges) => ranges.every((each) => cidrOf(each) !== undefined),
      'must be addresses or ranges with commas between them, such as 10.0.0.0/8,192.168.1.5',
    )
    .default([]),
};

/** Variables of programs that send requests to endpoints. */
export const wireVariables = {
  ...endpointVariables,
  // The system's threads are four: a few names whose servers are dead would hold up all other connections. Names without a
  // dot are left to the system in any case, so that Compose, Kubernetes and the hosts file work with either.
  SENDER_DNS: z.enum(['resolver', 'system'], 'must be resolver or system').default('resolver'),
  SENDER_CA_FILE: z
    .string()
    .superRefine((file, context) => {
      const problem = problemOfCaFile(file);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: `cannot be used: ${problem}` });
    })
    .exactOptional(),
};

interface EndpointVariables {
  readonly SENDER_ALLOW_HTTP: boolean;
  readonly SENDER_ALLOW_CIDRS: readonly string[];
}

interface WireVariables extends EndpointVariables {
  readonly SENDER_DNS: 'resolver' | 'system';
  readonly SENDER_CA_FILE?: string;
}

/** What `checkUrl` needs. */
export function endpointRulesOf(config: EndpointVariables) {
  return { allowHttp: config.SENDER_ALLOW_HTTP, allowCidrs: config.SENDER_ALLOW_CIDRS };
}

/** What `openWire` needs. */
export function wireOf(config: WireVariables) {
  return { ...endpointRulesOf(config), dns: config.SENDER_DNS, caFile: config.SENDER_CA_FILE };
}
