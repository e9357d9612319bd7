/** Maximum time after its deadline, without faults, until an attempt is over and its verdict published. */
export const ATTEMPT_BOUND_MS = 90_000;
