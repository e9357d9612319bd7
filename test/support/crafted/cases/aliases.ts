import type { DelvDifference } from '../differences.ts';
import { dsFor, makeKey } from '../keys.ts';
import { childOf } from '../names.ts';
import { caa, cname, dname, type Rr, T } from '../records.ts';
import { signRrset } from '../signatures.ts';
import { denyWith, replyTo } from '../tampering.ts';
import { HOST } from '../world.ts';
import { hashOf, nsec3Of, type ZoneSpec } from '../zone.ts';
import {
  BOGUS,
  type CraftedCase,
  type Expected,
  INDETERMINATE,
  INSECURE_DENIED,
  INSECURE_PERMITTED,
  SECURE_DENIED,
  SECURE_PERMITTED,
  zone,
} from './case.ts';

/** Alias targets: one zone of each kind. */
const ends: readonly ZoneSpec[] = [
  zone('end.test.'),
  zone('endn3.test.', { nsec3: {} }),
  zone('endu.test.', { keys: null }),
  zone('endo.opt.', { keys: null }),
  zone('endb.test.', { signature: { broken: true } }),
  zone('endx.test.', { ds: [dsFor('endx.test.', makeKey())] }),
  zone('end60.test.', { nsec3: { iterations: 60 } }),
  zone('end60u.test.', { nsec3: { iterations: 60 }, ds: [] }),
  zone('endforged.test.', {
    tamper: replyTo(
      'deny.endforged.test.',
      null,
      denyWith((served) => {
        const hash = hashOf('alu.test.', { iterations: 60 });
        const forged = nsec3Of('alu.test.', hash, hash, [T.A], { iterations: 60 });
        return [forged, signRrset([forged], served.name, makeKey())];
      }),
    ),
  }),
  zone('enddead.test.', { servers: [HOST.NOBODY] }),
  zone('enddeadu.test.', { keys: null, servers: [HOST.NOBODY] }),
  zone('endlame.test.', { servers: [HOST.LAME] }),
];

const targets: Readonly<Record<string, string>> = {
  good: 'deny.end.test.',
  goodn3: 'deny.endn3.test.',
  empty: 'www.end.test.',
  gone: 'gone.end.test.',
  wild: 'x.wild.end.test.',
  unsigned: 'deny.endu.test.',
  unsignedempty: 'www.endu.test.',
  optout: 'deny.endo.opt.',
  bogus: 'deny.endb.test.',
  wrongds: 'deny.endx.test.',
  iter: 'www.end60.test.',
  iter2: 'gone.end60.test.',
  iteru: 'www.end60u.test.',
  itery: 'deny.end60.test.',
  iterforged: 'deny.endforged.test.',
  dead: 'deny.enddead.test.',
  deadu: 'deny.enddeadu.test.',
  lame: 'deny.endlame.test.',
  nowhere: 'x.nowhere.',
  tld: 'uns.',
  loop: 'loop.{zone}',
  two: 'good.al.test.',
  twou: 'good.alu.test.',
  through: 'unsigned.al.test.',
};

/**
 * A zone of aliases: `<what>` is an alias to the target of that kind, `c0` leads over nine more aliases, `dn` is a
 * DNAME.
 */
function aliases(name: string, changes: Omit<ZoneSpec, 'name'> = {}): ZoneSpec {
  const to = Object.entries(targets).map(([label, target]) =>
    cname(childOf(name, label), target.replace('{zone}', name)),
  );
  const chain: readonly Rr[] = Array.from({ length: 12 }, (_, at) =>
    cname(childOf(name, `c${at}`), at === 11 ? 'deny.end.test.' : childOf(name, `c${at + 1}`)),
  );
  return {
    name,
    records: [
      caa(name, 'ca.example'),
      ...to,
      ...chain,
      dname(childOf(name, 'dn'), 'end.test.'),
      dname(childOf(name, 'dnu'), 'endu.test.'),
      dname(childOf(name, 'dnb'), 'endb.test.'),
      cname(childOf(childOf(name, 'wc'), '*'), 'deny.end.test.'),
    ],
    ...changes,
  };
}

const signed = aliases('al.test.');
const signed3 = aliases('al3.test.', { nsec3: {} });
const unsigned = aliases('alu.test.', { keys: null });

/** Cases that start at an alias in `zone`. */
const from =
  ({ name: zoneName }: ZoneSpec) =>
  (
    name: string,
    label: string,
    expected: Expected,
    { rule = 'RFC 4035 section 4.3', delv }: { readonly rule?: string; readonly delv?: DelvDifference } = {},
  ): CraftedCase => ({
    name,
    rule,
    asks: `${label}.${zoneName.slice(0, -1)}`,
    zones: [],
    expected,
    ...(delv === undefined ? {} : { delv }),
  });

const al = from(signed);
const al3 = from(signed3);
const alu = from(unsigned);

