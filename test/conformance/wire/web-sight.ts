import { addressRecord, type Script } from '../../support/fake-resolver.ts';
import type { Pages } from '../../support/fake-web.ts';
import { NAME } from '../../support/views.ts';
import type { Sight } from './sight.ts';

export const TLS = {
  protocol: 'TLSv1.3',
  verified: false,
  verificationError: 'self-signed certificate',
  certificateSha256: 'ab'.repeat(32),
};

export const ADDRESS: Script = { [`A ${NAME}`]: [addressRecord('A', '11.0.0.1')] };
/** Web servers at the addresses of the names. */
export const at = (pages: Pages, script: Script = ADDRESS): Sight => ({ script, pages });
/** Where redirects lead. */
export const elsewhere: Script = { ...ADDRESS, 'A cdn.test': [addressRecord('A', '11.0.0.2')] };
