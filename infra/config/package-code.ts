import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the build made. */
const BUILT = 'dist';

/** Where what is handed to the platform is put together from it, unless somebody else does so at the same time. */
export const PACKAGED = join(BUILT, 'packaged');

export type BuiltFolder =
  | 'api-lambda'
  | 'decision-lambda'
  | 'perspective-lambda'
  | 'perspective-worker'
  | 'pre-traffic-lambda';

/** A built folder with further files, for a function. Source maps come along: a stack trace is worth their size. */
export function packageFunction(
  packaged: string,
  folder: BuiltFolder,
  files: Readonly<Record<string, string>> = {},
): string {
  const target = join(packaged, folder);
  copyBuilt(folder, target);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(target, name), content);
  return target;
}

/** The folder of the container image of a perspective: its Dockerfile, the function and the worker. */
export function packageImage(packaged: string): string {
  const target = join(packaged, 'perspective-image');
  copyBuilt('perspective-lambda', join(target, 'function'));
  copyBuilt('perspective-worker', join(target, 'worker'));
  cpSync('infra/image/Dockerfile', join(target, 'Dockerfile'));
  return target;
}

function copyBuilt(folder: BuiltFolder, target: string): void {
  const source = join(BUILT, folder);
  if (!existsSync(source)) throw new Error(`${source} is missing: run npm run build first`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  cpSync(source, target, { recursive: true });
}
