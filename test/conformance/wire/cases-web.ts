import type { Script } from '../../support/fake-resolver.ts';
import { redirect } from '../../support/fake-web.ts';
import { NAME } from '../../support/views.ts';
import { type DcvRow, OTHER_VALUE, toDcvCase, VALUE } from './dcv-row.ts';
import type { Sight } from './sight.ts';
import { ADDRESS, at, elsewhere, TLS } from './web-sight.ts';

const FILE = '/.well-known/pki-validation/proof.txt';
const PAGE = `http://${NAME}${FILE}`;
const SECURE_PAGE = `https://${NAME}${FILE}`;
const WEBSITE = { validation_method: 'website-change', http_token_path: 'proof.txt', challenge_value: VALUE };
const website = (more: Record<string, unknown>) => ({ ...WEBSITE, ...more });
const moved = (location: string, status = 302, script: Script = ADDRESS): Sight =>
  at({ [PAGE]: redirect(location, status) }, script);

const WEBSITE_ROWS: readonly DcvRow[] = [
  { name: 'website-change with its page passes', parameters: WEBSITE, sees: at({ [PAGE]: VALUE }) },
  {
    name: 'website-change with its value within a page passes',
    parameters: WEBSITE,
    sees: at({ [PAGE]: { body: Buffer.from(`<p>${VALUE}</p>`), contentType: 'text/html; charset=utf-8' } }),
  },
  {
    name: 'website-change over https tells of TLS',
    parameters: website({ url_scheme: 'https' }),
    sees: at({ [SECURE_PAGE]: { body: Buffer.from(VALUE), tls: TLS } }),
  },
  { name: 'website-change with another value fails', parameters: WEBSITE, sees: at({ [PAGE]: OTHER_VALUE }) },
  {
    name: 'website-change in other letters fails',
    parameters: WEBSITE,
    sees: at({ [PAGE]: VALUE.toUpperCase() }),
  },
  {
    name: 'website-change in other letters passes without exact case',
    parameters: website({ require_exact_case: false }),
    sees: at({ [PAGE]: VALUE.toUpperCase() }),
  },
  { name: 'website-change with an empty page fails', parameters: WEBSITE, sees: at({ [PAGE]: '' }) },
  {
    name: 'website-change with octets that are no text fails',
    parameters: WEBSITE,
    sees: at({
      [PAGE]: { body: new Uint8Array([0, 255, 254, 13, 10]), contentType: 'application/octet-stream' },
    }),
  },
  {
    name: 'website-change with a page that was cut looks at its beginning',
    parameters: WEBSITE,
    sees: at({ [PAGE]: { body: Buffer.from(VALUE), bodyCut: true } }),
  },
  { name: 'website-change with a page that is missing fails', parameters: WEBSITE, sees: at({}) },
  ...[204, 401, 403, 410, 500, 503].map((statusCode) => ({
    name: `website-change with status ${statusCode}`,
    parameters: WEBSITE,
    sees: at({ [PAGE]: { statusCode, body: Buffer.from(VALUE) } }),
  })),
  ...(['unreachable', 'timeout', 'closed', 'malformed', 'too-large', 'tls', 'address-refused'] as const).map(
    (reason) => ({
      name: `website-change whose connection ends with ${reason} is not completed`,
      parameters: WEBSITE,
      sees: at({ [PAGE]: reason }),
    }),
  ),
  ...[301, 302, 307, 308].map((status) => ({
    name: `website-change behind a redirect of status ${status} passes`,
    parameters: WEBSITE,
    sees: at(
      { [PAGE]: redirect('http://cdn.test/proof', status), 'http://cdn.test/proof': VALUE },
      elsewhere,
    ),
  })),
  {
    name: 'website-change behind two redirects and a relative one passes',
    parameters: WEBSITE,
    sees: at(
      {
        [PAGE]: redirect('/a'),
        [`http://${NAME}/a`]: redirect('https://cdn.test/b'),
        'https://cdn.test/b': { body: Buffer.from(VALUE), tls: TLS },
      },
      elsewhere,
    ),
  },
  {
    name: 'website-change behind a redirect of status 303 fails',
    parameters: WEBSITE,
    sees: moved('http://cdn.test/proof', 303, elsewhere),
  },
  {
    name: 'website-change behind a redirect without a location fails',
    parameters: WEBSITE,
    sees: at({ [PAGE]: { statusCode: 302 } }),
  },
  {
    name: 'website-change behind a redirect with two locations fails',
    parameters: WEBSITE,
    sees: at({ [PAGE]: { statusCode: 302, locations: ['/a', '/b'] } }),
  },
  {
    name: 'website-change behind a redirect to another port fails',
    parameters: WEBSITE,
    sees: moved('http://cdn.test:8080/proof'),
  },
  {
    name: 'website-change behind a redirect to another scheme fails',
    parameters: WEBSITE,
    sees: moved('ftp://cdn.test/proof'),
  },
  {
    name: 'website-change behind a redirect to a numeric host fails',
    parameters: WEBSITE,
    sees: moved('http://2130706433/proof'),
  },
  { name: 'website-change behind a redirect to itself fails', parameters: WEBSITE, sees: moved(PAGE) },
  {
    name: 'website-change behind a redirect with its value in the URL fails',
    parameters: WEBSITE,
    sees: moved(`http://cdn.test/${VALUE}`),
  },
  {
    name: 'website-change behind a redirect to a name without an address is not completed',
    parameters: WEBSITE,
    sees: moved('http://gone.test/'),
  },
  { name: 'website-change of a name without an address is not completed', parameters: WEBSITE },
  {
    name: 'website-change of a name whose IPv6 answer is forged is not completed',
    parameters: WEBSITE,
    sees: at({ [PAGE]: VALUE }, { ...ADDRESS, [`AAAA ${NAME}`]: 'bogus' }),
  },
  {
    name: 'website-change of a name whose IPv6 lookup fails passes over IPv4',
    parameters: WEBSITE,
    sees: at({ [PAGE]: VALUE }, { ...ADDRESS, [`AAAA ${NAME}`]: 'servfail' }),
  },
  {
    name: 'website-change of an IPv4 address passes',
    target: '11.0.0.1',
    parameters: WEBSITE,
    sees: at({ [`http://11.0.0.1${FILE}`]: VALUE }),
  },
  {
    name: 'website-change of an IPv6 address in brackets passes',
    target: '[2a00:1450:4001:0::1]',
    parameters: WEBSITE,
    sees: at({ [`http://[2a00:1450:4001::1]${FILE}`]: VALUE }),
  },
  {
    name: 'website-change of an address behind a redirect fails',
    target: '11.0.0.1',
    parameters: WEBSITE,
    sees: at({ [`http://11.0.0.1${FILE}`]: redirect(`http://${NAME}/`), [`http://${NAME}/`]: VALUE }),
  },
  {
    name: 'website-change with a pattern that is found passes',
    parameters: website({ match_regex: '^rv-[0-9a-f]{20}$' }),
    sees: at({ [PAGE]: VALUE }),
  },
  {
    name: 'website-change with a pattern that is not found fails',
    parameters: website({ match_regex: '^other$' }),
    sees: at({ [PAGE]: VALUE }),
  },
  {
    name: 'website-change with a pattern alone passes under open-mpic and does not corroborate',
    policy: 'open-mpic',
    parameters: website({ challenge_value: '', match_regex: 'rv-[0-9a-f]+' }),
    sees: at({ [PAGE]: VALUE }),
  },
  {
    name: 'website-change with headers of the caller is echoed with them',
    parameters: website({ http_headers: { 'User-Agent': 'example-ca/1.0', Accept: 'text/plain' } }),
    sees: at({ [PAGE]: VALUE }),
  },
  {
    name: 'website-change with a header that may mislead passes under open-mpic and does not corroborate',
    policy: 'open-mpic',
    parameters: website({ http_headers: { 'X-Original-URL': '/x' } }),
    sees: at({ [PAGE]: VALUE }),
  },
  {
    name: 'website-change within an allowed network is marked',
    parameters: WEBSITE,
    sees: { ...at({ [PAGE]: VALUE }), allowedNetworks: ['127.0.0.0/8'] },
  },
];

export const WEB_CASES = WEBSITE_ROWS.map(toDcvCase);
