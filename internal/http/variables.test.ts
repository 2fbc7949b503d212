import { expect, it } from 'vitest';
import { z } from 'zod';
import { configProblems, loadConfig } from '../config/config.ts';
import { endpointRulesOf, endpointVariables, wireOf, wireVariables } from './variables.ts';

const WIRE = z.object(wireVariables);

it('allows https to public addresses only, by default', () => {
  expect(wireOf(loadConfig(WIRE, {}))).toEqual({
    allowHttp: false,
    allowCidrs: [],
    dns: 'resolver',
    caFile: undefined,
  });
});

it('reads ranges with commas or spaces between them', () => {
  const env = { SENDER_ALLOW_HTTP: 'true', SENDER_ALLOW_CIDRS: '10.0.0.0/8, 192.168.1.5,fd00::/8' };
  expect(endpointRulesOf(loadConfig(z.object(endpointVariables), env))).toEqual({
    allowHttp: true,
    allowCidrs: ['10.0.0.0/8', '192.168.1.5', 'fd00::/8'],
  });
});

it.each([
  '10.0.0.0/33',
  '10.0.0/8',
  'fd00::/129',
  'localhost',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '10.0.0.0-10.1.0.0',
])('refuses the range %s', (SENDER_ALLOW_CIDRS) => {
  expect(configProblems(WIRE, { SENDER_ALLOW_CIDRS })).toEqual([
    expect.stringContaining('SENDER_ALLOW_CIDRS must be addresses or ranges'),
  ]);
});
