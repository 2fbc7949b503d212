import { type BadInput, type Category, cloud, rejected, stored, type StoredRow } from '../case.ts';

const invalid = (name: string, body: string, detail: string): BadInput => ({
  name,
  body,
  outcome: rejected('invalid_envelope', detail),
});

/** A CloudEvent with one attribute replaced or removed. */
const withAttribute = (name: string, value: string | null) =>
  cloud('"data":1').replace(new RegExp(`"${name}":"[^"]*",`), value === null ? '' : `"${name}":${value},`);

const kept = (name: string, members: string, payload: string, more: Partial<StoredRow> = {}): BadInput => ({
  name,
  body: cloud(members),
  outcome: stored(payload, { source: '/shop', ...more }),
});

const NOT_BASE64 = [
  'A',
  'AA',
  'AAA',
  '====',
  'A===',
  'AA AA',
  'AAA-',
  'AAA_',
  'AA==\\n',
  'data:;base64,AAAA',
  '€AAA',
];

export const CLOUDEVENTS: Category = {
  title: 'CloudEvents 1.0',
  rule: 'Structured mode in the JSON format. `source`, `type` and `clientid` are required; `id` is not. Unknown attributes are kept in `attributes`; their names consist of lower-case letters and digits, and their values must not be objects or arrays. A null attribute counts as missing.',
  cases: [
    invalid('specversion 0.3', withAttribute('specversion', '"0.3"'), 'specversion: expected "1.0"'),
    invalid('specversion 1.0.2', withAttribute('specversion', '"1.0.2"'), 'specversion: expected "1.0"'),
    invalid('specversion 1', withAttribute('specversion', '"1"'), 'specversion: expected "1.0"'),
    invalid('specversion a number', withAttribute('specversion', '1.0'), 'specversion: expected "1.0"'),
    invalid('specversion null', withAttribute('specversion', 'null'), 'specversion: expected "1.0"'),
    invalid('specversion an empty text', withAttribute('specversion', '""'), 'specversion: expected "1.0"'),
    invalid(
      'without source',
      withAttribute('source', null),
      'source: expected a text of 1 to 1024 characters, it is missing',
    ),
    invalid(
      'source an empty text',
      withAttribute('source', '""'),
      'source: expected a text of 1 to 1024 characters, got an empty text',
    ),
    invalid(
      'source null',
      withAttribute('source', 'null'),
      'source: expected a text of 1 to 1024 characters, it is missing',
    ),
    invalid(
      'without type',
      withAttribute('type', null),
      'type: expected a text of 1 to 255 characters, it is missing',
    ),
    invalid(
      'type an array',
      withAttribute('type', '["user-app"]'),
      'type: expected a text of 1 to 255 characters, got an array',
    ),
    invalid(
      'without clientid',
      withAttribute('clientid', null),
      'clientid: expected a text of 1 to 128 characters, it is missing',
    ),
    invalid(
      'client_id instead of clientid',
      cloud('"data":1').replace('clientid', 'client_id'),
      'client_id: expected an attribute name of lower-case letters and digits',
    ),
    invalid(
      'id a number',
      cloud('"id":5,"data":1'),
      'id: expected a text of 1 to 1024 characters, got a number',
    ),
    invalid(
      'id an empty text',
      cloud('"id":"","data":1'),
      'id: expected a text of 1 to 1024 characters, got an empty text',
    ),
    invalid(
      'tenantid an object',
      cloud('"tenantid":{},"data":1'),
      'tenantid: expected a text of 1 to 128 characters, got an object',
    ),
    invalid(
      'datacontenttype an empty text',
      cloud('"datacontenttype":"","data":1'),
      'datacontenttype: expected a text of 1 to 255 characters, got an empty text',
    ),
    invalid(
      'data and data_base64',
      cloud('"data":1,"data_base64":"AAAA"'),
      'data and data_base64: expected only one of them',
    ),
    invalid(
      'data_base64 a number',
      cloud('"data_base64":5'),
      'data_base64: expected Base64 text, got a number',
    ),
    ...NOT_BASE64.map((text) =>
      invalid(
        `data_base64 ${text}`,
        cloud(`"data_base64":"${text}"`),
        'data_base64: expected Base64 text (RFC 4648, with padding)',
      ),
    ),
    invalid(
      'an extension in camel case',
      cloud('"correlationId":"c","data":1'),
      'correlationId: expected an attribute name of lower-case letters and digits (CloudEvents 1.0)',
    ),
    invalid(
      'an extension with an underscore',
      cloud('"correlation_id":"c","data":1'),
      'correlation_id: expected an attribute name',
    ),
    invalid(
      'an extension with an umlaut',
      cloud('"größe":"c","data":1'),
      'größe: expected an attribute name',
    ),
    invalid('an extension without a name', cloud('"":"c","data":1'), ': expected an attribute name'),
    invalid(
      'an extension that is an object',
      cloud('"context":{"a":1},"data":1'),
      'context: expected a text, a number or a boolean, got an object',
    ),
    invalid(
      'an extension that is an array',
      cloud('"tags":["a"],"data":1'),
      'tags: expected a text, a number or a boolean, got an array',
    ),
    invalid(
      'several mistakes, all reported',
      cloud('"Bad":1,"source":5').replace('"1.0"', '"2.0"').replace('"source":"/shop",', ''),
      'specversion: expected "1.0"; source: expected a text of 1 to 1024 characters, got a number; Bad: expected an attribute name',
    ),
    invalid(
      'message instead of data',
      cloud('"message":{"a":1}'),
      'message: expected a text, a number or a boolean, got an object',
    ),
    invalid(
      'a tenantid with an extra letter',
      cloud('"tennantid":"other","data":1'),
      'tennantid: tenantid was probably meant',
    ),
    invalid(
      'a clientid with two letters swapped',
      cloud('"data":1').replace('clientid', 'cleintid'),
      'cleintid: clientid was probably meant',
    ),
    kept('no data', '', 'null'),
    kept('data null', '"data":null', 'null'),
    kept('data_base64 null', '"data_base64":null', 'null'),
    kept('data and a data_base64 that is null', '"data":1,"data_base64":null', '1'),
    kept('id null', '"id":null,"data":1', '1'),
    kept('time, tenantid and an extension null', '"time":null,"tenantid":null,"colour":null,"data":1', '1'),
    kept('data a text', '"datacontenttype":"text/plain","data":"<p>"', '"<p>"', {
      contentType: 'text/plain',
    }),
    kept('data_base64 an empty text', '"data_base64":""', '""', { payloadEncoding: 'base64' }),
    kept(
      'data_base64 of bytes that are not UTF-8',
      '"datacontenttype":"application/octet-stream","data_base64":"wIDt//4="',
      '"wIDt//4="',
      { payloadEncoding: 'base64', contentType: 'application/octet-stream' },
    ),
    kept('an invalid content type', '"datacontenttype":"; drop","data":1', '1', {
      contentType: '; drop',
    }),
    kept(
      'extensions of every kind',
      '"subject":"s","dataschema":"https://example.com/s","number":1.10,"truth":false,"data":1',
      '1',
      {
        attributes: '{"truth": false, "number": 1.10, "subject": "s", "dataschema": "https://example.com/s"}',
      },
    ),
    kept('an extension with a number as its name', '"007":"b","data":1', '1', { attributes: '{"007": "b"}' }),
    kept(
      'a traceparent of zeros',
      '"traceparent":"00-00000000000000000000000000000000-0000000000000000-00","data":1',
      '1',
      { attributes: '{"traceparent": "00-00000000000000000000000000000000-0000000000000000-00"}' },
    ),
    kept(
      'a traceparent of a future version, and a tracestate',
      '"traceparent":"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more","tracestate":"a=b","data":1',
      '1',
      {
        traceparent: '01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more',
        attributes: '{"tracestate": "a=b"}',
      },
    ),
    {
      name: 'a batch, which is an array',
      body: `[${cloud('"data":1')},${cloud('"data":2').replace('1.0', '0.3')}]`,
      outcome: [
        stored('1', { source: '/shop' }),
        rejected('invalid_envelope', 'specversion: expected "1.0"'),
      ],
    },
  ],
};
