import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FOUND_UNBOUND } from './unbound-daemon.ts';

export type Shim = 'fips' | 'no-sha1' | 'no-signatures';

/** Reports on standard error what is skipped if there is no C compiler. */
export function skipWithoutCompiler(what: string): boolean {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    process.stderr.write(`skipped: ${what}; gcc is not installed\n`);
    return true;
  }
}

/** A program in `folder` that runs unbound with the crypto restrictions of `shim`. */
export function shimUnbound(folder: string, shim: Shim): string {
  const library = join(folder, `${shim}.so`);
  const source = join(import.meta.dirname, 'shims', `${shim}.c`);
  execFileSync('gcc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
  const program = join(folder, `unbound-${shim}`);
  writeFileSync(program, `#!/bin/sh\nLD_PRELOAD=${library} exec ${FOUND_UNBOUND?.binary} "$@"\n`);
  chmodSync(program, 0o755);
  return program;
}
