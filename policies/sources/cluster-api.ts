import { Agent, request } from "node:https";
import { Field } from "../model/field";
import { isList, isMap, member } from "../model/value";
import { objectType } from "./cluster-objects";
import type { ClusterAccess } from "./kubeconfig";

/** What was read of a cluster. */
export interface ClusterContents {
    readonly objects: readonly unknown[];
    /** Kinds that could not be read, each with the reason: what the rules say of them is incomplete. */
    readonly unread: readonly string[];
}

/** Objects a request; a list that is longer comes in parts. */
const PART = 500;
/** Milliseconds that the API may take for one answer. */
const PATIENCE_MS = 30_000;

/**
 * Reads objects from a cluster's API, each kind in its preferred version, and changes nothing.
 * @param wanted whether a type token is of interest; other kinds, Secrets among them, are not even asked for
 * @throws Error where the cluster does not answer
 */
export async function readCluster(access: ClusterAccess, wanted: (type: string) => boolean): Promise<ClusterContents> {
    const { ca, certificate, key, verify } = access;
    const agent = new Agent({ keepAlive: true, ca, cert: certificate, key, rejectUnauthorized: verify });
    try {
        const groups = items(await get(access, agent, "/apis"), "groups");
        const versions = [
            "v1",
            ...groups.flatMap((group) => group.at("preferredVersion", "groupVersion").text() ?? []),
        ];
        const [objects, unread]: [unknown[], string[]] = [[], []];
        for (const version of versions) {
            const root = version === "v1" ? "/api/v1" : `/apis/${version}`;
            try {
                const kinds = items(await get(access, agent, root), "resources").filter(canBeListed);
                for (const kind of kinds) {
                    const name = kind.at("kind").text() ?? "";
                    if (!wanted(objectType(version, name))) continue;
                    const path = `${root}/${kind.at("name").text() ?? ""}`;
                    const list = await listAll(access, agent, path).catch(noted(path, unread));
                    objects.push(...list.map((item) => ({ ...item, apiVersion: version, kind: name })));
                }
            } catch (error) {
                noted(root, unread)(error);
            }
        }
        return { objects, unread };
    } finally {
        agent.destroy();
    }
}

function noted(path: string, unread: string[]): (error: unknown) => [] {
    return (error) => {
        unread.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
        return [];
    };
}

function canBeListed(kind: Field): boolean {
    const verbs = kind.at("verbs").items();
    return !(kind.at("name").text() ?? "/").includes("/") && verbs.some((verb) => verb.text() === "list");
}

async function listAll(access: ClusterAccess, agent: Agent, path: string): Promise<object[]> {
    const objects: object[] = [];
    for (let more: string | undefined = ""; more !== undefined;) {
        const query: string = `limit=${PART}${more === "" ? "" : `&continue=${encodeURIComponent(more)}`}`;
        const part = await get(access, agent, `${path}?${query}`);
        const found = isMap(part) ? member(part, "items") : undefined;
        objects.push(...(isList(found) ? found.filter(isMap) : []));
        more = new Field(part, new Set()).at("metadata", "continue").text() || undefined;
    }
    return objects;
}

function items(document: unknown, key: string): readonly Field[] {
    return new Field(document, new Set()).at(key).items();
}

function get({ server, token }: ClusterAccess, agent: Agent, path: string): Promise<unknown> {
    const headers = {
        accept: "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    return new Promise((done, fail) => {
        const call = request(`${server}${path}`, { agent, headers, timeout: PATIENCE_MS }, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("error", fail);
            response.on("end", () => {
                if (response.statusCode === 200) return done(parsed(Buffer.concat(chunks).toString("utf8")));
                fail(new Error(`the cluster answered ${response.statusCode ?? "nothing"}`));
            });
        });
        call.on("timeout", () => call.destroy(new Error(`the cluster did not answer within ${PATIENCE_MS / 1000} s`)));
        call.on("error", fail);
        call.end();
    });
}

function parsed(text: string): unknown {
    return JSON.parse(text);
}
