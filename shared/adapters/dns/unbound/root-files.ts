import { readFileSync } from 'node:fs';
import { digestKey, keyTagOf, parseDnskey } from './dnskey.ts';

/** A key that may sign the root zone, as a DS record. */
export interface TrustAnchor {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  /** Upper-case hexadecimal. */
  readonly digest: string;
  /** Validity stated by the publisher (RFC 9718 section 3.1); null if not stated. */
  readonly validFrom: string | null;
  readonly validUntil: string | null;
}

/** Root hints and trust anchor for unbound. */
export interface RootFiles {
  readonly hints: string;
  /** DS records of {@link anchors}, one per line. */
  readonly anchor: string;
  /** Keys given as DS or DNSKEY records; a DNSKEY is converted to its SHA-256 DS. */
  readonly anchors: readonly TrustAnchor[];
  /** Keys in the file that are expired or not yet valid; not used. */
  readonly unused: readonly TrustAnchor[];
  /** Source of each: a path, or `IANA`. */
  readonly source: { readonly hints: string; readonly anchor: string };
}

const MAX_BYTES = 65_536;
/** Digest length in octets by digest type; SHA-1 is not accepted for the root (RFC 8624 section 3.3). */
const DIGEST_OCTETS: Readonly<Record<number, number>> = { 2: 32, 4: 48 };
/** RFC 8624 section 3.1, without RSA/SHA-1; with a key of another algorithm the daemon would validate nothing. */
const ROOT_ALGORITHMS: ReadonlySet<number> = new Set([8, 10, 13, 14, 15, 16]);
/** Zone key and secure entry point (RFC 4034 section 2.1.1). */
const KEY_SIGNING_FLAGS = 257;
const SHA256 = 2;

/**
 * Read root hints and trust anchor from the given files, or from those of IANA included in the service.
 *
 * @param at time of use, Unix milliseconds.
 * @throws Error that names the file and the fault. Checked here, because an anchor that the daemon cannot use would
 *   leave every zone unvalidated.
 */
export function readRootFiles(
  hintsFile: string | null,
  anchorFile: string | null,
  at: number = Date.now(),
): RootFiles {
  const hints = read(hintsFile ?? shipped('root.hints'), 'root hints');
  const anchor = read(anchorFile ?? shipped('root-anchor.ds'), 'trust anchor');
  if (!/^\.\s+(?:\d+\s+)?(?:IN\s+)?NS\s+\S+/im.test(hints)) {
    throw new Error(`the root hints ${hintsFile ?? 'of IANA'} name no server of the root`);
  }
  const source = anchorFile ?? 'of IANA';
  const given = readAnchors(anchor, source);
  const anchors = given.filter((one) => isInTime(one, at));
  if (anchors.length === 0) {
    throw new Error(
      `the trust anchor ${source} has no key that may be used now: their times are over, or to come`,
    );
  }
  return {
    hints,
    anchor: `${anchors.map((one) => `. IN DS ${formatTrustAnchor(one)}`).join('\n')}\n`,
    anchors,
    unused: given.filter((one) => !isInTime(one, at)),
    source: { hints: hintsFile ?? 'IANA', anchor: anchorFile ?? 'IANA' },
  };
}

function isInTime({ validFrom, validUntil }: TrustAnchor, at: number): boolean {
  return (
    (validFrom === null || Date.parse(validFrom) <= at) &&
    (validUntil === null || at < Date.parse(validUntil))
  );
}

function shipped(name: string): URL {
  return new URL(`./iana/${name}`, import.meta.url);
}

function read(file: string | URL, what: string): string {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    throw new Error(
      `the ${what} ${String(file)} cannot be read: ${error instanceof Error ? error.message : ''}`,
    );
  }
  if (content.length > MAX_BYTES)
    throw new Error(`the ${what} ${String(file)} are longer than ${MAX_BYTES} octets`);
  const text = content.toString('latin1');
  if (/[^\t\r\n\x20-\x7e]/.test(text))
    throw new Error(`the ${what} ${String(file)} are not plain ASCII text`);
  return text;
}

interface Line {
  readonly where: string;
  readonly type: string;
  readonly data: string;
  readonly dates: Pick<TrustAnchor, 'validFrom' | 'validUntil'>;
}

