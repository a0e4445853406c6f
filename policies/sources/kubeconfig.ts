import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Field } from "../model/field";

/** How a cluster is reached, and as whom. */
export interface ClusterAccess {
    readonly server: string;
    readonly ca: string | undefined;
    readonly certificate: string | undefined;
    readonly key: string | undefined;
    readonly token: string | undefined;
    /** `false` where the file says that nobody vouches for the certificate. */
    readonly verify: boolean;
}

/** Whether a document is a kubeconfig. */
export function isKubeconfig(document: unknown): boolean {
    const read = new Field(document, new Set());
    return read.at("kind").text() === "Config" && read.at("clusters").exists();
}

/**
 * The access that a kubeconfig's current context gives.
 * @param file where it was read from: paths in it are relative to its folder
 * @throws Error where the context is incomplete, or asks a program for its login
 */
export function accessOf(document: unknown, file: string): ClusterAccess {
    const config = new Field(document, new Set());
    const entry = (list: string, name: string | undefined): Field => {
        const found = config
            .at(list)
            .items()
            .find((item) => item.at("name").text() === name);
        if (!found) throw new Error(`${file} ${list}: there is none named ${name ?? "(none)"}; name one that is there`);
        return found;
    };
    const context = entry("contexts", config.at("current-context").text()).at("context");
    const cluster = entry("clusters", context.at("cluster").text()).at("cluster");
    const user = entry("users", context.at("user").text()).at("user");
    if (user.at("exec").exists() || user.at("auth-provider").exists()) {
        const cure = "give the audit what `kubectl get -A -o json <kinds>` prints instead";
        throw new Error(`${file} users: the login is asked of a program, which an audit does not start; ${cure}`);
    }
    const server = cluster.at("server").text();
    if (server === undefined) throw new Error(`${file} clusters: no server is named; write its address`);
    const pem = (holder: Field, key: string): string | undefined => {
        const data = holder.at(`${key}-data`).text();
        if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
        const path = holder.at(key).text();
        return path === undefined ? undefined : readFileSync(resolve(dirname(file), path), "utf8");
    };
    return {
        server: server.replace(/\/$/, ""),
        ca: pem(cluster, "certificate-authority"),
        certificate: pem(user, "client-certificate"),
        key: pem(user, "client-key"),
        token: user.at("token").text(),
        verify: cluster.at("insecure-skip-tls-verify").flag() !== true,
    };
}