const MANY = { rule: 'RFC 9276 section 3.2', delv: 'iterations' } as const;
const FEW = { rule: 'RFC 9276 section 3.2' };
const DNAME = { rule: 'RFC 6672 section 5.3' };

/** The zones that the cases below share. */
export const ALIAS_ZONES: readonly ZoneSpec[] = [...ends, signed, signed3, unsigned];

export const ALIASES: readonly CraftedCase[] = [
  al('an alias from signed to signed is secure', 'good', SECURE_DENIED),
  al('an alias from signed to a zone with NSEC3 is secure', 'goodn3', SECURE_DENIED),
  al3('an alias in a zone with NSEC3 is secure', 'good', SECURE_DENIED),
  al('an alias to a name without the type is secure, and the climb continues', 'empty', SECURE_PERMITTED),
  al('an alias to a name that does not exist is secure, and the climb continues', 'gone', SECURE_PERMITTED),
  al('an alias to a wildcard is secure', 'wild', SECURE_DENIED),
  al('an alias from a wildcard is secure', 'x.wc', SECURE_DENIED),
  al3('an alias from a wildcard in a zone with NSEC3 is secure', 'x.wc', SECURE_DENIED),
  al('an alias from signed to unsigned is insecure', 'unsigned', INSECURE_DENIED),
  al(
    'an alias from signed to an unsigned name without the type is insecure',
    'unsignedempty',
    INSECURE_PERMITTED,
  ),
  al('an alias from signed to an opt-out zone is insecure', 'optout', INSECURE_DENIED),
  al('an alias to wrong signatures is bogus', 'bogus', BOGUS),
  al('an alias to a wrong DS is bogus', 'wrongds', BOGUS),
  al('an alias to a denial with 60 iterations is bogus', 'iter', BOGUS, MANY),
  al('an alias to an NXDOMAIN with 60 iterations is bogus', 'iter2', BOGUS, MANY),
  al('an alias to an unsigned denial with 60 iterations is insecure', 'iteru', INSECURE_PERMITTED, FEW),
  al('an alias to a set in a zone with 60 iterations is secure', 'itery', SECURE_DENIED, FEW),
  al('an alias to a signed zone without responding servers is a failed lookup', 'dead', INDETERMINATE),
  al('an alias to an unsigned zone without responding servers is a failed lookup', 'deadu', INDETERMINATE),
  al('an alias to a server that refuses is a failed lookup', 'lame', INDETERMINATE),
  al('an alias to a top-level domain that does not exist is secure and empty', 'nowhere', SECURE_PERMITTED),
  al('an alias to an unsigned top-level domain is insecure and empty', 'tld', INSECURE_PERMITTED),
  al('an alias to itself is a failed lookup', 'loop', INDETERMINATE),
  al('two aliases from signed to signed are secure', 'two', SECURE_DENIED),
  al('aliases from signed over unsigned to signed are insecure', 'twou', INSECURE_DENIED),
  al('aliases from signed over signed to unsigned are insecure', 'through', INSECURE_DENIED),
  al('ten aliases in a row are followed', 'c3', SECURE_DENIED),
  al('twelve aliases in a row are a failed lookup', 'c0', INDETERMINATE, { delv: 'longer-chains' }),
  al('a DNAME from signed to signed is secure', 'deny.dn', SECURE_DENIED, DNAME),
  al3('a DNAME in a zone with NSEC3 is secure', 'deny.dn', SECURE_DENIED, DNAME),
  al('a DNAME from signed to unsigned is insecure', 'deny.dnu', INSECURE_DENIED, DNAME),
  al('a DNAME to wrong signatures is bogus', 'deny.dnb', BOGUS, DNAME),
  alu('an alias from unsigned to signed is insecure', 'good', INSECURE_DENIED),
  alu('an alias from unsigned to unsigned is insecure', 'unsigned', INSECURE_DENIED),
  alu('an alias from unsigned to wrong signatures is bogus', 'bogus', BOGUS),
  alu('an alias from unsigned to a wrong DS is bogus', 'wrongds', BOGUS),
  alu('an alias from unsigned to a signed denial with 60 iterations is bogus', 'iter', BOGUS, MANY),
  alu('an alias from unsigned to a signed NXDOMAIN with 60 iterations is bogus', 'iter2', BOGUS, MANY),
  alu(
    'an alias from unsigned to a signed denial with 60 iterations, replayed in the unsigned zone, is bogus',
    'iterforged',
    BOGUS,
  ),
  alu(
    'an alias from unsigned to an unsigned denial with 60 iterations is insecure',
    'iteru',
    INSECURE_PERMITTED,
    FEW,
  ),
  alu(
    'an alias from unsigned to a signed zone without responding servers is a failed lookup',
    'dead',
    INDETERMINATE,
  ),
  alu('a DNAME from unsigned to signed is insecure', 'deny.dn', INSECURE_DENIED, DNAME),
  alu('a DNAME from unsigned to wrong signatures is bogus', 'deny.dnb', BOGUS, DNAME),
];
