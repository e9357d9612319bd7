import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { KNOWN, REQUIRED } from '../../../../../shared/adapters/dns/trust/verifiable.ts';
import { measureVerifiable } from '../../../../../shared/adapters/dns/unbound/measure.ts';
import {
  PROBE_DATES,
  PROBE_ZONES,
  type ProbeZone,
  probeName,
} from '../../../../../shared/adapters/dns/unbound/probe-zones.ts';
import type { UnboundSupervisor } from '../../../../../shared/adapters/dns/unbound/supervisor.ts';
import { startDnsServer } from '../../../../lab/dns/dns-server.ts';
import type { LabScript } from '../../../../lab/dns/lab-script.ts';
import type { LabRecord } from '../../../../lab/dns/zone.ts';
import { keyTagOf } from '../../../../support/crafted/keys.ts';
import { toWire } from '../../../../support/crafted/names.ts';
import { T, uint16, uint32 } from '../../../../support/crafted/records.ts';
import { FOUND_UNBOUND, skipWithoutUnbound, startDaemon } from '../../../../support/unbound-daemon.ts';

const sorted = (numbers: Iterable<number>) => [...numbers].sort((one, other) => one - other);
const titled = (zones: readonly ProbeZone[]) => zones.map((zone) => [probeName(zone), zone] as const);

const HASHES: Readonly<Record<number, string | null>> = {
  5: 'sha1',
  7: 'sha1',
  8: 'sha256',
  10: 'sha512',
  13: 'sha256',
  14: 'sha384',
  15: null,
  16: null,
};
const CURVES: Readonly<Record<number, { readonly crv: string; readonly kty: string }>> = {
  13: { kty: 'EC', crv: 'P-256' },
  14: { kty: 'EC', crv: 'P-384' },
  15: { kty: 'OKP', crv: 'Ed25519' },
  16: { kty: 'OKP', crv: 'Ed448' },
};

/** RFC 3110 section 2, RFC 6605 section 4, RFC 8080 section 3. */
function publicKeyOf({ algorithm, key }: ProbeZone): KeyObject {
  const octets = Buffer.from(key, 'base64');
  const text = (from: number, to?: number) => octets.subarray(from, to).toString('base64url');
  const curve = CURVES[algorithm];
  if (curve === undefined) {
    const length = octets[0] ?? 0;
    const jwk = { kty: 'RSA', e: text(1, 1 + length), n: text(1 + length) };
    return createPublicKey({ key: jwk, format: 'jwk' });
  }
  const half = octets.length / 2;
  const point = curve.kty === 'EC' ? { x: text(0, half), y: text(half) } : { x: text(0) };
  return createPublicKey({ key: { ...curve, ...point }, format: 'jwk' });
}

const dnskeyOf = ({ algorithm, key }: ProbeZone) =>
  Buffer.concat([uint16(257), Buffer.from([3, algorithm]), Buffer.from(key, 'base64')]);

const SOA_RDATA = Buffer.concat([Buffer.from([0, 0]), ...[1, 1, 1, 1, 1].map(uint32)]);

function seconds(date: string): number {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)000000$/.exec(date) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) / 1000;
}

function isSigned(zone: ProbeZone, type: number, rdata: Buffer, signature: string): boolean {
  const name = toWire(`${probeName(zone)}.`);
  const signed = Buffer.concat([
    uint16(type),
    Buffer.from([zone.algorithm, 3]),
    uint32(3600),
    uint32(seconds(PROBE_DATES.expiration)),
    uint32(seconds(PROBE_DATES.inception)),
    uint16(zone.keyTag),
    name,
    ...[name, uint16(type), uint16(1), uint32(3600), uint16(rdata.length), rdata],
  ]);
  const key = { key: publicKeyOf(zone), dsaEncoding: 'ieee-p1363' as const };
  return verify(HASHES[zone.algorithm] ?? null, signed, key, Buffer.from(signature, 'base64'));
}

describe('the probe zones', () => {
  it('cover every algorithm and every digest that is validated here', () => {
    expect(sorted(new Set(PROBE_ZONES.map(({ algorithm }) => algorithm)))).toEqual(sorted(KNOWN.algorithms));
    expect(sorted(new Set(PROBE_ZONES.map(({ digestType }) => digestType)))).toEqual(sorted(KNOWN.digests));
    for (const one of REQUIRED.algorithms) expect(KNOWN.algorithms).toContain(one);
  });

  it('are valid for 20 years, within the range of serial number arithmetic', () => {
    const [from, to] = [seconds(PROBE_DATES.inception), seconds(PROBE_DATES.expiration)];
    const in20Years = Date.now() / 1000 + 20 * 365 * 86_400;
    expect(to).toBeGreaterThan(in20Years);
    expect(to - from).toBeLessThan(2 ** 31);
  });

  it.each(titled(PROBE_ZONES))('%s has valid signatures, and a DS record of its key', (_, zone) => {
    expect(isSigned(zone, T.SOA, SOA_RDATA, zone.soaSignature)).toBe(true);
    expect(isSigned(zone, T.DNSKEY, dnskeyOf(zone), zone.keySignature)).toBe(true);
    expect(keyTagOf(dnskeyOf(zone))).toBe(zone.keyTag);
    const hash = createHash({ 1: 'sha1', 2: 'sha256', 4: 'sha384' }[zone.digestType] ?? '');
    const digest = hash
      .update(toWire(`${probeName(zone)}.`))
      .update(dnskeyOf(zone))
      .digest('hex');
    expect(digest.toUpperCase()).toBe(zone.digest);
  });
});

