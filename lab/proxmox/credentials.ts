import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { utils } from "ssh2";
import { createAuthority, type KeyPair } from "../pki/certificate";
import { passwordHash, tokenHash } from "./access";
import type { ClusterFile } from "./cluster-state";
import { PROGRAM_GRANTS } from "./privileges";

const PROGRAM_USER = "pulumi@pve";
const PROGRAM_TOKEN = "homelab";

/** Secrets of one emulated cluster, made at its first start; no two have the same. */
export interface Credentials {
    /** Of `root@pam`, for the API and for SSH. */
    readonly rootPassword: string;
    /** The program's token as clients send it: `user@realm!name=secret`. Holds {@link PROGRAM_GRANTS}. */
    readonly apiToken: string;
    /** Lets root in over SSH. */
    readonly sshPrivateKey: string;
    readonly sshPublicKey: string;
}

/** Reads the cluster's secrets, or makes them; the file is the user's alone. */
export function loadCredentials(folder: string): Credentials {
    return kept(join(folder, "credentials.json"), () => {
        const key = newSshKey();
        return {
            rootPassword: randomBytes(18).toString("base64url"),
            apiToken: `${PROGRAM_USER}!${PROGRAM_TOKEN}=${randomUUID()}`,
            sshPrivateKey: key.private,
            sshPublicKey: key.public,
        };
    });
}

/** Private key of a host's SSH server. It stays the same, or clients would warn of an impostor. */
export function loadHostKey(folder: string, host: string): string {
    return kept(join(folder, "ssh", `${host}.json`), () => newSshKey().private);
}

/** About every 250th key that ssh2 makes cannot be read by anybody (it drops leading zeros); that one is not taken. */
export function newSshKey(make = () => utils.generateKeyPairSync("ed25519", { comment: "lab" })): {
    readonly private: string;
    readonly public: string;
} {
    for (;;) {
        const key = make();
        if (!(utils.parseKey(key.private) instanceof Error)) return key;
    }
}

/** The authority that signs the certificates of the hosts' API; `ca.pem` beside it is for clients. */
export async function loadAuthority(folder: string): Promise<KeyPair> {
    const file = join(folder, "ca.json");
    const authority = existsSync(file) ? undefined : await createAuthority("Proxmox Virtual Environment (lab)");
    const pair = kept(file, () => authority ?? { certificate: "", key: "" });
    writeFileSync(authorityFile(folder), pair.certificate, { mode: 0o644 });
    return pair;
}

export function authorityFile(folder: string): string {
    return join(folder, "ca.pem");
}

/** Makes sure of root and of the program's user, roles and token; what somebody changed since stays changed. */
export function ensureUsers(file: ClusterFile, credentials: Credentials): void {
    const { users, roles, acl } = file.state;
    users["root@pam"] ??= {
        enabled: true,
        expire: 0,
        tokens: {},
        passwordHash: passwordHash(credentials.rootPassword),
    };
    const [, secret = ""] = credentials.apiToken.split("=");
    users[PROGRAM_USER] ??= {
        enabled: true,
        expire: 0,
        comment: "the homelab program",
        tokens: { [PROGRAM_TOKEN]: { expire: 0, privsep: false, secretHash: tokenHash(secret) } },
    };
    for (const { role, path, propagate, privileges } of PROGRAM_GRANTS) {
        if (roles[role]) continue;
        roles[role] = [...privileges];
        acl.push({ path, type: "user", id: PROGRAM_USER, role, propagate });
    }
    file.save();
}

function kept<Value>(path: string, make: () => Value): Value {
    if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as Value;
    const value = make();
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // In one step: half a file would be taken for the whole one at the next start.
    writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return value;
}