/**
 * Read DS or DNSKEY records of the root, one per line. Comments start with a semicolon and may contain the dates of the
 * key.
 */
function readAnchors(text: string, source: string): readonly TrustAnchor[] {
  const lines = text.split(/\r?\n/).flatMap((line, index): readonly Line[] => {
    const where = `the trust anchor ${source}, line ${index + 1}`;
    const [record = '', ...comment] = line.split(';');
    if (record.trim() === '') return [];
    const found = /^\.\s+(?:\d+\s+)?(?:IN\s+)?(DS|DNSKEY)\s+(.*)$/i.exec(record.trim());
    if (found === null) throw new Error(`${where}, is not a DS or DNSKEY record of the root`);
    const [, type = '', data = ''] = found;
    return [{ where, type: type.toUpperCase(), data, dates: readDates(comment.join(';'), where) }];
  });
  if (lines.length === 0) throw new Error(`the trust anchor ${source} has no DS or DNSKEY record`);
  const digests = lines
    .filter(({ type }) => type === 'DS')
    .map(({ data, where, dates }) => ({ ...readDs(data, where), ...dates }));
  const keys = lines.filter(({ type }) => type === 'DNSKEY').flatMap((line) => readKey(line, digests));
  return [...digests, ...keys];
}

const DATE = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

/** Read `valid-from=2017-02-02T00:00:00Z valid-until=...`, each optional (RFC 9718 section 2.1.2). */
function readDates(comment: string, where: string): Line['dates'] {
  const words = comment
    .trim()
    .split(/\s+/)
    .filter((word) => /^valid-/.test(word));
  let dates: Line['dates'] = { validFrom: null, validUntil: null };
  for (const word of words) {
    const [, bound, date = ''] = new RegExp(`^valid-(from|until)=(${DATE})$`).exec(word) ?? [];
    if (bound === undefined || Number.isNaN(Date.parse(date))) {
      throw new Error(`${where}, has a date that cannot be read: ${word}`);
    }
    dates = { ...dates, [bound === 'from' ? 'validFrom' : 'validUntil']: date };
  }
  return dates;
}

function readDs(data: string, where: string): Omit<TrustAnchor, 'validFrom' | 'validUntil'> {
  const [, keyTag, algorithm, digestType, spaced = ''] =
    /^(\d{1,5})\s+(\d{1,3})\s+(\d{1,3})\s+([0-9A-Fa-f\s]+)$/.exec(data) ?? [];
  const digest = spaced.replace(/\s/g, '').toUpperCase();
  const octets = DIGEST_OCTETS[Number(digestType)];
  if (octets === undefined || digest.length !== octets * 2) {
    throw new Error(`${where}, has no SHA-256 or SHA-384 digest of the right length`);
  }
  checkAlgorithm(Number(algorithm), where);
  return { keyTag: Number(keyTag), algorithm: Number(algorithm), digestType: Number(digestType), digest };
}

/** A key listed with its DS has to match the digest (RFC 9718 section 3.1); a key without DS is an anchor itself. */
function readKey({ data, where, dates }: Line, digests: readonly TrustAnchor[]): readonly TrustAnchor[] {
  const key = parseDnskey(data);
  if (key === null || key.flags !== KEY_SIGNING_FLAGS)
    throw new Error(`${where}, is not a key signing key of the root`);
  const { algorithm } = key;
  checkAlgorithm(algorithm, where);
  const keyTag = keyTagOf(key);
  const namesakes = digests.filter((one) => one.keyTag === keyTag && one.algorithm === algorithm);
  if (namesakes.some(({ digest, digestType }) => digest !== digestKey(key, digestType))) {
    throw new Error(`${where}, is not the key that the DS record ${keyTag} of the same file digests`);
  }
  if (namesakes.length > 0) return [];
  return [{ keyTag, algorithm, digestType: SHA256, digest: digestKey(key, SHA256), ...dates }];
}

function checkAlgorithm(algorithm: number, where: string): void {
  if (!ROOT_ALGORITHMS.has(algorithm)) {
    throw new Error(`${where}, has algorithm ${algorithm}, which cannot be used for the root`);
  }
}

/** A DS record in zone-file format, without its owner. */
export function formatTrustAnchor({ keyTag, algorithm, digestType, digest }: TrustAnchor): string {
  return `${keyTag} ${algorithm} ${digestType} ${digest}`;
}
