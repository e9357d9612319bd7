import { childOf, compareCanonically, isAtOrBelow, labelsOf, nameOf, parentOf } from './names.ts';
import { cname, type Rr, T } from './records.ts';
import { base32Hex, hashOf, type Question, type Reply, type Zone } from './zone.ts';

const NOERROR = 0;
const NXDOMAIN = 3;

/**
 * The answer of an authoritative server of `zone` (RFC 1034 section 4.3.2, RFC 4035 section 3.1, RFC 5155 section 7.2).
 */
export function answerFrom(zone: Zone, question: Question): Reply {
  const { name, type } = question;
  const cut = zone.cutAbove(name);
  if (cut !== null && !(cut === name && type === T.DS)) return refer(zone, cut);

  const dname = findDname(zone, name);
  if (dname !== null) return followDname(zone, dname, name);
  if (zone.typesAt(name).length > 0) return answerAt(zone, name, name, type, []);
  if (zone.hasNames(name)) return deny(zone, NOERROR, proofOfNoData(zone, name));

  const encloser = closestEncloser(zone, name);
  const wildcard = childOf(encloser, '*');
  const proof = proofOfAbsence(zone, name, encloser);
  if (zone.typesAt(wildcard).length > 0) {
    const isAnswered = zone.rrset(wildcard, type).length > 0 || zone.rrset(wildcard, T.CNAME).length > 0;
    // RFC 5155 section 8.8: an answer from a wildcard needs only the next closer name.
    const closer = zone.spec.nsec3 ? nsec3Cover(zone, nextCloser(name, encloser)) : proof;
    return answerAt(zone, wildcard, name, type, isAnswered ? closer : proof);
  }
  const noWildcard = zone.spec.nsec3 ? nsec3Cover(zone, wildcard) : nsecCover(zone, wildcard);
  return deny(zone, NXDOMAIN, [...proof, ...noWildcard]);
}

function refer(zone: Zone, cut: string): Reply {
  const ds = zone.rrset(cut, T.DS);
  const about = ds.length > 0 ? zone.signed(ds) : sign(zone, proofOfNoData(zone, cut));
  const servers = zone.rrset(cut, T.NS);
  const glue = servers.flatMap(({ rdata }) => zone.rrset(nameFromWire(rdata), T.A));
  return { rcode: NOERROR, answer: [], authority: [...servers, ...about], additional: glue, referral: true };
}

function answerAt(zone: Zone, source: string, name: string, type: number, proof: readonly Rr[]): Reply {
  const alias = zone.rrset(source, T.CNAME);
  const found = alias.length > 0 && type !== T.CNAME ? alias : zone.rrset(source, type);
  if (found.length === 0) {
    return deny(zone, NOERROR, [...proof, ...proofOfNoData(zone, source)]);
  }
  const answer = zone.signed(found).map((record) => ({ ...record, owner: name }));
  return { rcode: NOERROR, answer, authority: sign(zone, proof) };
}

function findDname(zone: Zone, name: string): Rr | null {
  for (let at = name; at !== zone.name && at !== '.'; at = parentOf(at)) {
    const [dname] = at === name ? [] : zone.rrset(at, T.DNAME);
    if (dname !== undefined) return dname;
  }
  return name === zone.name ? null : (zone.rrset(zone.name, T.DNAME)[0] ?? null);
}

function followDname(zone: Zone, dname: Rr, name: string): Reply {
  const prefix = labelsOf(name).slice(0, labelsOf(name).length - labelsOf(dname.owner).length);
  const target = nameOf([...prefix, ...labelsOf(nameFromWire(dname.rdata))]);
  return { rcode: NOERROR, answer: [...zone.signed([dname]), cname(name, target)], authority: [] };
}

function deny(zone: Zone, rcode: number, proof: readonly Rr[]): Reply {
  return {
    rcode,
    answer: [],
    authority: [...zone.signed(zone.rrset(zone.name, T.SOA)), ...sign(zone, proof)],
  };
}

function sign(zone: Zone, proof: readonly Rr[]): readonly Rr[] {
  if (!zone.isSigned) return [];
  const distinct = proof.filter((record, index) => proof.indexOf(record) === index);
  return distinct.flatMap((record) => zone.signed([record]));
}

function closestEncloser(zone: Zone, name: string): string {
  let at = parentOf(name);
  while (at !== zone.name && !zone.hasNames(at)) at = parentOf(at);
  return at;
}

function nextCloser(name: string, encloser: string): string {
  const labels = labelsOf(name);
  return nameOf(labels.slice(labels.length - labelsOf(encloser).length - 1));
}

/**
 * Proof that an existing `name` does not have a type; for an unsigned delegation in an opt-out zone, that it may be
 * unsigned.
 */
function proofOfNoData(zone: Zone, name: string): readonly Rr[] {
  if (!zone.spec.nsec3) {
    const match = nsecMatch(zone, name);
    return match.length > 0 ? match : nsecCover(zone, name);
  }
  const match = nsec3Match(zone, name);
  return match.length > 0 ? match : proofOfAbsence(zone, name, closestProvable(zone, name));
}

function closestProvable(zone: Zone, name: string): string {
  let at = parentOf(name);
  while (at !== zone.name && nsec3Match(zone, at).length === 0) at = parentOf(at);
  return at;
}

function proofOfAbsence(zone: Zone, name: string, encloser: string): readonly Rr[] {
  if (!zone.spec.nsec3) return nsecCover(zone, name);
  return [...nsec3Match(zone, encloser), ...nsec3Cover(zone, nextCloser(name, encloser))];
}

export function nsecMatch(zone: Zone, name: string): readonly Rr[] {
  return zone.chain.filter(({ owner }) => owner === name);
}

export function nsecCover(zone: Zone, name: string): readonly Rr[] {
  const before = zone.chain.findLast(({ owner }) => compareCanonically(owner, name) < 0);
  return before === undefined ? [] : [before];
}

export function nsec3Match(zone: Zone, name: string): readonly Rr[] {
  const owner = childOf(zone.name, base32Hex(hashOf(name, zone.spec.nsec3 ?? {})));
  return zone.chain.filter((record) => record.owner === owner);
}

export function nsec3Cover(zone: Zone, name: string): readonly Rr[] {
  const hash = base32Hex(hashOf(name, zone.spec.nsec3 ?? {}));
  const labelOf = ({ owner }: Rr) => labelsOf(owner)[0] ?? '';
  const before = zone.chain.findLast((record) => labelOf(record) < hash) ?? zone.chain.at(-1);
  return before === undefined ? [] : [before];
}

/** Reads an uncompressed name at the start of RDATA. */
export function nameFromWire(rdata: Buffer): string {
  const labels: string[] = [];
  for (let at = 0; rdata[at]; at += (rdata[at] ?? 0) + 1) {
    labels.push(rdata.toString('latin1', at + 1, at + 1 + (rdata[at] ?? 0)));
  }
  return nameOf(labels);
}

/**
 * The zone of `zones` that answers `question`: the deepest one at or above its name, or its parent zone for a DS query.
 */
export function zoneFor(zones: readonly Zone[], { name, type }: Question): Zone | null {
  const above = zones
    .filter((zone) => isAtOrBelow(name, zone.name))
    .sort((one, other) => labelsOf(other.name).length - labelsOf(one.name).length);
  const [deepest = null, next] = above;
  return deepest !== null && type === T.DS && deepest.name === name ? (next ?? deepest) : deepest;
}
