import * as z from 'zod';
import type { ApiClient } from './api-client.ts';
import type { ProcessGroups } from './process-groups.ts';
import type { Outcome, Report } from './report.ts';
import { DCV_VALUE, FORBIDDEN, PERMITTED } from './zone.ts';

const TIMEOUT_MS = 300_000;

/** A line of `mpic verify --json`. */
const lineSchema = z.object({
  sentence: z.string(),
  status: z.enum(['pass', 'fail', 'skip']),
  ms: z.number(),
  note: z.string().nullish(),
  came: z.string().optional(),
  why: z.string().optional(),
});

/** The command with which an operator checks a deployment, its checks counted among ours. */
export async function verifyService(
  groups: ProcessGroups,
  env: NodeJS.ProcessEnv,
  api: ApiClient,
  report: Report,
): Promise<void> {
  const names = ['--permitted', PERMITTED, '--forbidden', FORBIDDEN];
  const dns = ['--dns-name', PERMITTED, '--dns-value', DCV_VALUE];
  const ended = await groups.run(
    process.execPath,
    ['dist/mpic.mjs', 'verify', '--url', api.url, ...names, ...dns, '--json'],
    { env: { ...env, MPIC_VERIFY_KEY: api.key }, timeoutMs: TIMEOUT_MS },
  );
  const lines = ended.stdout.split('\n').filter((line) => line !== '');
  if (lines.length === 0) throw new Error(`verify ended with ${ended.status}: ${ended.output}`);
  for (const line of lines) {
    const { sentence, ms, ...rest } = lineSchema.parse(JSON.parse(line));
    report.count(`verify: ${sentence}`, toOutcome(rest), ms);
  }
  report.count('verify ends with the status of its lines', judgeStatus(lines, ended.status), 0);
}

function toOutcome({
  status,
  note,
  came,
  why,
}: Omit<z.infer<typeof lineSchema>, 'sentence' | 'ms'>): Outcome {
  if (status === 'pass') return { status, ...(note ? { note } : {}) };
  return { status, reason: came ?? why ?? 'no reason given' };
}

function judgeStatus(lines: readonly string[], status: number | null): Outcome {
  const expected = lines.some((line) => line.includes('"status":"fail"')) ? 1 : 0;
  return status === expected
    ? { status: 'pass' }
    : { status: 'fail', reason: `ended with ${status} instead of ${expected}` };
}
