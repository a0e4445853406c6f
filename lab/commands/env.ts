import { clientEnvironment } from "../environment";
import { exists, type Lab } from "../lab";
import { authorityFile, loadCredentials } from "../proxmox/credentials";

/** Prints shell exports that point other programs at the lab. */
export function env(lab: Lab): Promise<number> {
    const { paths } = lab;
    if (!exists(paths)) throw new Error("the lab is not up; run `make up`");
    const variables = clientEnvironment(paths, lab.house, loadCredentials(paths.proxmox), authorityFile(paths.proxmox));
    for (const [name, value] of Object.entries(variables))
        console.log(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
    return Promise.resolve(0);
}
