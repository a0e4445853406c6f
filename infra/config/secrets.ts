import type { ConfigIssue } from "./issues";
import { readKubeconfig } from "../kubeconfig";

/** Keys of the stack file that hold secrets; they are never part of {@link HomelabConfig}. */
export const secretKeys = [
    "proxmoxApiToken",
    "proxmoxSshPassword",
    "proxmoxSshPrivateKey",
    "upsPassword",
    "kubeconfig",
    "objectStorageAccessKeyId",
    "objectStorageSecretAccessKey",
    "loginClientSecret",
] as const;

/** Key of a secret. */
export type SecretKey = (typeof secretKeys)[number];

/** The secrets as they were found; what is absent was not set. */
export type RawSecrets = { readonly [K in SecretKey]?: string | undefined };

const tokenForm = /^[^@!=\s]+@[^@!=\s]+![^@!=\s]+=[0-9a-fA-F-]{36}$/;
const tokenRule = "the program logs in to Proxmox with a token <user>@<realm>!<name>=<uuid>";
const sshRule = "snippets are copied over SSH, with a password or a private key";
const privateKeyForm = /^-----BEGIN (OPENSSH |RSA |EC )?PRIVATE KEY-----/;

/** What secrets are needed for: a cluster that is built, with or without a UPS, or one that is there. */
export type SecretsFor = {
    /** Whether backups go to a server of one's own that speaks S3. */
    readonly s3: boolean;
    /** Whether there is a login for the internet. */
    readonly login: boolean;
} & (
    | { readonly kind: "k3s"; readonly ups: boolean }
    | { readonly kind: "existing"; readonly context: string | undefined }
);

/** Tells which secrets are missing, of the wrong form or of no use. Never shows one. */
export function secretIssues(secrets: RawSecrets, wanted: SecretsFor): ConfigIssue[] {
    const cluster =
        wanted.kind === "existing" ? kubeconfigIssues(secrets, wanted.context) : machineIssues(secrets, wanted.ups);
    return [...cluster, ...s3Issues(secrets, wanted.s3), ...loginIssues(secrets, wanted.login)];
}

function loginIssues({ loginClientSecret }: RawSecrets, wanted: boolean): ConfigIssue[] {
    if (!wanted || loginClientSecret !== undefined) return [];
    const rule = "the provider at ingress.login.issuer asks the house for it";
    return [{ path: "loginClientSecret", wrong: "is missing", rule, write: setSecret("loginClientSecret") }];
}

/** Secrets that any house may have, whatever it runs on. */
const common: readonly string[] = ["objectStorageAccessKeyId", "objectStorageSecretAccessKey", "loginClientSecret"];

function kubeconfigIssues({ kubeconfig, ...others }: RawSecrets, context: string | undefined): ConfigIssue[] {
    const issues = Object.entries(others).flatMap(([path, value]): ConfigIssue[] =>
        value === undefined || common.includes(path)
            ? []
            : [useless(path, "with an existing cluster", "no machine is made")],
    );
    const wrong = kubeconfig === undefined ? "is missing" : readKubeconfig(kubeconfig, context).problem;
    if (wrong !== undefined) {
        const rule = "the program reaches the cluster with this alone, from wherever it runs";
        issues.push({ path: "kubeconfig", wrong, rule, write: setSecret("kubeconfig", " < kubeconfig-file") });
    }
    return issues;
}

function useless(path: string, where: string, rule: string): ConfigIssue {
    return { path, wrong: `has no meaning ${where}`, rule, write: `run pulumi config rm homelab:${path}` };
}

function machineIssues(secrets: RawSecrets, ups: boolean): ConfigIssue[] {
    const { proxmoxApiToken: token, proxmoxSshPassword: password, proxmoxSshPrivateKey: privateKey } = secrets;
    const issues: ConfigIssue[] = [];
    if (secrets.kubeconfig !== undefined) {
        issues.push(useless("kubeconfig", "with a cluster that is built here", "the program makes its own"));
    }
    if (token === undefined || !tokenForm.test(token)) {
        const wrong = token === undefined ? "is missing" : "is not a Proxmox API token";
        issues.push({ path: "proxmoxApiToken", wrong, rule: tokenRule, write: setSecret("proxmoxApiToken") });
    }
    if (password === undefined && privateKey === undefined) {
        const write = setSecret("proxmoxSshPrivateKey", " < key-file");
        issues.push({ path: "proxmoxSshPrivateKey", wrong: "is missing", rule: sshRule, write });
    }
    if (password !== undefined && privateKey !== undefined) {
        const wrong = "is set, and so is proxmoxSshPrivateKey";
        const write = "run pulumi config rm homelab:proxmoxSshPassword";
        issues.push({ path: "proxmoxSshPassword", wrong, rule: sshRule, write });
    }
    if (privateKey !== undefined && !privateKeyForm.test(privateKey)) {
        issues.push({
            path: "proxmoxSshPrivateKey",
            wrong: "is not a private key",
            rule: "the whole file, from its BEGIN line on, without a passphrase",
            write: setSecret("proxmoxSshPrivateKey", " < key-file"),
        });
    }
    return [...issues, ...upsIssues(secrets.upsPassword, ups)];
}

function upsIssues(password: string | undefined, wanted: boolean): ConfigIssue[] {
    const path = "upsPassword";
    // NUT's client quotes it in its file but not on the wire: a space or a quotation mark there is a refused login.
    const rule =
        "hosts and machines log in to the NUT server with a user and its password: letters, digits and . _ ~ -";
    if (password === undefined) {
        return wanted ? [{ path, wrong: "is missing", rule, write: setSecret(path) }] : [];
    }
    return /^[\w.~-]+$/.test(password)
        ? []
        : [{ path, wrong: "has characters that NUT's protocol does not carry", rule, write: setSecret(path) }];
}

/** A key that is not used is one that is forgotten. */
function s3Issues(secrets: RawSecrets, wanted: boolean): ConfigIssue[] {
    const rule = "objectStorage.kind s3 is a server of your own, and its key has two halves";
    return (["objectStorageAccessKeyId", "objectStorageSecretAccessKey"] as const).flatMap((path) => {
        const value = secrets[path];
        if (value !== undefined && !wanted) {
            const write = `run pulumi config rm homelab:${path}`;
            return [{ path, wrong: "is set, and objectStorage.kind is not s3", rule, write }];
        }
        if (value === undefined && wanted) return [{ path, wrong: "is missing", rule, write: setSecret(path) }];
        return value === undefined || /^[\x21-\x7e]+$/.test(value)
            ? []
            : [{ path, wrong: "has a space or a line break in it", rule, write: setSecret(path) }];
    });
}

/** The secret goes in by standard input, so that it is in no shell history and no process list. */
function setSecret(key: SecretKey, from = ""): string {
    return `run pulumi config set --secret homelab:${key}${from}`;
}
