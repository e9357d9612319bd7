import { execFile, execFileSync } from 'node:child_process';

/** Programs of the Debian packages nsd and bind9-utils (on some releases bind9utils). */
const TOOLS = ['nsd', 'dnssec-keygen', 'dnssec-signzone', 'dnssec-dsfromkey'];
const TOOL_PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;
const TIMEOUT_MS = 60_000;
/** Maximum number of concurrent tools. */
const AT_ONCE = 4;

/** One line with what this machine lacks to run the tree; null if it lacks nothing. */
export function missingForSignedTree(): string | null {
  if (process.getuid?.() !== 0) return 'a signed tree of zones needs port 53, and so root';
  const missing = TOOLS.filter((tool) => !isInstalled(tool));
  return missing.length === 0
    ? null
    : `a signed tree of zones needs ${missing.join(', ')} (nsd, bind9-utils)`;
}

function isInstalled(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { env: { PATH: TOOL_PATH }, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

let running = 0;
const waiting: (() => void)[] = [];

/** Run a tool in `folder`; resolves with its standard output. */
export async function runTool(folder: string, tool: string, ...args: readonly string[]): Promise<string> {
  while (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await execute(folder, tool, args);
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

function execute(folder: string, tool: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: { PATH: TOOL_PATH }, timeout: TIMEOUT_MS, maxBuffer: 16 << 20 };
    execFile(tool, [...args], options, (error, output, complaint) => {
      if (error) reject(new Error(`${tool} ${args.join(' ')}: ${complaint || error.message}`));
      else resolve(output);
    });
  });
}
