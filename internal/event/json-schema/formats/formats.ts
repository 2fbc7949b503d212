import { isBase64 } from '../../body/base64.ts';
import { compareNums, isInteger, type Num, numOfText } from '../numbers.ts';
import { isHostname, isInternationalHostname, isIpv4, isIpv6 } from './hosts.ts';
import { isEmail, isInternationalEmail } from './mail.ts';
import { isJsonPointer, isJsonPointerFragment, isRegex, isRelativeJsonPointer, isUuid } from './texts.ts';
import { isDate, isDateTime, isDuration, isIsoDateTime, isIsoTime, isTime } from './times.ts';
import { isIri, isIriReference, isUri, isUriReference, isUriTemplate, isUrl } from './uris.ts';

/** The formats of texts, each in a time that grows with the text and no faster. */
const OF_TEXTS: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': isDateTime,
  date: isDate,
  time: isTime,
  duration: isDuration,
  'iso-date-time': isIsoDateTime,
  'iso-time': isIsoTime,
  email: isEmail,
  'idn-email': isInternationalEmail,
  hostname: isHostname,
  'idn-hostname': isInternationalHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  uri: isUri,
  'uri-reference': isUriReference,
  'uri-template': isUriTemplate,
  iri: isIri,
  'iri-reference': isIriReference,
  url: isUrl,
  uuid: isUuid,
  'json-pointer': isJsonPointer,
  'json-pointer-uri-fragment': isJsonPointerFragment,
  'relative-json-pointer': isRelativeJsonPointer,
  regex: isRegex,
  byte: isBase64,
  // Hints to whoever shows the value.
  password: () => true,
  binary: () => true,
};

/** Those of OpenAPI for numbers. */
const OF_NUMBERS: Readonly<Record<string, (num: Num) => boolean>> = {
  int32: integerBetween('-2147483648', '2147483647'),
  int64: integerBetween('-9223372036854775808', '9223372036854775807'),
  float: () => true,
  double: () => true,
};

function integerBetween(first: string, last: string): (num: Num) => boolean {
  const least = numOfText(first);
  const most = numOfText(last);
  return (num) => isInteger(num) && compareNums(num, least) >= 0 && compareNums(num, most) <= 0;
}

/** What a text takes: steps for any, and for each of its characters. */
interface Cost {
  readonly any: number;
  readonly character: number;
}

const ORDINARY: Cost = { any: 4, character: 0.125 };

/** Where a text is taken apart, or each character is looked up in tables. */
const COSTS: Readonly<Record<string, Cost>> = {
  email: { any: 4, character: 0.5 },
  'idn-email': { any: 16, character: 16 },
  hostname: { any: 4, character: 0.5 },
  'idn-hostname': { any: 16, character: 16 },
  ipv4: { any: 8, character: 0.125 },
  ipv6: { any: 24, character: 0.5 },
  uri: { any: 8, character: 0.125 },
  'uri-reference': { any: 8, character: 0.125 },
  iri: { any: 8, character: 0.25 },
  'iri-reference': { any: 8, character: 0.25 },
  'uri-template': { any: 4, character: 4 },
  url: { any: 4, character: 0.5 },
  // A text that is none is told with an exception.
  regex: { any: 128, character: 8 },
};

/** A format of texts, and how many steps it takes. */
export function formatOfTexts(
  name: string,
): { readonly accepts: (text: string) => boolean; readonly cost: Cost } | undefined {
  const accepts = Object.hasOwn(OF_TEXTS, name) ? OF_TEXTS[name] : undefined;
  return accepts === undefined ? undefined : { accepts, cost: COSTS[name] ?? ORDINARY };
}

export function formatOfNumbers(name: string): ((num: Num) => boolean) | undefined {
  return Object.hasOwn(OF_NUMBERS, name) ? OF_NUMBERS[name] : undefined;
}

/** The formats that are asserted; any other is taken for a remark. */
export const FORMAT_NAMES: readonly string[] = [...Object.keys(OF_TEXTS), ...Object.keys(OF_NUMBERS)];
