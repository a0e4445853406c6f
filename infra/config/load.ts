import * as pulumi from "@pulumi/pulumi";
import { ConfigError, type ConfigIssue } from "./issues";
import { isOnExisting, parseConfig } from "./parse";
import type { HomelabConfig } from "./schema";
import { secretIssues, secretKeys, type SecretsFor } from "./secrets";

/** What the program may use but nobody may see. */
export interface Secrets {
    /** API token of Proxmox, `<user>@<realm>!<name>=<uuid>`; set where the house has machines. */
    readonly proxmoxApiToken: pulumi.Output<string> | undefined;
    /** Password of `proxmox.sshUsername`; this or the private key is set. */
    readonly proxmoxSshPassword: pulumi.Output<string> | undefined;
    /** Private key of `proxmox.sshUsername`, unencrypted PEM text. */
    readonly proxmoxSshPrivateKey: pulumi.Output<string> | undefined;
    /** Password of `ups.user`; set where the house has a UPS. */
    readonly upsPassword: pulumi.Output<string> | undefined;
    /** Kubeconfig of the cluster; set where it was there before. */
    readonly kubeconfig?: pulumi.Output<string> | undefined;
    /** The key of `objectStorage`, both halves; set where that is a server of one's own. */
    readonly objectStorageAccessKeyId: pulumi.Output<string> | undefined;
    readonly objectStorageSecretAccessKey: pulumi.Output<string> | undefined;
    /** By which the provider at `ingress.login` knows that it is the house who asks. */
    readonly loginClientSecret: pulumi.Output<string> | undefined;
}

/** Everything that the stack file says. */
export interface LoadedConfig {
    readonly config: HomelabConfig;
    readonly secrets: Secrets;
}

/**
 * Reads and checks the configuration of the current stack. The only place that knows where configuration comes from.
 *
 * @throws {pulumi.RunError} with every mistake of areas and secrets, one line each and no stack trace
 */
export function loadConfig(): LoadedConfig {
    const source = new pulumi.Config();
    const prefix = `${source.name}:`;
    const stored = Object.entries(pulumi.runtime.allConfig())
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => ({ key: key.slice(prefix.length), value }));
    const isSecret = ({ key }: { key: string }) => secretKeys.some((secret) => secret === key);
    const raw = Object.fromEntries(
        stored.filter((entry) => !isSecret(entry)).map(({ key, value }) => [key, read(value)]),
    );
    const { config, issues } = parsed(raw);
    const found = Object.fromEntries(stored.filter(isSecret).map(({ key, value }) => [key, value]));
    issues.push(...secretIssues(found, secretsFor(raw)));
    if (config === undefined || issues.length > 0) {
        throw new pulumi.RunError(new ConfigError(issues).message);
    }
    return {
        config,
        secrets: {
            proxmoxApiToken: source.getSecret("proxmoxApiToken"),
            proxmoxSshPassword: source.getSecret("proxmoxSshPassword"),
            proxmoxSshPrivateKey: source.getSecret("proxmoxSshPrivateKey"),
            upsPassword: source.getSecret("upsPassword"),
            kubeconfig: source.getSecret("kubeconfig"),
            objectStorageAccessKeyId: source.getSecret("objectStorageAccessKeyId"),
            objectStorageSecretAccessKey: source.getSecret("objectStorageSecretAccessKey"),
            loginClientSecret: source.getSecret("loginClientSecret"),
        },
    };
}

function parsed(raw: unknown): { config: HomelabConfig | undefined; issues: ConfigIssue[] } {
    try {
        return { config: parseConfig(raw), issues: [] };
    } catch (error) {
        if (error instanceof ConfigError) {
            return { config: undefined, issues: [...error.issues] };
        }
        throw error;
    }
}

/** Asked of the unchecked areas: mistakes of areas and secrets are told together. */
function secretsFor(raw: Readonly<Record<string, unknown>>): SecretsFor {
    const s3 = setting(raw["objectStorage"], "kind") === "s3";
    const login = setting(raw["ingress"], "login") !== undefined;
    if (!isOnExisting(raw)) {
        return { kind: "k3s", s3, login, ups: "ups" in raw };
    }
    const context = setting(raw["cluster"], "context");
    return { kind: "existing", s3, login, context: typeof context === "string" ? context : undefined };
}

function setting(area: unknown, key: string): unknown {
    return typeof area === "object" && area !== null
        ? Object.entries(area).find(([own]) => own === key)?.[1]
        : undefined;
}

/** Structured values arrive as JSON, plain ones as they are; what is not JSON is left for the schema to refuse. */
function read(value: string): unknown {
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}
