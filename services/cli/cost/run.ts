import { readDeployment } from '../../../infra/config/deployment.ts';
import { estimateReference, estimateService } from './estimate.ts';
import { inputsOf } from './from-deployment.ts';
import { DEFAULT_INPUTS, type Inputs } from './inputs.ts';
import { type CostOptions, parseOptions, USAGE } from './options.ts';
import { renderJson, renderText } from './report.ts';

/** Where a command writes. */
export interface Output {
  out(text: string): void;
  error(text: string): void;
}

/** The whole command; its exit status. */
export function runCost(argv: readonly string[], now: Date, output: Output): number {
  if (argv.includes('--help')) {
    output.out(USAGE);
    return 0;
  }
  const read = readInputs(argv, now, output);
  if (read === null) return 2;
  const { inputs, options } = read;
  const comparison = {
    inputs,
    service: estimateService(inputs),
    reference: estimateReference(inputs, 'dnssec'),
    referenceWithoutDnssec: estimateReference(inputs, 'no-dnssec'),
  };
  output.out(options.json ? renderJson(comparison) : renderText(comparison));
  return 0;
}

/** What is given wins over the configuration, and that over the defaults. */
function readInputs(
  argv: readonly string[],
  now: Date,
  output: Output,
): { readonly inputs: Inputs; readonly options: CostOptions } | null {
  try {
    const options = parseOptions(argv);
    const configured = options.config === null ? {} : inputsOf(readDeployment(options.config, now));
    return { inputs: { ...DEFAULT_INPUTS, ...configured, ...options.given }, options };
  } catch (error) {
    output.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return null;
  }
}
