import {
  type BadInput,
  type Category,
  cloud,
  eventBridge,
  plain,
  refusedBySqs,
  rejected,
  sns,
  stored,
} from '../case.ts';

const NUL = 'holds the character U+0000, which PostgreSQL cannot store';
const HALF = 'holds half of a surrogate pair, which is not a character and cannot be stored';

const unstorable = (name: string, body: string, detail: string): BadInput => ({
  name,
  body,
  outcome: rejected('unstorable', detail),
});

const refused = (name: string, character: string): BadInput => ({
  name: `${name}, not escaped`,
  body: plain(`"${character}"`),
  outcome: refusedBySqs('InvalidMessageContents', 'Invalid characters'),
});

/** Text that is stored as it is. */
const kept = (name: string, text: string): BadInput => ({
  name,
  body: plain(`"${text}"`),
  outcome: stored(`"${text}"`),
});

/** Text that reaches us in escapes, because not every SQS server takes the characters, and is stored as characters. */
const unescaped = (name: string, text: string): BadInput => ({
  name,
  body: plain(`"${escaped(text)}"`),
  outcome: stored(`"${text}"`),
});

function escaped(text: string): string {
  return Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}

const unknownClient = (name: string, client: string): BadInput => ({
  name: `a client ${name}`,
  body: plain('1').replace('client-3', client),
  outcome: rejected('unknown_client', 'is not registered in tenant "default"', { clientId: client }),
});

const withClient = (client: string) => plain('1').replace('client-3', client);

