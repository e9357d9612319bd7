import { T } from '../records.ts';
import type { SignatureChoice } from '../signatures.ts';
import { about, BOGUS, type CraftedCase, type Expected, SECURE_DENIED, zone } from './case.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

const RULE = 'RFC 4035 section 5.3.1';

function dated(name: string, label: string, signature: SignatureChoice, expected: Expected): CraftedCase {
  return about(name, RULE, zone(`${label}.test.`, { signature }), expected);
}

/** Only the signatures over one type are outside their validity period. */
function datedType(name: string, label: string, type: number, asks: string, expected: Expected): CraftedCase {
  const signature = ([first]: readonly { readonly type: number }[]): SignatureChoice =>
    first?.type === type ? { inception: -10 * DAY, expiration: -2 * MINUTE } : {};
  return about(name, RULE, zone(`${label}.test.`, { signature }), expected, { label: asks });
}

/** Seconds since 1970 count modulo 2^32 (RFC 4034 section 3.1.5). */
export const DATES: readonly CraftedCase[] = [
  dated('signatures that end in a minute are valid', 'exp-soon', { expiration: MINUTE }, SECURE_DENIED),
  dated(
    'signatures that ended two minutes ago are bogus',
    'exp2m',
    { inception: -10 * DAY, expiration: -2 * MINUTE },
    BOGUS,
  ),
  dated(
    'signatures that ended half an hour ago are bogus',
    'exp30m',
    { inception: -10 * DAY, expiration: -30 * MINUTE },
    BOGUS,
  ),
  dated(
    'signatures of one hour that ended half an hour ago are bogus',
    'exp30ms',
    { inception: -90 * MINUTE, expiration: -30 * MINUTE },
    BOGUS,
  ),
  dated(
    'signatures that ended 20 hours ago are bogus',
    'exp20h',
    { inception: -10 * DAY, expiration: -20 * HOUR },
    BOGUS,
  ),
  dated(
    'signatures that ended 25 hours ago are bogus',
    'exp25h',
    { inception: -10 * DAY, expiration: -25 * HOUR },
    BOGUS,
  ),
  dated(
    'signatures that ended a year ago are bogus',
    'exp1y',
    { inception: -2 * YEAR, expiration: -YEAR },
    BOGUS,
  ),
  dated('signatures that began a minute ago are valid', 'fut-just', { inception: -MINUTE }, SECURE_DENIED),
  dated('signatures that begin in two minutes are bogus', 'fut2m', { inception: 2 * MINUTE }, BOGUS),
  dated('signatures that begin in half an hour are bogus', 'fut30m', { inception: 30 * MINUTE }, BOGUS),
  dated('signatures that begin in 20 hours are bogus', 'fut20h', { inception: 20 * HOUR }, BOGUS),
  dated('signatures that begin in 25 hours are bogus', 'fut25h', { inception: 25 * HOUR }, BOGUS),
  dated(
    'signatures that end before they begin are bogus',
    'backwards',
    { inception: HOUR, expiration: -HOUR },
    BOGUS,
  ),
  dated(
    'signatures of sixty years are valid: they end after 2^31 seconds since 1970, but less than 2^31 from now',
    'long',
    { inception: -30 * YEAR, expiration: 30 * YEAR },
    SECURE_DENIED,
  ),
  dated(
    'signatures that end 70 years ahead are bogus: in serial arithmetic that is the past',
    'wrapped',
    { inception: -HOUR, expiration: 70 * YEAR },
    BOGUS,
  ),
  datedType('keys with an expired signature make the zone bogus', 'expkey', T.DNSKEY, 'deny', BOGUS),
  datedType('a denial with an expired signature is bogus', 'expnsec', T.NSEC, 'www', BOGUS),
  datedType('a SOA with an expired signature makes the denial with it bogus', 'expsoa', T.SOA, 'www', BOGUS),
  datedType(
    'a set with a valid signature is secure despite an expired SOA signature',
    'expsoa2',
    T.SOA,
    'deny',
    SECURE_DENIED,
  ),
  {
    name: 'a DS with an expired signature makes the zone below bogus',
    rule: RULE,
    asks: 'deny.kid.expds.test',
    zones: [
      zone('expds.test.', {
        signature: ([first]) => (first?.type === T.DS ? { inception: -DAY, expiration: -30 * MINUTE } : {}),
      }),
      zone('kid.expds.test.'),
    ],
    expected: BOGUS,
  },
  {
    name: 'a denial of the DS with an expired signature is bogus',
    rule: RULE,
    asks: 'deny.kid.expnods.test',
    zones: [
      zone('expnods.test.', {
        signature: ([first]) => (first?.type === T.NSEC ? { inception: -DAY, expiration: -30 * MINUTE } : {}),
      }),
      zone('kid.expnods.test.', { keys: null }),
    ],
    expected: BOGUS,
  },
];
