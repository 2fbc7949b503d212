import { expect, test } from 'vitest';
import { splitAttributes, textOfBinary } from './message-attributes.ts';

const UTF8 = Buffer.from('order', 'utf8');
const NO_TEXT = Buffer.from([0xc0, 0x80]);

test.each([
  'ce-type',
  'CE_ID',
  'cloudEvents:source',
  'cloudevents_time',
  'Content-Type',
  'contentEncoding',
  'traceparent',
])('bytes that are a text are read as one where a text is expected: %s', (name) => {
  expect(textOfBinary(name, UTF8)).toBe('order');
  expect(textOfBinary(name, NO_TEXT)).toBe('wIA=');
});

test.each(['colour', 'ce', 'content-length', 'traceparent-2', 'source-ce-id'])(
  'other bytes are their Base64: %s',
  (name) => {
    expect(textOfBinary(name, UTF8)).toBe('b3JkZXI=');
  },
);

test("SQS's own attributes are told from the sender's by their names", () => {
  const system = {
    SenderId: 'AIDA',
    MessageGroupId: 'g',
    AWSTraceHeader: 'Root=1',
    ApproximateReceiveCount: '2',
  };
  const own = { senderid: 'x', colour: 'blue' };
  expect(splitAttributes({ ...system, ...own })).toEqual({ attributes: own, systemAttributes: system });
});
