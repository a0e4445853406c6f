import { secretFile, type GuestFile } from "./guest-files";

/** Where k3s has the password of its node; on an empty disk it makes one up. */
const PASSWORD_PATH = "/etc/rancher/node/password";
const GIVEN_PATH = "/etc/rancher/node/password.given";

/**
 * The password by which the cluster knows a node again. It keeps the hash of the first one that it hears for a name, and
 * refuses whoever comes with another until that node is deleted (`k3s-io/k3s:pkg/nodepassword/validate.go`). With one that
 * is kept outside, a machine with a new disk is still the node that it was.
 */
export function nodePasswordFile(password: string): GuestFile {
    return secretFile(GIVEN_PATH, `${password}\n`);
}

/** What a disk has already stays: that is the one that the cluster knows, and this command may run again. */
export const NODE_PASSWORD_COMMAND = `test -s ${PASSWORD_PATH} || install -m 600 ${GIVEN_PATH} ${PASSWORD_PATH}`;
