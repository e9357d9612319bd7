import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the build made. */
const BUILT = 'dist';

/** What is handed to the platform, put together from it: a folder of this process, for others may package other perspectives. */
let packaged: string | null = null;

function packagedFolder(): string {
  if (packaged !== null) return packaged;
  const folder = mkdtempSync(join(tmpdir(), 'mpic-packaged-'));
  // The CDK has its own copy as soon as it knows of an asset.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  packaged = folder;
  return folder;
}

export type BuiltFolder =
  | 'api-lambda'
  | 'decision-lambda'
  | 'perspective-lambda'
  | 'perspective-worker'
  | 'pre-traffic-lambda';

/** A built folder with further files, for a function. Source maps come along: a stack trace is worth their size. */
export function packageFunction(folder: BuiltFolder, files: Readonly<Record<string, string>> = {}): string {
  const target = join(packagedFolder(), folder);
  copyBuilt(folder, target);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(target, name), content);
  return target;
}

/** The folder of the container image of a perspective: its Dockerfile, the function and the worker. */
export function packageImage(): string {
  const target = join(packagedFolder(), 'perspective-image');
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
