/** Something the operator can act on, in a sentence; the command ends with this status. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly exitStatus: number;

  constructor(message: string, exitStatus = 1) {
    super(message);
    this.exitStatus = exitStatus;
  }
}
