import { cnameTo, type Script, txt } from '../../support/fake-resolver.ts';
import { caaRequest } from '../../support/harness.ts';
import { NAME } from '../../support/views.ts';
import { SMALLEST } from '../../unit/api/dcv-requests.ts';
import { dcvRequest, VALUE } from './dcv-row.ts';
import { post, type WireCase } from './wire-case.ts';

const APPLIED_FOR = `www.${NAME}`;
const DELEGATED = 't.d.cdn.test';
const ADN = 'cdn.test';
const cname = (to: string, from?: string) => ({ step: 'cname', to, ...(from === undefined ? {} : { from }) });
const prune = (to: string) => ({ step: 'prune', to });
const CHANGE = { validation_method: 'dns-change', dns_record_type: 'TXT', challenge_value: VALUE };
const STEPS = [cname(DELEGATED, APPLIED_FOR), prune(ADN)];
const HONEST: Script = {
  [`CNAME ${APPLIED_FOR}`]: [cnameTo(`${DELEGATED}.`)],
  [`TXT ${ADN}`]: [txt(VALUE)],
  [`TXT ${NAME}`]: [txt(VALUE)],
  'PTR 1.0.0.11.in-addr.arpa': [{ type: 'PTR', value: `${NAME}.` }],
};

interface OrderRow {
  readonly name: string;
  readonly changes: Record<string, unknown>;
  readonly parameters?: Record<string, unknown>;
  readonly script?: Script;
}
const led = (changes: Record<string, unknown> = {}) => ({
  domain_or_ip_target: ADN,
  applied_for: APPLIED_FOR,
  adn_steps: STEPS,
  ...changes,
});
const from = (applied: string, steps: readonly unknown[], target = NAME) => ({
  domain_or_ip_target: target,
  applied_for: applied,
  adn_steps: steps,
});

