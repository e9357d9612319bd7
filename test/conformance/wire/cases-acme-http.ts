import { redirect } from '../../support/fake-web.ts';
import { NAME } from '../../support/views.ts';
import { type DcvRow, toDcvCase } from './dcv-row.ts';
import { at, elsewhere, TLS } from './web-sight.ts';

const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';
const KEY = `${TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI`;
const CHALLENGE = `http://${NAME}/.well-known/acme-challenge/${TOKEN}`;
const ACME = { validation_method: 'acme-http-01', token: TOKEN, key_authorization: KEY };

const ROWS: readonly DcvRow[] = [
  {
    name: 'acme-http-01 with its key authorization passes',
    parameters: ACME,
    sees: at({ [CHALLENGE]: KEY }),
  },
  {
    name: 'acme-http-01 with white space at the end passes',
    parameters: ACME,
    sees: at({ [CHALLENGE]: `${KEY}\r\n \n` }),
  },
  {
    name: 'acme-http-01 with white space before it fails',
    parameters: ACME,
    sees: at({ [CHALLENGE]: ` ${KEY}` }),
  },
  {
    name: 'acme-http-01 with white space before it passes under open-mpic',
    policy: 'open-mpic',
    parameters: ACME,
    sees: at({ [CHALLENGE]: ` ${KEY}` }),
  },
  {
    name: 'acme-http-01 with another key authorization fails',
    parameters: ACME,
    sees: at({ [CHALLENGE]: `${TOKEN}.${'A'.repeat(43)}` }),
  },
  { name: 'acme-http-01 with the token alone fails', parameters: ACME, sees: at({ [CHALLENGE]: TOKEN }) },
  { name: 'acme-http-01 with a page that is missing fails', parameters: ACME, sees: at({}) },
  {
    name: 'acme-http-01 with a page that was cut fails',
    parameters: ACME,
    sees: at({ [CHALLENGE]: { body: Buffer.from(KEY), bodyCut: true } }),
  },
  {
    name: 'acme-http-01 whose connection fails is not completed',
    parameters: ACME,
    sees: at({ [CHALLENGE]: 'closed' }),
  },
  {
    name: 'acme-http-01 behind a redirect passes',
    parameters: ACME,
    sees: at(
      {
        [CHALLENGE]: redirect('https://cdn.test/x?y=z'),
        'https://cdn.test/x?y=z': { body: Buffer.from(KEY), tls: TLS },
      },
      elsewhere,
    ),
  },
  {
    name: 'acme-http-01 of an address passes',
    target: '11.0.0.1',
    parameters: ACME,
    sees: at({ [`http://11.0.0.1/.well-known/acme-challenge/${TOKEN}`]: KEY }),
  },
  {
    name: 'acme-http-01 of a short token passes under open-mpic with an advisory',
    policy: 'open-mpic',
    parameters: { ...ACME, token: 'short', key_authorization: 'short.x' },
    sees: at({ [`http://${NAME}/.well-known/acme-challenge/short`]: 'short.x' }),
  },
];

export const ACME_HTTP_CASES = ROWS.map(toDcvCase);
