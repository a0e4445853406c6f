import { libraryPath, USER, USER_NAME, type Places } from "./places";

/** Users by name: without an entry of its own, OpenSSH says "No user exists for uid 1000". */
export function userList(): string {
    return [
        "root:x:0:0:root:/root:/usr/sbin/nologin",
        `${USER_NAME}:x:${USER}:${USER}::/tmp:/bin/sh`,
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
        "",
    ].join("\n");
}

/** What sshd of a worker lets in: one key, one user, commands and nothing else. */
export function sshdSettings({ files, state }: Places, port: number): string {
    return `Port ${port}
HostKey ${state}/host_key
AuthorizedKeysFile ${files}/authorized_keys
AllowUsers ${USER_NAME}
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
# It is no root, who alone may ask PAM and become somebody else: who logs in is who it runs as.
UsePAM no
# Kubernetes writes the files of a ConfigMap into a folder that all may write; the mount is read-only.
StrictModes no
DisableForwarding yes
PermitTTY no
PermitUserRC no
PrintMotd no
PidFile none
# A scan of the library asks for many files at once; by default the eleventh login is turned away by chance.
MaxStartups 100
# A server that is gone ends its work here, too.
ClientAliveInterval 5
ClientAliveCountMax 3
`;
}

/** `restrict`: no forwarding, no terminal, and nothing that later versions add. */
export function authorizedKeys(clientKey: string): string {
    return `restrict ${clientKey.trim()}\n`;
}

/** A line a worker, so that each is known by a key of its own. */
export function knownHosts(workers: readonly { readonly host: string; readonly key: string }[], port: number): string {
    return workers.map(({ host, key }) => `[${host}]:${port} ${key.trim()}\n`).join("");
}

/** Settings of the ssh client. A worker that is silent for three seconds is gone: its film goes on elsewhere. */
export function sshSettings({ state }: Places, port: number): string {
    return `Port ${port}
IdentityFile ${state}/client_key
IdentitiesOnly yes
BatchMode yes
HostKeyAlgorithms ssh-ed25519
UpdateHostKeys no
ServerAliveInterval 1
ServerAliveCountMax 3
`;
}

/**
 * The ssh that rffmpeg calls. rffmpeg itself switches the check of host keys off, in its code; OpenSSH goes by the first value that
 * it is given, and these stand before.
 */
export function sshProgram(places: Places): string {
    const { files, tools } = places;
    return `#!/bin/sh
export LD_LIBRARY_PATH=${libraryPath(places)}
exec ${tools}/usr/bin/ssh -F ${files}/ssh_config -o StrictHostKeyChecking=yes \\
  -o UserKnownHostsFile=${files}/known_hosts -o GlobalKnownHostsFile=none "$@"
`;
}

/** Starts sshd from the folder of tools; since OpenSSH 9.8 it is several programs, which know each other by path. */
export function workerProgram(places: Places): string {
    const { files, tools } = places;
    return `#!/bin/sh
set -eu
parts=${tools}/usr/lib/openssh
set --
if [ -x "$parts/sshd-session" ]; then set -- "$@" -o "SshdSessionPath=$parts/sshd-session"; fi
if [ -x "$parts/sshd-auth" ]; then set -- "$@" -o "SshdAuthPath=$parts/sshd-auth"; fi
export LD_LIBRARY_PATH=${libraryPath(places)}
exec ${tools}/usr/sbin/sshd -D -e -f ${files}/sshd_config "$@"
`;
}
