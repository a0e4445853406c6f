import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { K3sConfig } from "./boot/k3s-config";

/** What etcd's data would hold of the servers; kept beside it. */
export interface Bootstrap {
    readonly config: K3sConfig;
    readonly address: string;
    /** Names of the machines of all servers that ever joined: a majority of them must be on. */
    readonly members: readonly string[];
}

/** In one step: with half of it the cluster would look as if it had never been. */
export function writeBootstrap(file: string, bootstrap: Bootstrap): void {
    writeFileSync(`${file}.new`, JSON.stringify(bootstrap), { mode: 0o600 });
    renameSync(`${file}.new`, file);
}

/** @returns `undefined` when there is none, or none that can be read */
export function readBootstrap(file: string): Bootstrap | undefined {
    try {
        const found: unknown = JSON.parse(readFileSync(file, "utf8"));
        return isBootstrap(found) ? found : undefined;
    } catch {
        return undefined;
    }
}

function isBootstrap(found: unknown): found is Bootstrap {
    return typeof found === "object" && found !== null && "members" in found && "config" in found;
}
