/** Error types of domain control checks, in the words of the Open MPIC API where it has one. */
export const DCV_ERROR = {
  /** The DNS gave no usable answer, or none with the record asked for. */
  lookup: 'mpic_error:dcv_checker:lookup',
  /** The parameters make no check, or none that the policy accepts. Nothing was asked of the network. */
  parameter: 'mpic_error:dcv_checker:parameter',
  /** The Baseline Requirements no longer accept the method. Nothing was asked of the network. */
  methodEnded: 'mpic_error:dcv_checker:method_ended',
  /** This version of the service does not have the method. */
  notAvailable: 'mpic_error:dcv_checker:not_available',
} as const;
