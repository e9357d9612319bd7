import type { ZoneKey } from './keys.ts';
import { labelsOf, nameOf, toWire } from './names.ts';
import { type Rr, rr, T, uint16, uint32 } from './records.ts';

/** Fields of a signature; omitted fields have their correct value. Times in seconds from now. */
export interface SignatureChoice {
  readonly inception?: number;
  readonly expiration?: number;
  readonly signer?: string;
  readonly labels?: number;
  readonly keyTag?: number;
  readonly algorithm?: number;
  readonly originalTtl?: number;
  /** Flip one bit of the signature. */
  readonly broken?: boolean;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** The RRSIG record over one RRset (RFC 4034 sections 3.1 and 6). */
export function signRrset(
  rrset: readonly Rr[],
  zone: string,
  key: ZoneKey,
  choice: SignatureChoice = {},
): Rr {
  const [first] = rrset;
  if (first === undefined) throw new TypeError('there is nothing to sign');
  const now = Math.floor(Date.now() / 1000);
  const labels = choice.labels ?? labelsOf(first.owner).filter((label) => label !== '*').length;
  const ttl = choice.originalTtl ?? first.ttl;
  const head = Buffer.concat([
    uint16(first.type),
    Buffer.from([choice.algorithm ?? key.algorithm, labels]),
    uint32(ttl),
    uint32((now + (choice.expiration ?? 10 * DAY)) >>> 0),
    uint32((now + (choice.inception ?? -HOUR)) >>> 0),
    uint16(choice.keyTag ?? key.keyTag),
    toWire(choice.signer ?? zone),
  ]);
  const owner = toWire(ownerAsSigned(first.owner, labels));
  const records = rrset
    .map(({ rdata }) => rdata)
    .toSorted(Buffer.compare)
    .map((rdata) =>
      Buffer.concat([owner, uint16(first.type), uint16(1), uint32(ttl), uint16(rdata.length), rdata]),
    );
  const signature = key.sign(Buffer.concat([head, ...records]));
  if (choice.broken) signature[8] = (signature[8] ?? 0) ^ 1;
  return rr(first.owner, T.RRSIG, Buffer.concat([head, signature]), first.ttl);
}

/** RFC 4035 section 5.3.2: a label count below that of the name denotes a wildcard. */
function ownerAsSigned(owner: string, labels: number): string {
  const all = labelsOf(owner);
  return labels < all.length ? nameOf(['*', ...all.slice(all.length - labels)]) : owner;
}

/** The type that an RRSIG covers. */
export function coveredType({ rdata }: Rr): number {
  return rdata.readUInt16BE(0);
}
