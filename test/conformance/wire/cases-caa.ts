import { CA, NAME } from '../../support/views.ts';
import { absent, caa, cname, dname, issue, issuewild, type Zone } from '../../support/zone-resolver.ts';
import { type CaaRow, toCaaCase } from './caa-row.ts';

const PARENT = 'example.test';
const limited = (limits: string): Zone => ({ [NAME]: [issue(`${CA}; ${limits}`)] });

const ROWS: readonly CaaRow[] = [
  { name: 'CAA that names the CA permits', zone: { [NAME]: [issue(CA)] } },
  { name: 'CAA that names another CA forbids', zone: { [NAME]: [issue('other.example')] } },
  { name: 'CAA with an empty issuer forbids everybody', zone: { [NAME]: [issue(';')] } },
  {
    name: 'CAA with one of two issuers being the CA permits',
    zone: { [NAME]: [issue('other.example'), issue(CA)] },
  },
  { name: 'CAA that names the CA in capitals permits', zone: { [NAME]: [issue('CA.EXAMPLE')] } },
  { name: 'CAA with parameters nobody knows permits', zone: limited('colour=blue') },
  { name: 'CAA whose value is malformed forbids', zone: { [NAME]: [issue(`${CA}; =`)] } },
  {
    name: 'CAA whose value holds control characters is told with escapes',
    zone: { [NAME]: [issue('a\u0000\n\u00ff"\\b')] },
  },
  {
    name: 'CAA with iodef alone restricts nobody',
    zone: { [NAME]: [caa(0, 'iodef', 'mailto:sec@example.test')] },
  },
  {
    name: 'CAA with iodef beside an issuer changes nothing',
    zone: { [NAME]: [caa(0, 'iodef', 'https://report.example.test'), issue(CA)] },
  },
  {
    name: 'CAA with an unknown property that is critical forbids',
    zone: { [NAME]: [caa(128, 'tbs', 'unknown'), issue(CA)] },
  },
  {
    name: 'CAA with an unknown property that is not critical permits',
    zone: { [NAME]: [caa(0, 'tbs', 'unknown'), issue(CA)] },
  },
  { name: 'CAA with a known property that is critical permits', zone: { [NAME]: [caa(128, 'issue', CA)] } },
  { name: 'CAA with reserved flags set permits', zone: { [NAME]: [caa(1, 'issue', CA)] } },
  {
    name: 'CAA of a wildcard name by issuewild permits',
    target: `*.${NAME}`,
    zone: { [NAME]: [issue('other.example'), issuewild(CA)] },
  },
  {
    name: 'CAA of a wildcard name by issuewild of another forbids',
    target: `*.${NAME}`,
    zone: { [NAME]: [issue(CA), issuewild('other.example')] },
  },
  {
    name: 'CAA of a wildcard name by issue alone permits',
    target: `*.${NAME}`,
    zone: { [NAME]: [issue(CA)] },
  },
  { name: 'CAA of a plain name does not look at issuewild', zone: { [NAME]: [issuewild('other.example')] } },
  { name: 'no CAA records up to the top-level domain permit', zone: {}, target: NAME },
  {
    name: 'no CAA records at a name that exists permit',
    zone: { [NAME]: [{ type: 'A', value: '11.0.0.1' }] },
  },
  { name: 'CAA of a parent permits its child', zone: { [PARENT]: [issue(CA)] } },
  {
    name: 'CAA of a parent two levels up forbids',
    target: `a.b.${NAME}`,
    zone: { [PARENT]: [issue('other.example')] },
  },
  {
    name: 'CAA of the name itself hides that of its parent',
    zone: { [NAME]: [issue(CA)], [PARENT]: [issue('other.example')] },
  },
  { name: 'CAA of the top-level domain is looked at', zone: { test: [issue('other.example')] } },
  {
    name: 'CAA at the target of an alias counts',
    zone: { [NAME]: [cname('t.cdn.test')], 't.cdn.test': [issue(CA)] },
  },
  {
    name: 'CAA above the target of an alias does not count',
    zone: { [NAME]: [cname('t.cdn.test')], 'cdn.test': [issue(CA)], [PARENT]: [issue('other.example')] },
  },
  {
    name: 'CAA at the end of two aliases counts',
    zone: {
      [NAME]: [cname('u.cdn.test')],
      'u.cdn.test': [cname('v.cdn.test')],
      'v.cdn.test': [issue('other.example')],
    },
  },
  {
    name: 'CAA below a DNAME counts',
    target: `x.${NAME}`,
    zone: { [NAME]: [dname('cdn.test')], 'x.cdn.test': [issue(CA)] },
  },
  {
    name: 'CAA behind a dangling alias is that of the parent',
    zone: { [NAME]: [cname('gone.cdn.test')], [PARENT]: [issue(CA)] },
  },
  {
    name: 'CAA in a loop of aliases is a failed lookup',
    zone: { [NAME]: [cname('l.example.test')], 'l.example.test': [cname(NAME)] },
  },
  { name: 'CAA of a wildcard in the DNS counts', zone: { '*.example.test': [issue(CA)] } },
  {
    name: 'a top-level domain that does not exist is no permission',
    target: 'shop.example.nosuchtld',
    zone: { nosuchtld: [absent] },
  },
  {
    name: 'a top-level domain that provably does not exist is no permission',
    target: 'shop.example.nosuchtld',
    zone: { nosuchtld: [absent] },
    facts: { nosuchtld: { dnssec: 'secure' } },
  },
];

export const CAA_CASES = ROWS.map(toCaaCase);