const ROWS: readonly OrderRow[] = [
  {
    name: 'an order with all that can be said of it is echoed',
    changes: led({
      order_reference: 'order 4711/2',
      certificate_type: 'tls-server',
      trace_identifier: 't-1',
    }),
  },
  {
    name: 'an order with nulls is echoed with nulls',
    changes: { applied_for: null, adn_steps: null, order_reference: null, certificate_type: null },
  },
  {
    name: 'an order of nothing has the advisory that nothing was checked',
    changes: { applied_for: undefined },
  },
  { name: 'an order for the target in capitals', changes: { applied_for: NAME.toUpperCase() } },
  { name: 'an order for S/MIME', changes: { certificate_type: 's-mime' } },
  {
    name: 'an order for S/MIME of an address is refused',
    changes: { domain_or_ip_target: '11.0.0.1', applied_for: '11.0.0.1', certificate_type: 's-mime' },
    parameters: { validation_method: 'website-change', ...SMALLEST['website-change'] },
  },
  { name: 'an order for an unknown kind of certificate is refused', changes: { certificate_type: 'code' } },
  { name: 'an order with a reference that is empty is refused', changes: { order_reference: '' } },
  {
    name: 'an order with a reference of 257 characters is refused',
    changes: { order_reference: 'x'.repeat(257) },
  },
  { name: 'an order for another name without steps is refused', changes: { applied_for: APPLIED_FOR } },
  {
    name: 'an order with steps and without a name is refused',
    changes: { applied_for: undefined, adn_steps: [] },
  },
  { name: 'an order for a name that cannot be read is refused', changes: { applied_for: 'a..b' } },
  { name: 'an order for a name written otherwise is refused', changes: { applied_for: `${NAME}.` } },
  { name: 'an order with labels pruned', changes: from(`a.b.${NAME}`, [prune(NAME)]) },
  {
    name: 'an order for a wildcard name with its label stripped',
    changes: from(`*.${NAME}`, [{ step: 'strip' }]),
  },
  {
    name: 'an order for a wildcard name with a CNAME is refused',
    changes: from(`*.${NAME}`, [{ step: 'strip' }, cname(ADN)], ADN),
  },
  {
    name: 'an order with a CNAME after pruning is refused',
    changes: from(APPLIED_FOR, [prune(NAME), cname(ADN)], ADN),
  },
  {
    name: 'an order with a CNAME from another name is refused',
    changes: led({ adn_steps: [cname(DELEGATED, NAME), prune(ADN)] }),
  },
  {
    name: 'an order pruned above the Base Domain Name is refused',
    changes: from(NAME, [prune('test')], 'a.test'),
  },
  { name: 'an order pruned to something else is refused', changes: from(APPLIED_FOR, [prune(ADN)], ADN) },
  { name: 'an order whose steps end elsewhere is refused', changes: led({ adn_steps: [cname(DELEGATED)] }) },
  { name: 'an order with a strip of a plain name is refused', changes: from(NAME, [{ step: 'strip' }]) },
  {
    name: 'an order with a CNAME for a method without is refused',
    changes: led(),
    parameters: { validation_method: 'website-change', ...SMALLEST['website-change'] },
  },
  { name: 'an order by a reverse lookup', changes: from('11.0.0.1', [{ step: 'ptr', to: NAME }]) },
  {
    name: 'an order by a reverse lookup of a name is refused',
    changes: from(NAME, [{ step: 'ptr', to: ADN }], ADN),
  },
  {
    name: 'an order with an unknown step is refused',
    changes: led({ adn_steps: [{ step: 'dname', to: ADN }] }),
  },
  {
    name: 'an order with a step without its end is refused',
    changes: led({ adn_steps: [{ step: 'prune' }] }),
  },
  {
    name: 'an order with an unknown member in a step is refused',
    changes: led({ adn_steps: [{ step: 'prune', to: ADN, by: 2 }] }),
  },
  {
    name: 'an order with a step to a name that is none is refused',
    changes: led({ adn_steps: [prune('a b')] }),
  },
  {
    name: 'an order with seventeen steps is refused',
    changes: led({ adn_steps: Array.from({ length: 17 }, () => prune(ADN)) }),
  },
  { name: 'an order with steps that are no list is refused', changes: led({ adn_steps: 'strip' }) },
  {
    name: 'an order whose alias is another one does not corroborate',
    changes: led(),
    script: { ...HONEST, [`CNAME ${APPLIED_FOR}`]: [cnameTo('parked.test.')] },
  },
  {
    name: 'an order whose alias is gone does not corroborate',
    changes: led(),
    script: { [`TXT ${ADN}`]: [txt(VALUE)] },
  },
  {
    name: 'an order whose alias cannot be looked up is not completed',
    changes: led(),
    script: { ...HONEST, [`CNAME ${APPLIED_FOR}`]: 'servfail' },
  },
  {
    name: 'a challenge of yesterday',
    changes: {},
    parameters: { ...CHANGE, challenge_created_at: '2026-11-20T12:00:00+02:00' },
  },
  {
    name: 'a challenge of 31 days ago is refused',
    changes: {},
    parameters: { ...CHANGE, challenge_created_at: '2026-10-21T12:00:00Z' },
  },
  {
    name: 'a challenge of four minutes ahead',
    changes: {},
    parameters: { ...CHANGE, challenge_created_at: '2026-11-21T12:04:00.5Z' },
  },
  {
    name: 'a challenge of six minutes ahead is refused',
    changes: {},
    parameters: { ...CHANGE, challenge_created_at: '2026-11-21T12:06:00Z' },
  },
  {
    name: 'a Random Value by its type',
    changes: {},
    parameters: { ...CHANGE, challenge_type: 'random-value', challenge_created_at: '2026-11-21T12:00:00Z' },
  },
  {
    name: 'a Request Token by its type',
    changes: {},
    parameters: { ...CHANGE, challenge_type: 'request-token', challenge_created_at: '2026-11-21T12:00:00Z' },
  },
  {
    name: 'a Request Token of a second ahead is refused',
    changes: {},
    parameters: { ...CHANGE, challenge_type: 'request-token', challenge_created_at: '2026-11-21T12:00:01Z' },
  },
  {
    name: 'a Request Token of 31 days ago is refused',
    changes: {},
    parameters: { ...CHANGE, challenge_type: 'request-token', challenge_created_at: '2026-10-20T12:00:00Z' },
  },
];

const CAA_ROWS: Readonly<Record<string, Record<string, unknown>>> = {
  'a CAA check of an order is echoed with it': { applied_for: NAME, order_reference: 'o-1' },
  'a CAA check of an order for another name is refused': { applied_for: APPLIED_FOR },
  'a CAA check of an order for an address is refused': { applied_for: '11.0.0.1' },
};

export const ORDER_CASES: readonly WireCase[] = [
  ...ROWS.map(({ name, changes, parameters = CHANGE, script = HONEST }) => ({
    name,
    sees: { script },
    steps: [post(dcvRequest(parameters, changes))],
  })),
  ...Object.entries(CAA_ROWS).map(([name, changes]) => ({ name, steps: [post(caaRequest(changes))] })),
];
