import { execFile, execFileSync } from 'node:child_process';

/** What delv says of a name: `failed` when it could not validate, or got nothing to validate. */
export type DelvStatus = 'secure' | 'insecure' | 'failed';

export interface DelvAnswer {
  readonly status: DelvStatus;
  /** The CAA records in it, as texts in their order. */
  readonly caa: readonly string[];
  /** All that it printed. */
  readonly said: string;
}

const TIMEOUT_MS = 30_000;

/** Says on standard error what is left out when there is no delv. */
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
 * Ask delv, which validates by itself what a resolver that does not validate fetches for it. What it prints about an
 * alias and what it leads to are several parts; the answer is as good as the worst of them.
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

/** What does not say `resolving` or `resolution failed` is about a part that did not have to validate. */
function statusIn(said: string): DelvStatus {
  // A denial ends as `resolution failed: ncache nxrrset` or `ncache nxdomain`, whatever came of its validation.
  if (/^;; (?:.* resolving '|resolution failed: (?!ncache ))/m.test(said)) return 'failed';
  // The part behind an alias, of which it could not validate the denial.
  if (/pending validation/.test(said)) return 'failed';
  if (/unsigned answer|negative response, unsigned/.test(said)) return 'insecure';
  return /fully validated/.test(said) ? 'secure' : 'failed';
}

function caaIn(said: string): readonly string[] {
  return [...said.matchAll(/^[^;\s]\S*\s+\d+\s+IN\s+CAA\s+(.*)$/gm)].map(([, data = '']) => data).toSorted();
}
