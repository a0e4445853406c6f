/** Why a machine's k3s does not start, in the words of k3s' own log. */
export class K3sFatalError extends Error {}
