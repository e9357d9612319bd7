import { execFile, execFileSync } from 'node:child_process';

/** The status that delv reports for a name: `failed` if it could not validate, or got nothing to validate. */
export type DelvStatus = 'secure' | 'insecure' | 'failed';

export interface DelvAnswer {
  readonly status: DelvStatus;
  /** The CAA records of the answer as texts, in order. */
  readonly caa: readonly string[];
  /** The whole output. */
  readonly said: string;
}

const TIMEOUT_MS = 30_000;

/** Reports on standard error what is skipped if delv is not installed. */
export function skipWithoutDelv(what: string): boolean {
  try {
    execFileSync('delv', ['-v'], { stdio: 'ignore' });
    return false;
  } catch {
    process.stderr.write(`skipped: ${what}; delv is not installed (bind9-dnsutils)\n`);
    return true;
  }
}

/**
 * Query with delv, which itself validates what a non-validating resolver fetches. Its output has separate parts for an
 * alias and its target; the status is the worst of them.
 */
export function askDelv(
  resolver: string,
  anchorFile: string,
  name: string,
  type: string,
): Promise<DelvAnswer> {
  const [address = '', port = ''] = resolver.split(':');
  const options = [`@${address}`, '-4', '-p', port, '-a', anchorFile, '+root=.', name, type];
  return new Promise((resolve) => {
    execFile('delv', options, { timeout: TIMEOUT_MS }, (_error, output, complaint) => {
      const said = `${output}\n${complaint}`.trim();
      resolve({ status: statusIn(said), caa: caaIn(said), said });
    });
  });
}

/** Lines without `resolving` or `resolution failed` are about parts that did not have to validate. */
function statusIn(said: string): DelvStatus {
  // A denial ends as `resolution failed: ncache nxrrset` or `ncache nxdomain`, whatever the result of its validation.
  if (/^;; (?:.* resolving '|resolution failed: (?!ncache ))/m.test(said)) return 'failed';
  // The part after an alias whose denial it could not validate.
  if (/pending validation/.test(said)) return 'failed';
  if (/unsigned answer|negative response, unsigned/.test(said)) return 'insecure';
  return /fully validated/.test(said) ? 'secure' : 'failed';
}

function caaIn(said: string): readonly string[] {
  return [...said.matchAll(/^[^;\s]\S*\s+\d+\s+IN\s+CAA\s+(.*)$/gm)].map(([, data = '']) => data).toSorted();
}
