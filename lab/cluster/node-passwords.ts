import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KubeError, type KubeClient, type KubeObject } from "../kube/client";
import { reasonOf } from "../reason";

const SECRETS = "/api/v1/namespaces/kube-system/secrets";
const REJECTED =
    "level=error msg=\"Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match " +
    'server node-passwd entry" (the disk is new, and the cluster knows the node by another password: kubectl delete node)';

interface Hash extends KubeObject {
    readonly data?: { readonly hash?: string };
}

/** A machine whose node wants to join. */
export interface Candidate {
    readonly machine: string;
    readonly node: string;
    /** What its user-data puts onto an empty disk; without it, k3s makes one up. */
    readonly given: string | undefined;
}

/** The passwords on the machines' disks, by which the cluster knows its nodes again. */
export class NodePasswords {
    /** @param folder what stands for the disks; it may be taken away with all of them */
    constructor(private readonly folder: string) {}

    /** The first password for a name counts, as k3s has it. @returns why another one is refused, or why nobody can tell */
    async refusal(client: KubeClient, { machine, node, given }: Candidate): Promise<string | undefined> {
        const password = this.onDisk(machine, given);
        const hash = createHash("sha256").update(password).digest("base64");
        const name = secretName(node);
        try {
            const known = await client.find<Hash>(`${SECRETS}/${name}`);
            if (known) return known.data?.hash === hash ? undefined : REJECTED;
            const secret = { apiVersion: "v1", kind: "Secret", metadata: { name }, immutable: true, data: { hash } };
            await client.request("POST", SECRETS, { body: secret });
            return undefined;
        } catch (error) {
            return `level=error msg="${reasonOf(error)}"`;
        }
    }

    /** The machine's disk is gone. */
    discard(machine: string): void {
        rmSync(join(this.folder, machine), { force: true });
    }

    private onDisk(machine: string, given: string | undefined): string {
        const file = join(this.folder, machine);
        try {
            return readFileSync(file, "utf8");
        } catch {
            const password = given ?? randomBytes(16).toString("hex");
            mkdirSync(this.folder, { recursive: true, mode: 0o700 });
            writeFileSync(file, password, { mode: 0o600 });
            return password;
        }
    }
}

/** A node was deleted: who comes with its name next is believed. */
export async function forgetNodePassword(client: KubeClient, node: string): Promise<void> {
    try {
        await client.request("DELETE", `${SECRETS}/${secretName(node)}`);
    } catch (error) {
        if (!(error instanceof KubeError && error.status === 404)) throw error;
    }
}

function secretName(node: string): string {
    return `${node.toLowerCase()}.node-password.k3s`;
}
