import { hashName } from '../../../shared/adapters/dns/trust/nsec3-hash.ts';

/** A change to a zone after signing; lines have one record each. */
export type Tampering = (lines: readonly string[]) => readonly string[];

/** Drop the records of `type`, with their signatures; only those at `owner` if it is given. */
export function dropRecords(type: string, owner?: string): Tampering {
  return (lines) =>
    lines.filter((line) => !(isOf(line, type) || isSignatureOf(line, type)) || !isOwnedBy(line, owner));
}

/** Drop the NSEC3 record whose gap covers `name`, in a chain without salt and extra iterations. */
export function dropGapAround(name: string): Tampering {
  const hash = hashName(name.slice(0, -1).split('.'), { iterations: 0, salt: '' });
  return (lines) => {
    const owners = lines
      .filter((line) => isOf(line, 'NSEC3'))
      .map(ownerOf)
      .toSorted();
    const gap = owners.findLast((owner) => (owner.split('.')[0] ?? '').toLowerCase() < hash) ?? owners.at(-1);
    return dropRecords('NSEC3', gap)(lines);
  };
}

export function inOrder(...steps: readonly Tampering[]): Tampering {
  return (lines) => steps.reduce((changed, step) => step(changed), lines);
}

/** Drop the signatures of the records of `type` at `owner`, but keep the records. */
export function dropSignatures(type: string, owner: string): Tampering {
  return (lines) => lines.filter((line) => !isSignatureOf(line, type) || !isOwnedBy(line, owner));
}

/** Change the data of the records of `type`. */
export function changeData(type: string, from: string, to: string): Tampering {
  return (lines) => lines.map((line) => (isOf(line, type) ? line.replace(from, to) : line));
}

/** Replace the records of `type` at `owner` by `forged`. */
export function replaceRecords(type: string, owner: string, forged: readonly string[]): Tampering {
  return (lines) => [...dropRecords(type, owner)(lines), ...forged];
}

/** The records of `type` at `owner` with their signatures. */
export function recordsOf(lines: readonly string[], type: string, owner: string): readonly string[] {
  return lines.filter((line) => (isOf(line, type) || isSignatureOf(line, type)) && isOwnedBy(line, owner));
}

function isOf(line: string, type: string): boolean {
  return line.split(/\s+/)[3] === type;
}

function isSignatureOf(line: string, type: string): boolean {
  const [, , , kind, covered] = line.split(/\s+/);
  return kind === 'RRSIG' && covered === type;
}

function isOwnedBy(line: string, owner: string | undefined): boolean {
  return owner === undefined || ownerOf(line) === owner;
}

function ownerOf(line: string): string {
  return line.split(/\s+/)[0] ?? '';
}
