import { execFile } from 'node:child_process';
import { access, constants, readFile } from 'node:fs/promises';

/** File in our own image with the installed release; the image has no package database. */
const IMAGE_FILE = '/etc/mpic/unbound-release';

const RELEASE = /^[A-Za-z0-9][A-Za-z0-9.+~:_-]{0,127}$/;
const TIMEOUT_MS = 3000;

type Ask = (binary: string) => Promise<string | null>;

/** Package managers, each with its query for the release of the package that contains a program. */
const MANAGERS: readonly { readonly program: string; readonly ask: (program: string) => Ask }[] = [
  {
    program: '/usr/bin/dpkg-query',
    ask: (program) => async (binary) => {
      const owner = /^([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9]+)?: /.exec(await run(program, ['-S', binary]))?.[1];
      if (owner === undefined) return null;
      return /^Version: (\S+)$/m.exec(await run(program, ['-s', owner]))?.[1] ?? null;
    },
  },
  {
    program: '/usr/bin/rpm',
    ask: (program) => (binary) => run(program, ['-qf', '--qf', '%{VERSION}-%{RELEASE}', binary]),
  },
  {
    program: '/sbin/apk',
    ask: (program) => async (binary) =>
      / is owned by unbound-(\S+)/.exec(await run(program, ['info', '--who-owns', binary]))?.[1] ?? null,
  },
];

/**
 * The release of the package that contains `binary`, for example `1.17.1-2+deb12u4`; null if no package manager knows
 * it. Distributions patch old versions without changing their number, so only the release shows what is fixed.
 */
export async function readPackageRelease(
  binary: string,
  managers: typeof MANAGERS = MANAGERS,
  imageFile = IMAGE_FILE,
): Promise<string | null> {
  const written = await readFile(imageFile, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  if (RELEASE.test(written)) return written;
  for (const { program, ask } of managers) {
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    const release = isThere ? ((await ask(program)(binary)) ?? '').trim() : '';
    if (RELEASE.test(release)) return release;
  }
  return null;
}

/** The output of a program; empty if it fails or times out. */
function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = {
      timeout: TIMEOUT_MS,
      maxBuffer: 65_536,
      env: { LC_ALL: 'C' },
      killSignal: 'SIGKILL',
    } as const;
    execFile(program, [...args], options, (error, output) => resolve(error === null ? output : ''));
  });
}
