import { type BadInput, type Category, cloud, eventBridge, plain, rejected, sns, stored } from '../case.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const nestedObjects = (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
/** The envelope itself is one level. */
const DEEPEST = 511;

const tooDeep = (name: string, body: string, row = {}): BadInput => ({
  name,
  body,
  outcome: rejected('unstorable', 'the body nests deeper than 512 levels', row),
});

const text = (length: number, characters: string) => `"${characters.repeat(length)}"`;

export const DEPTH: Category = {
  title: 'Depth',
  rule: 'At most 512 levels of nesting. The event itself is the first; wrappers do not count. In an array each event is counted separately. An event that is too deep is still searched for its tenant, client, type and id.',
  cases: [
    { name: 'as deep as allowed', body: plain(nested(DEEPEST)), outcome: stored(nested(DEEPEST)) },
    {
      name: 'objects as deep as allowed',
      body: plain(nestedObjects(DEEPEST)),
      outcome: stored(nestedObjects(DEEPEST).replaceAll(':', ': ')),
    },
    {
      name: 'as deep as allowed, with a number that JavaScript cannot hold',
      body: plain(nested(DEEPEST).replace('[]', '[1.0]')),
      outcome: stored(nested(DEEPEST).replace('[]', '[1.0]')),
    },
    tooDeep('one level too deep', plain(nested(DEEPEST + 1)), {
      eventType: 'user-app',
      clientId: 'client-3',
    }),
    tooDeep('objects one level too deep', plain(nestedObjects(DEEPEST + 1)), { eventType: 'user-app' }),
    tooDeep('20,000 levels', plain(nested(20_000)), { eventType: 'user-app' }),
    tooDeep('half a million levels', plain(nested(500_000)), { eventType: 'user-app' }),
    tooDeep('100,000 levels of objects', plain(nestedObjects(100_000)), { eventType: 'user-app' }),
    tooDeep('a CloudEvent of 20,000 levels', cloud(`"id":"deep","data":${nested(20_000)}`), {
      source: '/shop',
      eventId: 'deep',
    }),
    {
      name: 'as deep as allowed in EventBridge, which does not count',
      body: eventBridge(plain(nested(DEEPEST))),
      outcome: stored(nested(DEEPEST)),
    },
    {
      name: 'as deep as allowed in SNS, which holds a text',
      body: sns(plain(nested(DEEPEST))),
      outcome: stored(nested(DEEPEST)),
    },
    {
      name: 'too deep in SNS',
      body: sns(plain(nested(DEEPEST + 1))),
      outcome: rejected('unstorable', 'Message of the SNS notification nests deeper than 512 levels', {
        eventType: 'user-app',
      }),
    },
    {
      name: 'a million unclosed brackets',
      body: '['.repeat(1_000_000),
      outcome: rejected('malformed_json', 'the body is not JSON'),
    },
    {
      name: 'a hundred thousand unclosed braces',
      body: '{"a":'.repeat(100_000),
      outcome: rejected('malformed_json', 'the body is not JSON'),
    },
    {
      name: 'brackets in a text do not count',
      body: plain(text(10_000, '[{')),
      outcome: stored(text(10_000, '[{')),
    },
    {
      name: 'brackets after escaped quotes do not count',
      body: plain(`"${'\\"['.repeat(1_000)}"`),
      outcome: stored(`"${'\\"['.repeat(1_000)}"`),
    },
    {
      name: 'an array around events as deep as allowed',
      body: `[${plain(nested(DEEPEST))},${plain('2')}]`,
      outcome: [stored(nested(DEEPEST)), stored('2')],
    },
    {
      name: 'one element too deep; the others are stored',
      body: `[${plain('1')},${plain(nested(DEEPEST + 1), '"event_id":"deep-2"')},5,${plain('3.0')}]`,
      outcome: [
        stored('1'),
        rejected('unstorable', 'the event nests deeper than 512 levels', {
          eventId: 'deep-2',
          body: plain(nested(DEEPEST + 1), '"event_id":"deep-2"'),
        }),
        rejected('invalid_envelope', 'got a number', { body: '5' }),
        stored('3.0'),
      ],
    },
    {
      name: 'an array in EventBridge with one element too deep; the others are stored',
      body: eventBridge(`[${plain('1')},${plain(nested(DEEPEST + 1))},${plain('3.0')}]`),
      outcome: [
        stored('1'),
        rejected('unstorable', 'the event nests deeper than 512 levels', {
          eventType: 'user-app',
          body: plain(nested(DEEPEST + 1)),
        }),
        stored('3.0'),
      ],
    },
    {
      name: 'an array in EventBridge in SNS in EventBridge with one element of 20,000 levels',
      body: eventBridge(sns(eventBridge(`[${plain('1')},${plain(nested(20_000))}]`))),
      outcome: [stored('1'), rejected('unstorable', 'the event nests deeper than 512 levels')],
    },
    {
      name: 'EventBridge around an event that is too deep',
      body: eventBridge(plain(nested(DEEPEST + 1))),
      outcome: rejected('unstorable', 'detail of the EventBridge event nests deeper than 512 levels', {
        eventType: 'user-app',
      }),
    },
    {
      name: 'a million brackets in EventBridge around nothing',
      body: eventBridge(nested(500_000)),
      outcome: [rejected('unstorable', 'the event nests deeper than 512 levels', { body: nested(499_999) })],
    },
    {
      name: '900 elements of 520 levels and a good event',
      body: `[${`${nested(520)},`.repeat(900)}${plain('1')}]`,
      outcome: [
        ...Array.from({ length: 900 }, () =>
          rejected('unstorable', 'the event nests deeper than 512 levels', { body: nested(520) }),
        ),
        stored('1'),
      ],
    },
  ],
};
