import { CA, NAME } from '../../support/views.ts';
import type { Zone } from '../../support/zone-resolver.ts';
import type { Sight } from './sight.ts';
import { post, type WireCase } from './wire-case.ts';

/** A CAA check whose zone every perspective sees alike. */
export interface CaaRow {
  readonly name: string;
  readonly zone: Zone;
  readonly facts?: Sight['facts'];
  readonly target?: string;
  /** `caa_check_parameters` beyond the domains of the CA. */
  readonly parameters?: Record<string, unknown>;
  readonly changes?: Record<string, unknown>;
  readonly policy?: 'open-mpic';
}

export const toCaaCase = ({
  name,
  zone,
  facts,
  target = NAME,
  parameters = {},
  changes = {},
  policy,
}: CaaRow): WireCase => ({
  name,
  sees: { zone, ...(facts === undefined ? {} : { facts }) },
  service: () => ({ config: { caaDomains: [CA], ...(policy === undefined ? {} : { policy }) } }),
  steps: [
    post({
      check_type: 'caa',
      domain_or_ip_target: target,
      caa_check_parameters: { caa_domains: [CA], ...parameters },
      ...changes,
    }),
  ],
});
