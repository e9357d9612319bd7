import { MpicClientError } from '../../../shared/client/index.ts';
import { createSecret } from '../../../shared/client/secret.ts';
import { type Check, listChecks } from './checks.ts';
import { parseOptions, USAGE, type VerifyOptions } from './options.ts';
import { failureOf, Unexpected, type Verdict } from './outcome.ts';
import { type Outcome, renderJson, renderSummary, renderText } from './report.ts';

/** Where a command writes. */
export interface Output {
  out(text: string): void;
  error(text: string): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The whole command; resolves with its exit status. */
export async function runVerify(argv: readonly string[], env: Environment, output: Output): Promise<number> {
  if (argv.includes('--help')) {
    output.out(USAGE);
    return 0;
  }
  const options = readOptions(argv, env, output);
  return options === null ? 2 : verify(options, output);
}

function readOptions(argv: readonly string[], env: Environment, output: Output): VerifyOptions | null {
  try {
    return parseOptions(argv, env);
  } catch (error) {
    output.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return null;
  }
}

/** One check after the other, so that none is slow because of another. */
async function verify(options: VerifyOptions, output: Output): Promise<number> {
  const secret = createSecret(options.key);
  const outcomes: Outcome[] = [];
  for (const check of listChecks(options)) {
    const { name, sentence } = check;
    const start = performance.now();
    const verdict = await verdictOf(check);
    const outcome = { name, sentence, verdict, milliseconds: performance.now() - start };
    outcomes.push(outcome);
    output.out(options.json ? renderJson(outcome, secret) : renderText(outcome, secret));
  }
  if (!options.json) output.out(renderSummary(outcomes));
  return outcomes.some(({ verdict }) => verdict.status === 'fail') ? 1 : 0;
}

async function verdictOf(check: Check): Promise<Verdict> {
  try {
    return await check.run();
  } catch (error) {
    if (error instanceof MpicClientError) return failureOf(error);
    if (error instanceof Unexpected) return error.failure;
    throw error;
  }
}
