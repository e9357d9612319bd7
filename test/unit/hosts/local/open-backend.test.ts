import { expect, it } from 'vitest';
import { loadConfig } from '../../../../services/hosts/load-config.ts';
import { openBackend } from '../../../../services/hosts/local/open-backend.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

it('the emulated backend, where its program was not built, ends the start with what to do', async () => {
  // Beside the sources there is none.
  const config = loadConfig(['--backend', 'emulated'], {}, new Date());
  await expect(openBackend(config, {}, createRecordingLog())).rejects.toMatchObject({
    name: 'ConfigurationError',
    problems: [expect.stringMatching(/emulated.*npm ci and npm run build/)],
  });
});
