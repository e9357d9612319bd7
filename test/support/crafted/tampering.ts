import { isAtOrBelow } from './names.ts';
import { type Rr, T } from './records.ts';
import { coveredType } from './signatures.ts';
import type { Question, Reply, Zone, ZoneSpec } from './zone.ts';

export type Tampering = NonNullable<ZoneSpec['tamper']>;

/** Changes only replies to one question; without a type, to all questions for a name. */
export function replyTo(name: string, type: number | null, change: Tampering): Tampering {
  return (reply, question, zone) =>
    question.name === name && (type === null || question.type === type)
      ? change(reply, question, zone)
      : reply;
}

/** Applies the first tampering that changes the reply. */
export function either(...ways: readonly Tampering[]): Tampering {
  return (reply, question, zone) => {
    for (const way of ways) {
      const changed = way(reply, question, zone);
      if (changed !== reply) return changed;
    }
    return reply;
  };
}

/** Removes the records of `type` with their signatures; without an owner, at every name. */
export function without(type: number, owner: string | null = null): Tampering {
  const stays = (record: Rr) =>
    (owner !== null && record.owner !== owner) ||
    (record.type !== type && !(record.type === T.RRSIG && coveredType(record) === type));
  return (reply) => changed(reply, (records) => records.filter(stays));
}

export const withoutSignatures: Tampering = (reply) =>
  changed(reply, (records) => records.filter(({ type }) => type !== T.RRSIG));

/** Removes the signatures of the records of `type`. */
export function withoutSignaturesOf(type: number): Tampering {
  return (reply) =>
    changed(reply, (records) =>
      records.filter((record) => record.type !== T.RRSIG || coveredType(record) !== type),
    );
}

function changed(reply: Reply, change: (records: readonly Rr[]) => readonly Rr[]): Reply {
  return { ...reply, answer: change(reply.answer), authority: change(reply.authority) };
}

/** A denial with these records as its proof, beside the zone's own signed SOA. */
export function denyWith(
  proof: (zone: Zone, question: Question) => readonly Rr[],
  rcode: 0 | 3 = 0,
): Tampering {
  return (_reply, question, zone) => ({
    rcode,
    answer: [],
    authority: [...zone.signed(zone.rrset(zone.name, T.SOA)), ...proof(zone, question)],
  });
}

/** Replaces every reply about the DS of `child`, as an attacker between resolver and parent does. */
export function forgeDs(
  child: string,
  proof: (zone: Zone, question: Question) => readonly Rr[],
  rcode: 0 | 3 = 0,
): Tampering {
  return (reply, question, zone) => {
    if (!isAtOrBelow(question.name, child)) return reply;
    if (question.name === child && question.type === T.DS) {
      return denyWith(proof, rcode)(reply, question, zone);
    }
    const servers = reply.authority.filter(({ type }) => type === T.NS);
    return { ...reply, authority: [...servers, ...proof(zone, question)] };
  };
}

/** The unchanged signed records of the chain of `zone` that `select` picks. */
export function replay(zone: Zone, select: (chain: readonly Rr[]) => readonly Rr[]): readonly Rr[] {
  return select(zone.chain).flatMap((record) => zone.signed([record]));
}
