import type { PrimaryPlace } from '../../domain/mpic/configuration.ts';
import type { CallerKey } from './api-keys.ts';
import type { ConfiguredPerspective } from './perspective-file.ts';
import type { SettingsOf } from './settings.ts';

/** How far publications may be behind before no more verdicts are given. */
export interface PublicationLimits {
  /** Verdicts that may wait for their audit records or events at the same time. */
  readonly maxUnpublished: number;
  /** How long one may wait for them, milliseconds. */
  readonly maxUnpublishedMs: number;
}

/** What the settings of the service in one process are completed to. */
type Completed = 'apiKeys' | 'config' | 'maxUnpublished' | 'maxUnpublishedSeconds';

/** Everything a process of the home region needs to know, checked. */
export interface ServiceConfig extends Omit<SettingsOf<'local'>, Completed> {
  /** Null: nothing is kept. */
  readonly dataDir: string | null;
  /** As configured when the process started; empty: no key is asked for. */
  readonly apiKeys: readonly CallerKey[];
  readonly perspectives: readonly ConfiguredPerspective[];
  /** Who the primary network perspective is, when it is known here. */
  readonly primary: PrimaryPlace | null;
  readonly publication: PublicationLimits;
}

/** Whether all perspectives run on one machine: always but on aws, and there if the operator says so. */
export function isSharedHost({
  backend,
  sharedHost,
}: Pick<ServiceConfig, 'backend' | 'sharedHost'>): boolean {
  return backend !== 'aws' || sharedHost;
}
