import { describe, expect, it } from 'vitest';
import { checkHeader } from './check-header.ts';

describe('a header that may be sent', () => {
  it.each([
    ['authorization', 'Bearer abc.def-123'],
    ['X-Api-Key', 'k'],
    ['x-tenant', 'a b\tc'],
    ['cookie', 'a=1; b="2"'],
    ["x!#$%&'*+-.^_`|~9", 'odd but a token'],
    ['x-long', 'a'.repeat(4_096)],
    ['x-user-agent', 'acme/1.0'],
    ['webhook', 'without a hyphen'],
    ['cecil', 'not of CloudEvents'],
  ])('%s', (name, value) => expect(checkHeader(name, value)).toBeUndefined());
});

const OF_THE_CONNECTION = /belongs to the connection and is set by the sender; leave it out/;
const OF_THE_MESSAGE = /is set by the sender for every message; use another name/;
const OF_THE_BODY = /describes bodies and is set by the sender; leave it out/;

describe('a header that is refused', () => {
  it.each([
    ['host', 'evil.example', OF_THE_CONNECTION],
    ['Host', 'evil.example', OF_THE_CONNECTION],
    ['transfer-encoding', 'chunked', OF_THE_CONNECTION],
    ['Connection', 'close', OF_THE_CONNECTION],
    ['te', 'trailers', OF_THE_CONNECTION],
    ['upgrade', 'h2c', OF_THE_CONNECTION],
    ['http2-settings', 'AAMAAABkAAQAAP__', OF_THE_CONNECTION],
    ['expect', '100-continue', OF_THE_CONNECTION],
    ['keep-alive', 'timeout=5', OF_THE_CONNECTION],
    ['proxy-authorization', 'Basic x', OF_THE_CONNECTION],
    ['Proxy-Connection', 'keep-alive', OF_THE_CONNECTION],
    ['trailer', 'x', OF_THE_CONNECTION],
    ['webhook-id', 'msg_1', OF_THE_MESSAGE],
    ['Webhook-Signature', 'v1,x', OF_THE_MESSAGE],
    ['webhook-anything', 'x', OF_THE_MESSAGE],
    ['ce-id', '1', OF_THE_MESSAGE],
    ['CE-Type', 'x', OF_THE_MESSAGE],
    ['User-Agent', 'acme/1.0', OF_THE_MESSAGE],
    ['content-length', '5', OF_THE_BODY],
    ['Content-Type', 'text/plain', OF_THE_BODY],
    ['content-encoding', 'gzip', OF_THE_BODY],
    ['accept-encoding', 'gzip', OF_THE_BODY],
    ['', 'x', /no name; write it as name: value/],
    ['x y', 'x', /may contain letters, digits and hyphens only/],
    ['x:', 'x', /letters, digits and hyphens only/],
    ['x\r\ny', 'x', /letters, digits and hyphens only/],
    ['ü', 'x', /letters, digits and hyphens only/],
    ['__proto__', 'x', /cannot be sent; use another one/],
    ['x'.repeat(257), 'x', /257 characters; use at most 256/],
    ['x', '', /x has no value; give it one, or leave it out/],
    ['x', 'a\r\nx-evil: 1', /^the value of header x contains a line break; write it in one line/],
    ['x', 'a\nb', /line break/],
    ['x', 'a\rb', /line break/],
    ['x', 'a\u0000b', /not printable ASCII; encode it/],
    ['x', 'a\u007fb', /not printable ASCII/],
    ['x', 'grüß', /not printable ASCII/],
    ['x', '\ud800', /not printable ASCII/],
    ['x', ' a', /begins or ends with a space/],
    ['x', 'a\t', /begins or ends with a space/],
    ['x', ' ', /begins or ends with a space/],
    ['x', 'a'.repeat(4_097), /4097 characters; use at most 4096/],
  ])('%.40j: %.40j', (name, value, message) => expect(checkHeader(name, value)).toMatch(message));

  it('is told of without its value, which may be a secret', () => {
    expect(checkHeader('x-key', 'secret\u0000')).not.toContain('secret');
  });
});
