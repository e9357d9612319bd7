import { type FailureKind, MpicClientError } from '../../../shared/client/index.ts';
import { createSecret } from '../../../shared/client/secret.ts';
import { EXIT } from '../shell/command.ts';
import { type Check, listChecks } from './checks.ts';
import type { VerifyOptions } from './options.ts';
import { failureOf, Unexpected, type Verdict } from './outcome.ts';
import { type Outcome, renderJson, renderSummary, renderText } from './report.ts';

const NO_ANSWER: readonly FailureKind[] = ['unreachable', 'timeout'];

/** Where a command writes. */
export interface Output {
  out(text: string): void;
  error(text: string): void;
}

/**
 * Runs every check, one after the other so that none delays another; no further one if nothing answers the first.
 *
 * @returns the exit status.
 */
export async function verify(options: VerifyOptions, output: Output): Promise<number> {
  const secret = createSecret(options.key);
  const outcomes: Outcome[] = [];
  for (const check of listChecks(options)) {
    const { name, sentence } = check;
    const start = performance.now();
    const { verdict, isUnreachable } = await verdictOf(check);
    const outcome = { name, sentence, verdict, milliseconds: performance.now() - start };
    outcomes.push(outcome);
    output.out(options.json ? renderJson(outcome, secret) : renderText(outcome, secret));
    // Where nothing answers the first check, the others would each wait to say the same.
    if (isUnreachable && outcomes.length === 1) break;
  }
  if (!options.json) output.out(renderSummary(outcomes));
  return outcomes.some(({ verdict }) => verdict.status === 'fail') ? EXIT.no : EXIT.ok;
}

async function verdictOf(
  check: Check,
): Promise<{ readonly verdict: Verdict; readonly isUnreachable: boolean }> {
  try {
    return { verdict: await check.run(), isUnreachable: false };
  } catch (error) {
    if (error instanceof MpicClientError)
      return { verdict: failureOf(error), isUnreachable: NO_ANSWER.includes(error.kind) };
    if (error instanceof Unexpected) return { verdict: error.failure, isUnreachable: false };
    throw error;
  }
}
