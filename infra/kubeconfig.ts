import { parse } from "yaml";

/** How to reach an API server. */
export interface ApiAccess {
    /** `https://<address>:<port>`. */
    readonly server: string;
    /** Authority of the server's certificate, PEM; `undefined` for the authorities that everybody knows. */
    readonly authority: string | undefined;
    readonly credentials: CertificateAccess | TokenAccess;
}

export interface CertificateAccess {
    readonly kind: "certificate";
    /** PEM. */
    readonly certificate: string;
    /** PEM. */
    readonly key: string;
}

export interface TokenAccess {
    readonly kind: "token";
    readonly token: string;
}

/** What a kubeconfig holds, or why it is of no use; the words of the problem hold nothing of its content but names. */
export type KubeconfigReading =
    | { readonly access: ApiAccess; readonly problem?: undefined }
    | { readonly access?: undefined; readonly problem: string };

/**
 * Reads a kubeconfig that needs nothing but itself: no file beside it, no program that logs in. Such a one works on every
 * machine that runs the program, CI included.
 *
 * @param text YAML
 * @param context name of the context; default: the one that it names as current
 */
export function readKubeconfig(text: string, context?: string): KubeconfigReading {
    let document: Fields;
    try {
        document = fields(parse(text));
    } catch {
        return { problem: "is not YAML" };
    }
    const name = context ?? word(document["current-context"]);
    if (name === undefined) return { problem: "names no current context, and cluster.context is not given" };
    const chosen = named(document["contexts"], name)?.["context"];
    if (chosen === undefined) return { problem: `has no context ${name}` };
    const cluster = named(document["clusters"], word(fields(chosen)["cluster"]))?.["cluster"];
    const user = named(document["users"], word(fields(chosen)["user"]))?.["user"];
    if (cluster === undefined || user === undefined) return { problem: `lacks the cluster or the user of ${name}` };
    return reading(fields(cluster), fields(user));
}

function reading(cluster: Fields, user: Fields): KubeconfigReading {
    const server = word(cluster["server"]);
    if (server?.startsWith("https://") !== true) return { problem: "has no server that answers by https" };
    if (cluster["insecure-skip-tls-verify"] === true) return { problem: "does not check who answers" };
    const files = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];
    const file = files.find((key) => key in cluster || key in user);
    if (file !== undefined) {
        return { problem: `has its ${file} in a file of its own (kubectl config view --raw --flatten puts it in)` };
    }
    const credentials = credentialsOf(user);
    if (credentials === undefined) {
        const way = ["exec", "auth-provider"].find((key) => key in user);
        return { problem: way === undefined ? "has neither token nor certificate" : `logs in with a program (${way})` };
    }
    return { access: { server, authority: decoded(cluster["certificate-authority-data"]), credentials } };
}

function credentialsOf(user: Fields): ApiAccess["credentials"] | undefined {
    const token = word(user["token"]);
    if (token !== undefined) return { kind: "token", token };
    const [certificate, key] = [decoded(user["client-certificate-data"]), decoded(user["client-key-data"])];
    return certificate === undefined || key === undefined ? undefined : { kind: "certificate", certificate, key };
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function named(list: unknown, name: string | undefined): Fields | undefined {
    return (Array.isArray(list) ? list.map(fields) : []).find((entry) => entry["name"] === name);
}

function word(value: unknown): string | undefined {
    return typeof value === "string" && value !== "" ? value : undefined;
}

function decoded(value: unknown): string | undefined {
    const text = word(value);
    return text === undefined ? undefined : Buffer.from(text, "base64").toString("utf8");
}
