import { readFileSync, writeFileSync } from 'node:fs';
import { writeTables } from '../../../shared/contract/settings/describe-settings.ts';

/** `npm run docs`: the documents with tables of settings, and where each finds those of the service in one process. */
const DOCUMENTS = { 'docs/configuration.md': '#settings', 'docs/worker.md': 'configuration.md#settings' };

for (const [path, reference] of Object.entries(DOCUMENTS))
  writeFileSync(path, writeTables(readFileSync(path, 'utf8'), reference));
