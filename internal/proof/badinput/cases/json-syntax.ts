import { type BadInput, type Category, plain, rejected, stored } from '../case.ts';

const malformed = (name: string, body: string, detail: string): BadInput => ({
  name,
  body,
  outcome: rejected('malformed_json', `the body is not JSON: ${detail}`, {
    tenantId: null,
    eventId: null,
  }),
});

const unexpected = (name: string, body: string, token: string, position: number): BadInput =>
  malformed(name, body, `Unexpected token '${token}' at position ${position} (line `);

/** Position of the payload in `plain`. */
const VALUE = plain('@').indexOf('@');

export const JSON_SYNTAX: Category = {
  title: 'JSON syntax',
  rule: 'RFC 8259 only: no comments, no trailing commas, no single quotes, one value per body. The detail gives the position and never quotes more than one character of the body.',
  cases: [
    unexpected('plain words', 'Hello World', 'H', 0),
    unexpected('XML', '<event type="user-app"/>', '<', 0),
    unexpected('a form', 'event_type=user-app&client_id=client-3', 'e', 0),
    unexpected('YAML', 'event_type: user-app\nclient_id: client-3\n', 'e', 0),
    unexpected('CSV', 'user-app,client-3,1', 'u', 0),
    unexpected('Base64 of JSON', Buffer.from(plain('1')).toString('base64'), 'e', 0),
    malformed('single quotes', "{'event_type':'user-app'}", "Expected property name or '}' at position 1"),
    malformed(
      'names without quotes',
      '{event_type:"user-app"}',
      "Expected property name or '}' at position 1",
    ),
    malformed(
      'a trailing comma in an object',
      plain('1', '').replace('}', ',}'),
      'Expected double-quoted property name at position',
    ),
    unexpected('a trailing comma in an array', plain('[1,]'), ']', VALUE + 3),
    unexpected('an extra comma in an array', plain('[1,,2]'), ',', VALUE + 3),
    malformed(
      'a missing comma between members',
      '{"event_type":"user-app" "client_id":"client-3"}',
      "Expected ',' or '}' after property value at position 25",
    ),
    malformed(
      'a missing comma between elements',
      plain('[1 2]'),
      "Expected ',' or ']' after array element at position",
    ),
    malformed(
      'a missing colon',
      '{"event_type" "user-app"}',
      "Expected ':' after property name at position 14",
    ),
    unexpected('a missing value', '{"event_type":}', '}', 14),
    malformed('an unclosed object', '{"event_type":"user-app"', "Expected ',' or '}' after property value"),
    malformed('an unclosed array', `[${plain('1')}`, "Expected ',' or ']' after array element"),
    malformed('an unclosed text', '{"event_type":"user-app', 'Unterminated string at position 23'),
    malformed(
      'truncated in the middle of a name',
      '{"event_type":"user-app","clie',
      'Unterminated string at position 30',
    ),
    malformed('truncated after a colon', '{"event_type":', 'Unexpected end'),
    malformed('an opening brace alone', '{', "Expected property name or '}' at position 1"),
    unexpected('a closing brace alone', '}', '}', 0),
    malformed('an opening bracket alone', '[', 'Unexpected end'),
    malformed('a quote alone', '"', 'Unterminated string at position 1'),
    malformed(
      'an extra brace',
      `${plain('1')}}`,
      'Unexpected non-whitespace character after JSON at position',
    ),
    malformed(
      'two values',
      `${plain('1')}${plain('2')}`,
      'Unexpected non-whitespace character after JSON at position',
    ),
    malformed(
      'JSON lines',
      `${plain('1')}\n${plain('2')}`,
      'Unexpected non-whitespace character after JSON at position',
    ),
    malformed(
      'words after the value',
      `${plain('1')} and so on`,
      'Unexpected non-whitespace character after JSON at position',
    ),
    malformed('mismatched brackets', plain('[{]}'), `Expected property name or '}' at position ${VALUE + 2}`),
    unexpected('a comment at the beginning', `// an event\n${plain('1')}`, '/', 0),
    unexpected('a comment inside', plain('/* one */ 1'), '/', VALUE),
    malformed(
      'a hash comment after the value',
      `${plain('1')} # done`,
      'Unexpected non-whitespace character after JSON at position',
    ),
    unexpected('True as Python writes it', plain('True'), 'T', VALUE),
    unexpected('None', plain('None'), 'N', VALUE),
    unexpected('undefined', plain('undefined'), 'u', VALUE),
    unexpected('tru', plain('tru'), '}', VALUE + 3),
    unexpected('NULL in capitals', plain('NULL'), 'N', VALUE),
    malformed(
      'a line feed inside a text',
      plain('"a\nb"'),
      'Bad control character in string literal at position',
    ),
    malformed('a tab inside a text', plain('"a\tb"'), 'Bad control character in string literal at position'),
    malformed('the escape \\x', plain('"\\x41"'), 'Bad escaped character at position'),
    malformed("the escape \\'", plain('"it\\\'s"'), 'Bad escaped character at position'),
    malformed('\\u with three digits', plain('"\\u12"'), 'Bad Unicode escape at position'),
    malformed('\\u with non-hex digits', plain('"\\u00zz"'), 'Bad Unicode escape at position'),
    malformed('\\u{1F600}, as in JavaScript', plain('"\\u{1F600}"'), 'Bad Unicode escape at position'),
    malformed('only spaces', '   ', 'it is empty'),
    malformed('only line breaks', '\r\n\r\n', 'it is empty'),
    malformed('only a BOM', '\uFEFF', 'it is empty'),
    unexpected('two BOMs', `\uFEFF\uFEFF${plain('1')}`, '\uFEFF', 0),
    unexpected('a leading no-break space', `\u00A0${plain('1')}`, '\u00A0', 0),
    unexpected('the text "[object Object]"', '[object Object]', 'o', 1),
    unexpected('JSON after the prefix of some web frameworks', `)]}',\n${plain('1')}`, ')', 0),
    {
      name: 'JSON inside a JSON text',
      body: JSON.stringify(plain('1')),
      outcome: rejected('invalid_envelope', 'expected an event, which is a JSON object, got a text of'),
    },
    { name: 'a leading BOM', body: `\uFEFF${plain('1')}`, outcome: stored('1') },
    {
      name: 'every kind of JSON white space, everywhere',
      body: ` \t\r\n${plain(' \t\r\n1 \t\r\n')} \t\r\n`,
      outcome: stored('1'),
    },
    {
      name: 'every JSON escape',
      body: plain('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041"'),
      outcome: stored('"\\"\\\\/\\b\\f\\n\\r\\tA"'),
    },
    {
      name: 'names written with escapes',
      body: plain('1').replace('client_id', '\\u0063lient_id'),
      outcome: stored('1'),
    },
    { ...malformed('an empty body', '', 'it is empty'), serversDiffer: true },
  ],
};
