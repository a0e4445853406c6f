import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Where one lab keeps its things. Everything below `root` belongs to one lab and goes with `lab down`;
 * `cache` is shared by all checkouts and holds only what can be built again.
 */
export interface LabPaths {
    /** The checkout: the folder of `Pulumi.yaml`. */
    readonly checkout: string;
    /** `.lab/` of the checkout, or what `LAB_DIR` says. */
    readonly root: string;
    /** Built tools, `${XDG_CACHE_HOME:-~/.cache}/homelab-lab`. */
    readonly cache: string;
    /** Process ids, sockets and the lock. */
    readonly run: string;
    /** One log file a process, one console log a machine (`logs/machines/<name>.log`). */
    readonly logs: string;
    /** `PULUMI_HOME`: plugins live in `plugins/` below it. */
    readonly pulumiHome: string;
    /** The file backend's folder. */
    readonly state: string;
    /** The emulated Proxmox cluster: its state file, storages and snippets. */
    readonly proxmox: string;
    /** etcd's data and the certificates that a machine's k3s writes. */
    readonly cluster: string;
    /** Disks of the machines that run real containers, one folder each. */
    readonly machines: string;
    /** What those machines have in common: block volumes and the NAS. */
    readonly storage: string;
    /** The house that this lab stands in for: `Pulumi.dev.yaml` of the checkout, or the file that `LAB_STACK_FILE` names. */
    readonly houseFile: string;
    /** The stack file of this lab: the house's, moved to this lab's slot, with its secrets set. */
    readonly stackFile: string;
    /** Administrator's kubeconfig of the lab's cluster. */
    readonly kubeconfig: string;
    /** Authority of the house's pages, PEM, for browsers and curl; there once the house has signed something. */
    readonly houseAuthority: string;
    /** Unix socket on which the host of the stand-in plugins listens. */
    readonly providerSocket: string;
    /** Unix socket of the lab's daemon. */
    readonly daemonSocket: string;
}

/** @param checkout the folder of `Pulumi.yaml`, absolute or relative to the working directory. */
export function labPaths(checkout: string, env: NodeJS.ProcessEnv = process.env): LabPaths {
    const base = resolve(checkout);
    const root = env["LAB_DIR"] ? resolve(env["LAB_DIR"]) : join(base, ".lab");
    const cacheHome = env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
    const run = join(root, "run");
    return {
        checkout: base,
        root,
        cache: join(cacheHome, "homelab-lab"),
        run,
        logs: join(root, "logs"),
        pulumiHome: join(root, "pulumi"),
        state: join(root, "state"),
        proxmox: join(root, "proxmox"),
        cluster: join(root, "cluster"),
        machines: join(root, "machines"),
        storage: join(root, "storage"),
        houseFile: env["LAB_STACK_FILE"] ? resolve(env["LAB_STACK_FILE"]) : join(base, "Pulumi.dev.yaml"),
        stackFile: join(root, "Pulumi.dev.yaml"),
        kubeconfig: join(root, "kubeconfig"),
        houseAuthority: join(root, "house-authority.pem"),
        providerSocket: join(run, "providers.sock"),
        daemonSocket: join(run, "daemon.sock"),
    };
}
