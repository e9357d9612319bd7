import { execFile } from 'node:child_process';
import { access, constants, readFile } from 'node:fs/promises';

/** Where our own image says what was installed: it has no package database that a function could ask. */
const IMAGE_FILE = '/etc/mpic/unbound-release';

const RELEASE = /^[A-Za-z0-9][A-Za-z0-9.+~:_-]{0,127}$/;
const TIMEOUT_MS = 3000;

type Ask = (binary: string) => Promise<string | null>;

/** Package managers that may have installed a program, each with how it says which release of which package did. */
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
 * The release of the package that `binary` came from, for instance `1.17.1-2+deb12u4`; null when no package manager
 * knows. A distribution repairs old versions without changing their number, so only this tells what is repaired.
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

/** What a program prints; empty when it fails or takes too long. */
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
