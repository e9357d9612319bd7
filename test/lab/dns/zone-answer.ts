import { type DomainName, nameKey, substituteSuffix } from '../../../shared/adapters/dns/message/names.ts';
import { RCODE, TYPE } from '../../../shared/adapters/dns/message/protocol.ts';
import { encodeLabName, encodeLabRdata } from './lab-rdata.ts';
import type { LabSet, Zone } from './zone.ts';

export interface ZoneAnswer {
  readonly rcode: number;
  readonly answers: readonly LabSet[];
  readonly authority: readonly LabSet[];
}

/** More than any client follows, so that the client's own limit is what a test sees. */
const MAX_LINKS = 64;
const RCODE_YXDOMAIN = 6;
const NEGATIVE_TTL = 60;

/**
 * What a recursive server would say about `type` at `name` if the zone were all there is: aliases followed, and a SOA in
 * every denial. With `maxLinks` it stops after that many aliases, as a server does that will not leave its own zone.
 */
export function answerFromZone(zone: Zone, name: DomainName, type: number, maxLinks = MAX_LINKS): ZoneAnswer {
  const answers: LabSet[] = [];
  const seen = new Set<string>();
  let at = name;
  for (let links = 0; links < maxLinks; links++) {
    if (seen.has(nameKey(at))) break;
    seen.add(nameKey(at));

    const dname = findDname(zone, at);
    if (dname?.target) {
      const target = substituteSuffix(at, dname.owner, dname.target);
      answers.push(dname);
      if (!target) return { rcode: RCODE_YXDOMAIN, answers, authority: [] };
      answers.push(synthesiseCname(at, target, dname.ttl));
      if (type === TYPE.CNAME) break;
      at = target;
      continue;
    }
    const node = findNode(zone, at);
    const set = node?.get(type);
    const cname = node?.get(TYPE.CNAME);
    if (set) {
      answers.push({ ...set, owner: at });
      break;
    }
    if (!cname?.target) {
      return { rcode: node ? RCODE.NOERROR : RCODE.NXDOMAIN, answers, authority: [findSoa(zone, at)] };
    }
    answers.push({ ...cname, owner: at });
    at = cname.target;
  }
  return { rcode: RCODE.NOERROR, answers, authority: [] };
}

/** The DNAME nearest the root that covers `name` from above: all below it is hidden (RFC 6672 section 2.4). */
function findDname(zone: Zone, name: DomainName): LabSet | undefined {
  for (let skipped = name.length - 1; skipped > 0; skipped--) {
    const dname = zone.nodes.get(nameKey(name.slice(skipped)))?.get(TYPE.DNAME);
    if (dname) return dname;
  }
  return undefined;
}

function synthesiseCname(owner: DomainName, target: DomainName, ttl: number): LabSet {
  return { owner, type: TYPE.CNAME, ttl, rdata: [encodeLabName(target)], target };
}

/** The node at `name`, an empty one for a name in between, or the wildcard's below the closest encloser (RFC 4592 section 3.3.1). */
function findNode(zone: Zone, name: DomainName): ReadonlyMap<number, LabSet> | undefined {
  if (zone.existing.has(nameKey(name))) return zone.nodes.get(nameKey(name)) ?? new Map();
  for (let skipped = 1; skipped <= name.length; skipped++) {
    const encloser = name.slice(skipped);
    if (zone.existing.has(nameKey(encloser))) return zone.nodes.get(nameKey(['*', ...encloser]));
  }
  return undefined;
}

/** The SOA of the zone's own that is closest to `name`, or one made up for the top-level domain. */
function findSoa(zone: Zone, name: DomainName): LabSet {
  for (let skipped = 0; skipped < name.length; skipped++) {
    const soa = zone.nodes.get(nameKey(name.slice(skipped)))?.get(TYPE.SOA);
    if (soa) return soa;
  }
  const value = `ns.invalid hostmaster.invalid 1 3600 600 86400 ${NEGATIVE_TTL}`;
  return {
    owner: name.slice(-1),
    type: TYPE.SOA,
    ttl: NEGATIVE_TTL,
    rdata: [encodeLabRdata(TYPE.SOA, value)],
    target: null,
  };
}
