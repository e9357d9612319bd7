import { isInUse, StoreDamagedError } from '../../../shared/adapters/embedded/store-folder.ts';
import type { ServiceConfig } from '../../../shared/contract/settings/service-config.ts';

type Place = Pick<ServiceConfig, 'host' | 'port' | 'dataDir'>;

/** An error of the system as Node.js reports it. */
interface SystemError extends Error {
  readonly code: string;
  readonly syscall?: string;
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
}

/**
 * Why the service does not start, in one sentence that says what to do. Only an unexpected error keeps its stack trace.
 *
 * @param place the settings of the start; null before they were read
 */
export function describeStartError(error: unknown, place: Place | null): string {
  if (error instanceof StoreDamagedError) return error.message;
  if (!isSystemError(error)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error.code === 'LEVEL_DATABASE_NOT_OPEN') return describeStore(error, place?.dataDir ?? null);
  return describeListening(error, place) ?? describeFile(error) ?? error.stack ?? error.message;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** LevelDB tells the reason in words only, in its cause. */
function describeStore(error: SystemError, dataDir: string | null): string {
  const folder = dataDir ?? 'MPIC_DATA_DIR';
  if (isInUse(error)) return `${folder} is used by another process; MPIC_DATA_DIR chooses another folder`;
  const { cause } = error;
  const reason = cause instanceof Error ? cause.message : error.message;
  return `the store in ${folder} cannot be opened: ${reason}; give the folder to this user, or choose another with MPIC_DATA_DIR`;
}

function describeListening(error: SystemError, place: Place | null): string | null {
  const isListening = ['listen', 'bind', 'getaddrinfo'].includes(error.syscall ?? '');
  if (!isListening || place === null) return null;
  const { host, port } = place;
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is taken by another process; choose another with MPIC_PORT, or 0 for any free one`;
    case 'EACCES':
      return `port ${port} may not be opened by this user; choose one from 1024 on with MPIC_PORT, or permit it (CAP_NET_BIND_SERVICE)`;
    case 'EADDRNOTAVAIL':
      return `MPIC_HOST is ${host}, which is not an address of this machine`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `MPIC_HOST is ${host}, a name that does not resolve on this machine; give an address`;
    default:
      return null;
  }
}

function describeFile({ code, path }: SystemError): string | null {
  if (path === undefined) return null;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `${path} cannot be read or written by this user; change its owner, or choose another folder with MPIC_DATA_DIR`;
    case 'EROFS':
      return `${path} is on a file system that is read-only; choose another folder with MPIC_DATA_DIR`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `${path} cannot be written: no space is left on its file system`;
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EEXIST':
      return `${path} is not what it must be (${code}); choose another folder with MPIC_DATA_DIR`;
    default:
      return null;
  }
}
