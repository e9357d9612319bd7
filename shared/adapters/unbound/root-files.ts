import { readFileSync } from 'node:fs';

/** One key that the root zone may be signed with, as its DS record says. */
export interface TrustAnchor {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  /** Upper-case hexadecimal. */
  readonly digest: string;
}

/** What unbound is told of the root. */
export interface RootFiles {
  readonly hints: string;
  readonly anchor: string;
  /** Keys given as DS records; those given as DNSKEY stand only in {@link anchor}. */
  readonly anchors: readonly TrustAnchor[];
  /** Where the two came from: a path, or `IANA`. */
  readonly source: { readonly hints: string; readonly anchor: string };
}

const MAX_BYTES = 65_536;
/** Octets by digest type: SHA-1 alone is not enough for the root (RFC 8624 section 3.3). */
const DIGEST_OCTETS: Readonly<Record<number, number>> = { 2: 32, 4: 48 };
/** Zone key and secure entry point (RFC 4034 section 2.1.1). */
const KEY_SIGNING_FLAGS = 257;

/**
 * Root hints and trust anchor: from the files named, or those of IANA that are shipped with the service.
 *
 * @throws Error with a sentence that names the file and what is wrong in it. An anchor that the daemon could not use would
 * leave every zone unvalidated, so it is looked at here first.
 */
export function readRootFiles(hintsFile: string | null, anchorFile: string | null): RootFiles {
  const hints = read(hintsFile ?? shipped('root.hints'), 'root hints');
  const anchor = read(anchorFile ?? shipped('root-anchor.ds'), 'trust anchor');
  if (!/^\.\s+(?:\d+\s+)?(?:IN\s+)?NS\s+\S+/im.test(hints)) {
    throw new Error(`the root hints ${hintsFile ?? 'of IANA'} name no server of the root`);
  }
  return {
    hints,
    anchor,
    anchors: readAnchors(anchor, anchorFile ?? 'of IANA'),
    source: { hints: hintsFile ?? 'IANA', anchor: anchorFile ?? 'IANA' },
  };
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

/** DS or DNSKEY records of the root, one a line; comments begin with a semicolon. */
function readAnchors(text: string, source: string): readonly TrustAnchor[] {
  const records = text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.replace(/;.*$/, '').trim(), number: index + 1 }))
    .filter(({ line }) => line !== '');
  if (records.length === 0) throw new Error(`the trust anchor ${source} has no DS or DNSKEY record`);
  return records.flatMap(({ line, number }) => {
    const where = `the trust anchor ${source}, line ${number}`;
    const [, type = '', data = ''] = /^\.\s+(?:\d+\s+)?(?:IN\s+)?(DS|DNSKEY)\s+(.*)$/i.exec(line) ?? [];
    if (type.toUpperCase() === 'DS') return [readDs(data, where)];
    if (type.toUpperCase() === 'DNSKEY') return checkDnskey(data, where);
    throw new Error(`${where}, is not a DS or DNSKEY record of the root`);
  });
}

function readDs(data: string, where: string): TrustAnchor {
  const [, keyTag, algorithm, digestType, spaced = ''] =
    /^(\d{1,5})\s+(\d{1,3})\s+(\d{1,3})\s+([0-9A-Fa-f\s]+)$/.exec(data) ?? [];
  const digest = spaced.replace(/\s/g, '').toUpperCase();
  const octets = DIGEST_OCTETS[Number(digestType)];
  if (octets === undefined || digest.length !== octets * 2) {
    throw new Error(`${where}, has no SHA-256 or SHA-384 digest of the right length`);
  }
  return { keyTag: Number(keyTag), algorithm: Number(algorithm), digestType: Number(digestType), digest };
}

function checkDnskey(data: string, where: string): readonly TrustAnchor[] {
  const [, flags] = /^(\d{1,5})\s+3\s+\d{1,3}\s+[A-Za-z0-9+/=\s]+$/.exec(data) ?? [];
  if (Number(flags) !== KEY_SIGNING_FLAGS) throw new Error(`${where}, is not a key signing key of the root`);
  return [];
}

/** A DS record as it stands in a zone file, without its owner. */
export function formatTrustAnchor({ keyTag, algorithm, digestType, digest }: TrustAnchor): string {
  return `${keyTag} ${algorithm} ${digestType} ${digest}`;
}
