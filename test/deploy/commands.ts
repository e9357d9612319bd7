import type { ProcessGroups } from './process-groups.ts';

/** The commands that an operator has, run against the emulator. */
export interface Commands {
  /** `cdk`; what it writes is for people. */
  cdk(...args: readonly string[]): Promise<void>;
  /** With what it writes to standard output. */
  mpic(...args: readonly string[]): Promise<string>;
}

/** Whatever takes longer hangs. */
const TIMEOUT_MS = 180_000;
/** Lines of a command that failed which tell why. */
const SHOWN_LINES = 25;

export function createCommands(groups: ProcessGroups, env: NodeJS.ProcessEnv): Commands {
  const run = async (args: readonly string[]): Promise<string> => {
    const ended = await groups.run(process.execPath, args, { env, timeoutMs: TIMEOUT_MS });
    if (ended.status === 0) return ended.stdout;
    const lines = ended.output.trim().split('\n').slice(-SHOWN_LINES).join('\n      ');
    throw new Error(`${args.join(' ')} ended with ${ended.status}:\n      ${lines}`);
  };
  return {
    cdk: async (...args) => void (await run(['node_modules/aws-cdk/bin/cdk', '--no-notices', ...args])),
    mpic: (...args) => run(['dist/mpic.mjs', ...args]),
  };
}
