import { expect, it } from 'vitest';
import { loadConfig } from '../../../../services/hosts/load-config.ts';
import { openBackend } from '../../../../services/hosts/local/open-backend.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

it('the start with the emulated backend fails with instructions if its program was not built', async () => {
  // The sources contain no built program.
  const config = loadConfig(['--backend', 'emulated'], {}, new Date());
  await expect(openBackend(config, {}, createRecordingLog())).rejects.toMatchObject({
    name: 'ConfigurationError',
    problems: [expect.stringMatching(/emulated.*npm ci and npm run build/)],
  });
});
