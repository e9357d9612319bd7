import { addressRecord } from '../../support/fake-resolver.ts';
import { NAME } from '../../support/views.ts';
import { type CertificateName, certificateOf, DIGEST } from './certificates.ts';
import { type DcvRow, toDcvCase } from './dcv-row.ts';
import type { Sight } from './sight.ts';

const ALPN = { validation_method: 'acme-tls-alpn-01', key_authorization_hash: DIGEST.toString('hex') };
const script = { [`A ${NAME}`]: [addressRecord('A', '11.0.0.1')] };
const shows = (name: CertificateName): Sight => ({ script, tls: { certificate: certificateOf(name) } });
const ends = (tls: NonNullable<Sight['tls']>): Sight => ({ script, tls });

const WRONG: readonly CertificateName[] = [
  'with another digest',
  'of another name',
  'of two names',
  'without names',
  'without an acmeIdentifier',
  'with an acmeIdentifier that is not critical',
  'with an acmeIdentifier that is malformed',
  'with an acmeIdentifier twice',
  'signed by another key',
  'of another issuer',
  'of the address',
];

const ROWS: readonly DcvRow[] = [
  { name: 'acme-tls-alpn-01 with its certificate passes', parameters: ALPN, sees: shows('right') },
  {
    name: 'acme-tls-alpn-01 with its digest in base64url passes',
    parameters: { ...ALPN, key_authorization_hash: DIGEST.toString('base64url') },
    sees: shows('right'),
  },
  {
    name: 'acme-tls-alpn-01 of an address passes',
    target: '11.0.0.1',
    parameters: ALPN,
    sees: shows('of the address'),
  },
  {
    name: 'acme-tls-alpn-01 of an address with the certificate of a name fails',
    target: '11.0.0.1',
    parameters: ALPN,
    sees: shows('right'),
  },
  {
    name: 'acme-tls-alpn-01 of another address fails',
    target: '11.0.0.2',
    parameters: ALPN,
    sees: shows('of the address'),
  },
  ...WRONG.map((name) => ({
    name: `acme-tls-alpn-01 with a certificate ${name} fails`,
    parameters: ALPN,
    sees: shows(name),
  })),
  {
    name: 'acme-tls-alpn-01 with a certificate without an acmeIdentifier fails under open-mpic',
    policy: 'open-mpic',
    parameters: ALPN,
    sees: shows('without an acmeIdentifier'),
  },
  {
    name: 'acme-tls-alpn-01 with a certificate that is no DER fails',
    parameters: ALPN,
    sees: ends({ certificate: Buffer.from('no certificate') }),
  },
  {
    name: 'acme-tls-alpn-01 without a certificate fails',
    parameters: ALPN,
    sees: ends({ certificate: null }),
  },
  {
    name: 'acme-tls-alpn-01 without a protocol selected fails',
    parameters: ALPN,
    sees: ends({ certificate: certificateOf('right'), alpnProtocol: null }),
  },
  {
    name: 'acme-tls-alpn-01 with another protocol selected fails',
    parameters: ALPN,
    sees: ends({ certificate: certificateOf('right'), alpnProtocol: 'h2' }),
  },
  {
    name: 'acme-tls-alpn-01 over TLS 1.2 passes',
    parameters: ALPN,
    sees: ends({ certificate: certificateOf('right'), protocol: 'TLSv1.2' }),
  },
  ...(['unreachable', 'timeout', 'closed', 'malformed', 'too-large', 'tls', 'address-refused'] as const).map(
    (reason) => ({
      name: `acme-tls-alpn-01 whose connection ends with ${reason} is not completed`,
      parameters: ALPN,
      sees: ends(reason),
    }),
  ),
  {
    name: 'acme-tls-alpn-01 of a name without an address is not completed',
    parameters: ALPN,
    sees: { script: {} },
  },
  {
    name: 'acme-tls-alpn-01 of a wildcard name is refused',
    target: `*.${NAME}`,
    changes: { applied_for: undefined },
    parameters: ALPN,
  },
];

export const TLS_CASES = ROWS.map(toDcvCase);
