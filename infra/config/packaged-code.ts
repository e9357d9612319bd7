import type { Deployment } from './deployment.ts';
import { toPerspectiveFile } from './deployment.ts';
import { packageFunction, packageImage } from './package-code.ts';
import { readVersion } from './package-version.ts';

/** Folders that the stacks are made from, packaged once. */
export interface PackagedCode {
  readonly api: string;
  readonly decision: string;
  readonly perspectiveZip: string;
  readonly perspectiveImage: string;
  readonly preTraffic: string;
  readonly version: string;
}

/** The built programs, those of the home region with the perspectives of this deployment beside them. */
export function packageCode(deployment: Deployment, packaged: string): PackagedCode {
  const perspectives = { 'perspectives.json': JSON.stringify(toPerspectiveFile(deployment)) };
  return {
    api: packageFunction(packaged, 'api-lambda', perspectives),
    decision: packageFunction(packaged, 'decision-lambda', perspectives),
    perspectiveZip: packageFunction(packaged, 'perspective-lambda'),
    perspectiveImage: packageImage(packaged),
    preTraffic: packageFunction(packaged, 'pre-traffic-lambda'),
    version: readVersion(),
  };
}
