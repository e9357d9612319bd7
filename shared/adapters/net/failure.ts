import type { ConnectionFailure, ConnectionFailureReason } from '../../domain/net/connection-failure.ts';
import type { Expiry } from './time-limit.ts';

/**
 * Error codes of the operating system, of OpenSSL (`ERR_SSL_SSL/TLS_ALERT_…`) and of Node’s HTTP parser. Messages
 * contain no other text of an error.
 */
const ERROR_CODE = /^[A-Z][A-Z0-9_/]{1,79}$/;

export function failed(
  reason: ConnectionFailureReason,
  address: string | null,
  message: string,
): ConnectionFailure {
  return { status: 'failed', reason, address, message };
}

/** Time-out or abort `during` a step, for instance `the TLS handshake`. */
export function expired(expiry: Expiry, address: string | null, during: string): ConnectionFailure {
  return expiry === 'aborted'
    ? failed('aborted', address, `the check was called off during ${during}`)
    : failed('timeout', address, `the time was over during ${during}`);
}

/** The code of an error, for messages. It never contains text sent by the peer. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return isErrorCode(code) ? code : 'unknown error';
}

export function isErrorCode(text: string): boolean {
  return ERROR_CODE.test(text);
}
