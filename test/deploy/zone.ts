import { DCV_PREFIX } from '../../services/cli/verify/options.ts';
import { BUILT_IN_PERSPECTIVES } from '../../shared/contract/settings/perspective-file.ts';
import { type LabServer, startDnsServer } from '../lab/dns/dns-server.ts';
import type { LabRecord } from '../lab/dns/zone.ts';
import type { Cleanup } from './cleanup.ts';

/** The deployed service takes no test names, so these look like any other. Only the servers below are ever asked for them. */
const ZONE = 'mpic-deploy-check.net';

export const CA_DOMAIN = `ca.${ZONE}`;
export const PERMITTED = `permitted.${ZONE}`;
export const FORBIDDEN = `forbidden.${ZONE}`;
/** One perspective's server says nothing about it. */
export const UNHEARD = `unheard.${ZONE}`;
export const DCV_VALUE = 'mpic-deploy-check-41c7c0d9e2f3';

const RECORDS: readonly LabRecord[] = [
  {
    name: ZONE,
    type: 'SOA',
    values: [`ns.${ZONE} hostmaster.${ZONE} 1 3600 600 86400 60`],
  },
  { name: PERMITTED, type: 'CAA', values: [`0 issue "${CA_DOMAIN}"`] },
  { name: UNHEARD, type: 'CAA', values: [`0 issue "${CA_DOMAIN}"`] },
  { name: FORBIDDEN, type: 'CAA', values: [`0 issue "another-ca.${ZONE}"`] },
  { name: `${DCV_PREFIX}.${PERMITTED}`, type: 'TXT', values: [`"${DCV_VALUE}"`] },
];

/** The perspective whose server does not know {@link UNHEARD}. */
const DEAF = 'us-west-2';

/** A resolver on loopback for each perspective, by its code. */
export async function startResolvers(cleanup: Cleanup): Promise<ReadonlyMap<string, LabServer>> {
  const codes = BUILT_IN_PERSPECTIVES.perspectives.map(({ code }) => code);
  const started = codes.map(async (code) => {
    const scripts = code === DEAF ? [{ name: UNHEARD, silent: true }] : [];
    const server = await startDnsServer({ records: RECORDS, scripts });
    cleanup.add(() => server.close());
    return [code, server] as const;
  });
  return new Map(await Promise.all(started));
}
