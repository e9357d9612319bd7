import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zoneFile } from './name-servers.ts';
import { runTool } from './tools.ts';

export type Algorithm =
  | 'RSASHA1'
  | 'RSASHA256'
  | 'RSASHA512'
  | 'ECDSAP256SHA256'
  | 'ECDSAP384SHA384'
  | 'ED25519'
  | 'ED448';

export interface Signing {
  readonly algorithm?: Algorithm;
  /** NSEC3 with this many extra iterations; NSEC if omitted. */
  readonly nsec3Iterations?: number;
  readonly optOut?: boolean;
  readonly validity?: 'past' | 'future';
}

/** A signed zone: one record per line, and the DS records for its parent. */
export interface SignedZone {
  readonly lines: readonly string[];
  /** DS records by digest type. */
  readonly ds: Readonly<Record<1 | 2 | 4, string>>;
}

const VALIDITY = {
  past: ['-s', '20240101000000', '-e', '20240201000000'],
  future: ['-s', '20380101000000', '-e', '20380201000000'],
} as const;

/** Sign the records of `zone`, whose names have final dots, with one new key for everything. */
export async function signZone(
  folder: string,
  zone: string,
  text: string,
  signing: Signing,
): Promise<SignedZone> {
  const { algorithm = 'ECDSAP256SHA256', nsec3Iterations, optOut = false, validity } = signing;
  const size = algorithm.startsWith('RSA') ? ['-b', '2048'] : [];
  const key = (
    await runTool(folder, 'dnssec-keygen', '-q', '-a', algorithm, ...size, '-f', 'KSK', zone)
  ).trim();
  const input = join(folder, `${zoneFile(zone)}.unsigned`);
  const output = join(folder, `${zoneFile(zone)}.signed`);
  await writeFile(input, `${text}\n${await readFile(join(folder, `${key}.key`), 'utf8')}`);
  await runTool(
    folder,
    'dnssec-signzone',
    // One key signs everything; no verification, because the result may be deliberately wrong; one record per line.
    ...['-z', '-P', '-q', '-O', 'full', '-o', zone, '-f', output],
    ...(nsec3Iterations === undefined
      ? []
      : ['-3', '-', '-H', String(nsec3Iterations), ...(optOut ? ['-A'] : [])]),
    ...(validity === undefined ? [] : VALIDITY[validity]),
    input,
    key,
  );
  const [sha1 = '', sha256 = '', sha384 = ''] = await Promise.all(
    ['SHA-1', 'SHA-256', 'SHA-384'].map((digest) =>
      runTool(folder, 'dnssec-dsfromkey', '-a', digest, `${key}.key`),
    ),
  );
  const lines = (await readFile(output, 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(';'));
  return { lines, ds: { 1: sha1.trim(), 2: sha256.trim(), 4: sha384.trim() } };
}
