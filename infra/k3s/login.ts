/** The default user of Debian's cloud images: a locked password, and sudo without one (canonical/cloud-init: cloud.cfg.tmpl). */
export const LOGIN_USER = "debian";

const SSH_DIRECTORY = `/home/${LOGIN_USER}/.ssh`;

/** Parts of a machine's cloud-config that let people in. */
interface Login {
    /** Of the image's default user; absent where there are none, as cloud-init takes no empty list. */
    readonly ssh_authorized_keys?: readonly string[];
    /** Run at each boot. */
    readonly bootCommands: readonly string[];
}

/**
 * Lets the holders of these keys log in, and nobody else; `undefined` leaves all as it is.
 *
 * cloud-init gives keys to a new machine before packages are installed, so that one that stays there can be looked at. On one that
 * is there already it only adds, and not even that when the user-data is again what it was before: an instance id that it
 * has seen is not new (canonical/cloud-init: ssh_util.py, helpers.py). So each boot writes the whole file where there is one.
 */
export function login(keys: readonly string[] | undefined): Login {
    if (keys === undefined) return { bootCommands: [] };
    const lines = keys.map(quoted).join(" ");
    const write = keys.length === 0 ? ":" : `printf '%s\\n' ${lines}`;
    return {
        ...(keys.length === 0 ? {} : { ssh_authorized_keys: keys }),
        bootCommands: [`if [ -d ${SSH_DIRECTORY} ]; then ${write} > ${SSH_DIRECTORY}/authorized_keys; fi`],
    };
}

/** One word of a shell's line: the comment of a key is free text. */
function quoted(text: string): string {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}