export const UNICODE: Category = {
  title: 'Unicode',
  rule: 'Every character is stored unchanged: no normalisation, no case folding, no trimming. U+0000 and halves of surrogate pairs, which JSON can write and PostgreSQL cannot hold, are `unstorable` anywhere in an event. SQS accepts control characters and U+FFFE only if they are escaped.',
  cases: [
    unstorable('U+0000 in a value', plain('"a\\u0000b"'), `message ${NUL}`),
    unstorable('U+0000 in a key', plain('{"a\\u0000":1}'), `message ${NUL}`),
    unstorable('U+0000 deep inside', plain('[{"a":[{"b":"\\u0000"}]}]'), `message ${NUL}`),
    unstorable('U+0000 after a backslash', plain('"\\\\\\u0000"'), `message ${NUL}`),
    unstorable('U+0000 in data', cloud('"data":"\\u0000"'), `data ${NUL}`),
    unstorable(
      'U+0000 in an extension',
      cloud('"colour":"\\u0000","data":1'),
      `a member without a column ${NUL}`,
    ),
    unstorable(
      'U+0000 in the content type',
      cloud('"datacontenttype":"a\\u0000","data":1'),
      `the content type ${NUL}`,
    ),
    unstorable('U+0000 in the client', withClient('client-3\\u0000'), `the client ${NUL}`),
    unstorable('U+0000 in the tenant', plain('1', '"tenant_id":"default\\u0000"'), `the tenant ${NUL}`),
    unstorable(
      'U+0000 in the event type',
      plain('1').replace('user-app', 'user\\u0000-app'),
      `the event type ${NUL}`,
    ),
    unstorable('U+0000 in the source', plain('1', '"source":"\\u0000"'), `the source ${NUL}`),
    unstorable('U+0000 in the id', plain('1', '"event_id":"\\u0000"'), `the event id ${NUL}`),
    unstorable('U+0000 in SNS', sns(plain('"\\u0000"')), `message ${NUL}`),
    unstorable('U+0000 in EventBridge', eventBridge(plain('"\\u0000"')), `message ${NUL}`),
    unstorable('the first half of a pair', plain('"\\ud83d"'), `message ${HALF}`),
    unstorable('the second half of a pair', plain('"\\ude00"'), `message ${HALF}`),
    unstorable('halves in capitals', plain('"\\uD83D"'), `message ${HALF}`),
    unstorable('halves in the wrong order', plain('"\\ude00\\ud83d"'), `message ${HALF}`),
    unstorable('two first halves and a second', plain('"\\ud83d\\ud83d\\ude00"'), `message ${HALF}`),
    unstorable('halves separated by a space', plain('"\\ud83d \\ude00"'), `message ${HALF}`),
    unstorable('half a pair in a key', plain('{"\\udfff":1}'), `message ${HALF}`),
    unstorable('half a pair in the id', plain('1', '"event_id":"\\ud800"'), `the event id ${HALF}`),
    unstorable('half a pair in the client', withClient('\\udbff'), `the client ${HALF}`),
    unstorable(
      'half a pair in an extension',
      cloud('"colour":"\\udc00","data":1'),
      `a member without a column ${HALF}`,
    ),
    {
      name: 'U+0000 in one element of an array',
      body: `[${plain('"\\u0000"')},${plain('2')}]`,
      outcome: [rejected('unstorable', `message ${NUL}`, { body: plain('"\\u0000"') }), stored('2')],
    },
    {
      name: 'U+0000 in a traceparent',
      body: plain('1', '"traceparent":"\\u0000\\ud800"'),
      outcome: stored('1', { attributes: '{"traceparent": "\uFFFD\uFFFD"}' }),
    },
    {
      name: 'U+0000 in an unknown member',
      body: plain('1', '"a\\u0000b":1'),
      outcome: rejected('unstorable', `a member without a column ${NUL}`),
    },
    { name: 'a backslash and u0000', body: plain('"\\\\u0000"'), outcome: stored('"\\\\u0000"') },
    { name: 'a backslash and ud800', body: plain('"\\\\ud800"'), outcome: stored('"\\\\ud800"') },
    {
      name: 'control characters, escaped',
      body: plain('"\\u0001\\u0007\\u001b[31m\\u001f\\u007f"'),
      outcome: stored('"\\u0001\\u0007\\u001b[31m\\u001f\u007f"'),
    },
    {
      name: 'U+FFFE and U+FFFF, escaped',
      body: plain('"\\ufffe\\uffff"'),
      outcome: stored('"\uFFFE\uFFFF"'),
    },
    refused('U+0001', '\u0001'),
    refused('U+0000', '\u0000'),
    refused('U+001B', '\u001b'),
    refused('U+FFFE', '\uFFFE'),
    refused('U+FFFF', '\uFFFF'),
    refused('half a surrogate pair', '\ud83d'),
    { ...kept('an emoji, not escaped', '😀'), serversDiffer: true },
    { ...kept('characters beyond the BMP in 1 MiB, not escaped', '𝒳'.repeat(200_000)), serversDiffer: true },
    unescaped('an emoji', '😀'),
    unescaped('a family of emoji', '👨‍👩‍👧‍👦'),
    unescaped('a flag and a skin', '🇩🇪👍🏽'),
    unescaped('the last character of Unicode', '\u{10FFFF}'),
    unescaped('letters beyond the BMP', '𝒳𐍈𠀀'),
    kept('ä in one character', '\u00e4'),
    kept('ä in two characters', 'a\u0308'),
    kept('a character that normalisation would change', '\u212b\ufb01\u2460'),
    kept('letters with many combining marks', `Z${'\u0335\u0321\u0353'.repeat(200)}`),
    kept('Arabic and Hebrew', 'مرحبا שלום'),
    kept('a direction override', 'invoice\u202efdp.exe'),
    kept('zero-width characters', 'a\u200b\u200c\u200d\u2060b'),
    kept('a BOM inside', 'a\uFEFFb'),
    kept('line ends of Unicode', '\u0085\u2028\u2029'),
    kept('control characters above ASCII', '\u0080\u009f'),
    kept('private-use characters', '\ue000\uf8ff'),
    kept('the replacement character', '\uFFFD'),
    kept('UTF-8 read as Latin-1', 'GrÃ¶ÃŸe â‚¬'),
    kept('an overlong encoding, percent-encoded', '%C0%80%E0%80%AF'),
    {
      name: 'ä in one and in two characters, as keys',
      body: plain('{"a\u0308":2,"\u00e4":1}'),
      outcome: stored('{"\u00e4": 1, "a\u0308": 2}'),
    },
    {
      name: 'bytes that are not UTF-8, in Base64',
      body: cloud('"data_base64":"wIDtoIA="'),
      outcome: stored('"wIDtoIA="', { source: '/shop', payloadEncoding: 'base64' }),
    },
    unknownClient('with a Cyrillic letter', '\u0441lient-3'),
    unknownClient('with a space behind', 'client-3 '),
    unknownClient('with a space without width', 'client-3\u200b'),
    unknownClient('in capitals', 'CLIENT-3'),
    unknownClient('in full width', 'ｃｌｉｅｎｔ－３'),
    unknownClient('with a leading BOM', '\uFEFFclient-3'),
    unknownClient('with a soft hyphen', 'client\u00ad-3'),
    unknownClient('from right to left', '\u202e3-tneilc'),
    {
      name: 'the same id in one and in two characters',
      earlier: plain('1', '"source":"nfc","event_id":"unicode-\u00e4"'),
      body: plain('2', '"source":"nfc","event_id":"unicode-a\u0308"'),
      outcome: stored('2', { source: 'nfc', eventId: 'unicode-a\u0308' }),
    },
    {
      name: 'the same id with a trailing space',
      earlier: plain('1', '"source":"nfc","event_id":"unicode-space"'),
      body: plain('2', '"source":"nfc","event_id":"unicode-space "'),
      outcome: stored('2', { source: 'nfc', eventId: 'unicode-space ' }),
    },
  ],
};