/** A daemon with the zones, which sets AD as scripted, and returns or refuses unsigned records. */
async function measure(scripts: readonly LabScript[]) {
  const records: LabRecord[] = PROBE_ZONES.flatMap((zone) => [
    { name: probeName(zone), type: 'SOA', values: ['. . 1 1 1 1 1'] },
    { name: probeName(zone), type: 'TXT', values: ['"not signed"'] },
  ]);
  const server = await startDnsServer({ records, scripts });
  try {
    return await measureVerifiable(server);
  } finally {
    await server.close();
  }
}

const VALIDATING: readonly LabScript[] = [
  { name: '*', type: 'TXT', rcode: 'servfail' },
  { name: '*', type: 'SOA', ad: true },
];
const at = (algorithm: number, digestType = 2) =>
  probeName({ algorithm, digestType, keyTag: 0, digest: '', key: '', soaSignature: '', keySignature: '' });
const NOTHING = { algorithms: new Set(), digests: new Set() };

describe('measureVerifiable', () => {
  it('counts every algorithm and digest for a daemon that authenticates every zone and refuses unsigned records', async () => {
    expect(await measure(VALIDATING)).toEqual(KNOWN);
  });

  it.each<{ name: string; scripts: readonly LabScript[]; algorithms: readonly number[] }>([
    {
      name: 'whose zone it does not authenticate, with unsigned records returned',
      scripts: [{ name: at(15) }, { name: at(16) }],
      algorithms: [5, 7, 8, 10, 13, 14],
    },
    {
      name: 'whose zone gets an error',
      scripts: [
        { name: at(5), rcode: 'servfail' },
        { name: at(7), rcode: 'refused' },
      ],
      algorithms: [8, 10, 13, 14, 15, 16],
    },
    {
      name: 'whose zone gets no response in time',
      scripts: [{ name: at(10), silent: true }],
      algorithms: [5, 7, 8, 13, 14, 15, 16],
    },
    {
      name: 'whose zone gets a malformed response',
      scripts: [{ name: at(14), malformed: 'short' }],
      algorithms: [5, 7, 8, 10, 13, 15, 16],
    },
  ])('does not count an algorithm $name', async ({ scripts, algorithms }) => {
    expect(sorted((await measure([...scripts, ...VALIDATING])).algorithms)).toEqual(algorithms);
  });

  it('does not count a digest whose zone is not authenticated', async () => {
    const { digests } = await measure([{ name: at(13, 1) }, ...VALIDATING]);
    expect(sorted(digests)).toEqual([2, 4]);
  });

  it.each<{ name: string; scripts: readonly LabScript[] }>([
    { name: 'authenticates everything and returns unsigned records', scripts: [{ name: '*', ad: true }] },
    {
      name: 'returns unsigned records in one authenticated zone',
      scripts: [{ name: at(8), ad: true }, ...VALIDATING],
    },
    { name: 'does not validate', scripts: [] },
    { name: 'does not respond', scripts: [{ name: '*', silent: true }] },
  ])('counts nothing for a daemon that $name', async ({ scripts }) => {
    expect(await measure(scripts)).toEqual(NOTHING);
  });
});

describe.skipIf(skipWithoutUnbound('what the daemon on this machine verifies'))('a started daemon', () => {
  let supervisor: UnboundSupervisor | null = null;
  afterEach(() => supervisor?.stop());

  it('verifies at least what the rules require', async () => {
    supervisor = await startDaemon({ mustVerify: true });
    const instance = await supervisor.instance(performance.now() + 1000);
    for (const one of REQUIRED.algorithms) expect(instance?.verifiable.algorithms).toContain(one);
    for (const one of REQUIRED.digests) expect(instance?.verifiable.digests).toContain(one);
  });

  it('has no probe zones in its final configuration', async () => {
    expect(FOUND_UNBOUND).not.toBeNull();
    supervisor = await startDaemon();
    const instance = await supervisor.instance(performance.now() + 1000);
    if (instance === null) throw new Error('no daemon runs');
    expect(await measureVerifiable(instance.server)).toEqual(NOTHING);
  });
});
