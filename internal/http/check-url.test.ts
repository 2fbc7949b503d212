import { describe, expect, it } from 'vitest';
import { checkUrl } from './check-url.ts';

const STRICT = { allowHttp: false, allowCidrs: [] };
const LOCAL = { allowHttp: true, allowCidrs: ['127.0.0.0/8', '10.0.0.0/8'] };

const NOT_PUBLIC = /is not an address of the public internet; use a public host/;

describe('by default', () => {
  it.each([
    'https://example.com',
    'https://example.com/',
    'https://example.com/hooks?key=1&x=%20',
    'https://EXAMPLE.com:443/a',
    'https://example.com:80/a',
    'https://example.com:1024/a',
    'https://example.com:65535/a',
    'https://example.com./a',
    'https://bücher.example/ü',
    'https://8.8.8.8/a',
    'https://[2606:4700:4700::1111]/a',
    'https://localhost.example.com/a',
    `https://example.com/${'a'.repeat(2_028)}`,
  ])('%.60s is accepted', (url) => expect(checkUrl(url, STRICT)).toBeUndefined());

  it.each([
    ['', /no URL; write it as https/],
    ['example.com/hooks', /^"example\.com\/hooks" is no URL/],
    ['//example.com', /no URL/],
    ['x'.repeat(200), /^"x{100}…" is no URL/],
    ['https://', /no URL/],
    ['https://exa mple.com', /a space, a backslash or a control character/],
    [' https://example.com', /a space/],
    ['https://example.com/a\n', /control character/],
    ['https:\\\\example.com', /backslash/],
    ['https://example.com/\u0000', /control character/],
    ['https://exam%00ple.com', /no URL/],
    ['https://example.com:99999/', /no URL/],
    ['https://256.256.256.256/', /no URL/],
    ['http://example.com/', /begins with http, .*use https, or let the operator set SENDER_ALLOW_HTTP=true/],
    ['ftp://example.com/', /begins with ftp:; use https/],
    ['file:///etc/passwd', /begins with file:/],
    ['unix:/run/docker.sock', /begins with unix:/],
    ['javascript:alert(1)', /begins with javascript:/],
    ['data:text/plain,x', /begins with data:/],
    ['https://user:secret@example.com/', /user name or password; send them in an authorization header/],
    ['https://user@example.com/', /user name or password/],
    ['https://example.com@127.0.0.1/', /user name or password/],
    ['https://example.com/#top', /fragment/],
    ['https://example.com/#', /fragment/],
    [`https://example.com/${'a'.repeat(2_029)}`, /2049 characters; use at most 2048/],
    ['https://example.com:22/', /port 22 is not for webhooks; use 443, 80, or one from 1024 on/],
    ['https://example.com:25/', /port 25/],
    ['https://example.com:0/', /port 0/],
    ['https://example.com:1023/', /port 1023/],
    ['https://localhost/', /localhost is this machine/],
    ['https://LOCALHOST./', /this machine/],
    ['https://api.localhost:8443/', /this machine/],
    ['https://intranet/', /intranet is not a complete host name; .*intranet.example.com/],
    ['https://127.0.0.1/', NOT_PUBLIC],
    ['https://0x7f.1/', NOT_PUBLIC],
    ['https://2130706433/', NOT_PUBLIC],
    ['https://017700000001/', NOT_PUBLIC],
    ['https://①②⑦.⓪.⓪.①/', NOT_PUBLIC],
    ['https://127.0.0.1./', NOT_PUBLIC],
    ['https://127.1:8443/', NOT_PUBLIC],
    ['https://0/', NOT_PUBLIC],
    ['https://169.254.169.254/latest/meta-data/', NOT_PUBLIC],
    ['https://168.63.129.16/', NOT_PUBLIC],
    ['https://[::1]/', NOT_PUBLIC],
    ['https://[::]/', NOT_PUBLIC],
    ['https://[::ffff:127.0.0.1]/', NOT_PUBLIC],
    ['https://[::ffff:a9fe:a9fe]/', NOT_PUBLIC],
    ['https://[64:ff9b::7f00:1]/', NOT_PUBLIC],
    ['https://[fe80::1]/', NOT_PUBLIC],
    ['https://[fd00:ec2::254]/', NOT_PUBLIC],
  ])('%.60j is refused: %s', (url, message) => expect(checkUrl(url, STRICT)).toMatch(message));
});

describe('with what the operator allows', () => {
  it.each([
    'http://example.com/',
    'http://localhost:8080/hooks',
    'http://api.localhost:8080/',
    'http://127.0.0.1:8080/',
    'http://receiver:8080/',
    'https://10.1.2.3/',
  ])('%s is accepted', (url) => expect(checkUrl(url, LOCAL)).toBeUndefined());

  it.each([
    ['http://192.168.0.1/', NOT_PUBLIC],
    ['http://[::1]:8080/', NOT_PUBLIC],
    ['http://169.254.169.254/', NOT_PUBLIC],
    ['http://127.0.0.1:22/', /port 22/],
  ])('%s is refused: %s', (url, message) => expect(checkUrl(url, LOCAL)).toMatch(message));
});
