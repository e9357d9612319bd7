import { join } from 'node:path';
import type { Emulator } from './emulator.ts';
import type { WorkFolder } from './work-folder.ts';

/** The emulator lets whoever has these do everything in its one account. */
export const ROOT = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/**
 * What the CDK and our own commands are told: to ask the emulator as its root, and nothing of the user's settings, so that no
 * mistake of this run can reach an account.
 */
export function childEnvironment(
  { endpoint, certificate }: Emulator,
  { path, home, temporary }: WorkFolder,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    TMPDIR: temporary,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: ROOT.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    // The CDK reads the one, Node the other.
    AWS_CA_BUNDLE: certificate,
    NODE_EXTRA_CA_CERTS: certificate,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    // Where the CDK puts what nobody has named a place for.
    CDK_OUTPUT: join(path, 'cdk.unnamed'),
    CI: 'true',
    NO_COLOR: '1',
    npm_config_cache: home,
    npm_config_update_notifier: 'false',
  };
}
