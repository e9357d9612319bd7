import { caaRequest } from '../../support/harness.ts';
import { post, type WireCase } from './wire-case.ts';

interface BodyRow {
  readonly name: string;
  readonly body: string | Uint8Array;
  readonly headers?: Record<string, string>;
  readonly quotesEngine?: true;
}

const GOOD = JSON.stringify(caaRequest());
const octets = (...values: number[]) => new Uint8Array(values);
const withOctets = (...values: number[]) =>
  Buffer.concat([Buffer.from('{"a":"'), octets(...values), Buffer.from('"}')]);
const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
const withMember = (text: string) => `${GOOD.slice(0, -1)},${text}}`;

const ROWS: readonly BodyRow[] = [
  { name: 'a body that is empty', body: '', quotesEngine: true },
  { name: 'a body that is white space', body: ' \n', quotesEngine: true },
  { name: 'a body that breaks off after its brace', body: '{', quotesEngine: true },
  { name: 'a body that breaks off within a string', body: '{"check_type":"ca', quotesEngine: true },
  { name: 'a body with a comma too many', body: '{"a":1,}', quotesEngine: true },
  { name: 'a body with single quotes', body: "{'a':1}", quotesEngine: true },
  { name: 'a body with a member name that is no string', body: '{1:2}', quotesEngine: true },
  { name: 'a body with a member name without quotes', body: '{check_type:"caa"}', quotesEngine: true },
  { name: 'a body with NaN', body: '{"a":NaN}', quotesEngine: true },
  { name: 'a body with a comment', body: `/* caa */ ${GOOD}`, quotesEngine: true },
  { name: 'a body with a second value behind it', body: `${GOOD} {}`, quotesEngine: true },
  { name: 'a body with a line break within a string', body: '{"a":"b\nc"}', quotesEngine: true },
  {
    name: 'a body with control and format characters that is no JSON',
    body: '\u0007\u202e\u2028{',
    quotesEngine: true,
  },
  { name: 'a body with a bad escape', body: '{"a":"\\x"}', quotesEngine: true },
  { name: 'a body with a byte order mark', body: `\uFEFF${GOOD}` },
  { name: 'a body with an octet that is no UTF-8', body: withOctets(0xff) },
  { name: 'a body with an overlong form of UTF-8', body: withOctets(0xc0, 0xaf) },
  { name: 'a body with half a surrogate pair in UTF-8', body: withOctets(0xed, 0xa0, 0x80) },
  { name: 'a body that breaks off within a character', body: octets(0x22, 0xe2, 0x82) },
  { name: 'a body in UTF-16', body: Buffer.from(GOOD, 'utf16le'), quotesEngine: true },
  {
    name: 'a body with half a surrogate pair by an escape',
    body: withMember('"trace_identifier":"\\ud800"'),
  },
  { name: 'a body with half a surrogate pair in the name of a member', body: withMember('"\\udc00":1') },
  { name: 'a body with a member twice', body: withMember('"check_type":"dcv"') },
  { name: 'a body with a member twice, once by an escape', body: withMember('"check\\u005ftype":"dcv"') },
  {
    name: 'a body with a member twice in an inner object',
    body: withMember('"caa_check_parameters":{"caa_domains":["a"],"caa_domains":["b"]}').replace(
      '"caa_check_parameters":{"caa_domains":["ca.example"]},',
      '',
    ),
  },
  { name: 'a body with a member named __proto__', body: withMember('"__proto__":{}') },
  {
    name: 'a body with a number beyond all bounds',
    body: withMember('"orchestration_parameters":{"perspective_count":1e999}'),
  },
  {
    name: 'a body with a number whose fraction would be lost',
    body: withMember('"orchestration_parameters":{"perspective_count":6.00000000000000000001}'),
  },
  {
    name: 'a body with a whole number in exponents is taken',
    body: withMember('"orchestration_parameters":{"perspective_count":60e-1}'),
  },
  { name: 'a body of sixteen levels is read', body: nested(15) },
  { name: 'a body of seventeen levels is refused', body: nested(16) },
  { name: 'a body that is compressed', body: GOOD, headers: { 'content-encoding': 'gzip' } },
  { name: 'a body that is null', body: 'null' },
  { name: 'a body that is a list', body: '[]' },
  { name: 'a body that is a list of a request', body: `[${GOOD}]` },
  { name: 'a body that is a string', body: '"caa"' },
  { name: 'a body that is a number', body: '3.5' },
  { name: 'a body that is an empty object', body: '{}' },
  {
    name: 'a body with the content type of another JSON',
    body: GOOD,
    headers: { 'content-type': 'application/vnd.mpic+json; charset=latin1' },
  },
  {
    name: 'a body with a content type in capitals',
    body: GOOD,
    headers: { 'content-type': 'Application/JSON ; charset=utf-8' },
  },
  { name: 'a body with white space around it is another body and the same request', body: ` \t${GOOD}\r\n` },
  { name: 'a body as plain text is refused', body: GOOD, headers: { 'content-type': 'text/plain' } },
  {
    name: 'a body as a form is refused',
    body: GOOD,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  { name: 'a body as JSON lines is refused', body: GOOD, headers: { 'content-type': 'application/jsonl' } },
  { name: 'a body with an empty content type is refused', body: GOOD, headers: { 'content-type': '' } },
  {
    name: 'a body above 64 KiB is refused',
    body: JSON.stringify(caaRequest({ trace_identifier: 'x'.repeat(65 * 1024) })),
  },
  {
    name: 'a body above 64 KiB by what it says of itself is refused',
    body: GOOD,
    headers: { 'content-length': '65537' },
  },
  { name: 'a body of 64 KiB is read', body: GOOD.padEnd(64 * 1024) },
  { name: 'a body of one octet more is refused', body: GOOD.padEnd(64 * 1024 + 1) },
];

export const BODY_CASES: readonly WireCase[] = ROWS.map(({ name, body, headers = {}, quotesEngine }) => ({
  name,
  ...(quotesEngine === undefined ? {} : { quotesEngine }),
  steps: [post(body, { headers })],
}));
