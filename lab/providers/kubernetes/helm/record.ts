import { gunzipSync, gzipSync } from "node:zlib";
import { parseAllDocuments, stringify } from "yaml";
import { isTree, textAt, type Tree } from "../object";
import { type Session } from "../session";
import { removeAndAwait } from "../removal";
import type { CallContext } from "../../kit/provider";

/** What the cluster keeps about one revision of a release, in Helm's own form: `helm list` reads it too. */
export interface ReleaseRecord {
    readonly name: string;
    readonly namespace: string;
    readonly revision: number;
    readonly status: "pending-install" | "pending-upgrade" | "deployed" | "failed" | "superseded";
    readonly chart: string;
    readonly version: string;
    readonly appVersion: string;
    readonly values: Tree;
    /** The objects as they were sent, in order of installation. */
    readonly objects: readonly Tree[];
    readonly firstDeployed: string;
}

const secretKind = { apiVersion: "v1", kind: "Secret", plural: "secrets", namespaced: true };
/** Helm's own default of `--history-max`. */
const keptRevisions = 10;

/** All revisions that are left, the newest first. */
export async function readRecords(session: Session, namespace: string, name: string): Promise<ReleaseRecord[]> {
    const found = await session.cluster.find<{ items: Tree[] }>(`/api/v1/namespaces/${namespace}/secrets`, {
        query: { labelSelector: `owner=helm,name=${name}` },
    });
    const records = found?.items.flatMap((secret) => decode(secret) ?? []) ?? [];
    return records.sort((left, right) => right.revision - left.revision);
}

/** Writes a revision; older ones are marked as superseded once it is deployed, and the oldest are dropped. */
export async function writeRecord(session: Session, record: ReleaseRecord, context: CallContext): Promise<void> {
    await put(session, record, context);
    if (record.status !== "deployed") return;
    const others = (await readRecords(session, record.namespace, record.name)).filter(
        (one) => one.revision < record.revision,
    );
    for (const [index, other] of others.entries()) {
        if (index >= keptRevisions - 1) await drop(session, other, context);
        else if (other.status === "deployed") await put(session, { ...other, status: "superseded" }, context);
    }
}

export async function dropRecords(
    session: Session,
    namespace: string,
    name: string,
    context: CallContext,
): Promise<void> {
    for (const record of await readRecords(session, namespace, name)) await drop(session, record, context);
}

async function put(session: Session, record: ReleaseRecord, context: CallContext): Promise<void> {
    const object = encode(record);
    await session.cluster.request("PATCH", `/api/v1/namespaces/${record.namespace}/secrets/${secretName(record)}`, {
        body: object,
        contentType: "application/apply-patch+yaml",
        query: { fieldManager: "helm", force: "true" },
        signal: context.signal,
    });
}

async function drop(session: Session, record: ReleaseRecord, context: CallContext): Promise<void> {
    await removeAndAwait(session, { kind: secretKind, object: encode(record) }, 10_000, context);
}

function secretName(record: ReleaseRecord): string {
    return `sh.helm.release.v1.${record.name}.v${record.revision}`;
}

function encode(record: ReleaseRecord): Tree {
    const { name, namespace, revision, status, chart, version, appVersion, values, objects, firstDeployed } = record;
    const release = {
        name,
        namespace,
        version: revision,
        info: { status, first_deployed: firstDeployed, last_deployed: new Date().toISOString(), description: status },
        chart: { metadata: { apiVersion: "v2", name: chart, version, appVersion }, templates: [], values: {} },
        config: values,
        manifest: objects.map((object) => `---\n${stringify(object)}`).join(""),
    };
    const packed = gzipSync(JSON.stringify(release)).toString("base64");
    return {
        apiVersion: "v1",
        kind: "Secret",
        type: "helm.sh/release.v1",
        metadata: {
            name: secretName(record),
            namespace,
            labels: { owner: "helm", name, status, version: String(revision) },
        },
        data: { release: Buffer.from(packed).toString("base64") },
    };
}

function decode(secret: Tree): ReleaseRecord | undefined {
    try {
        const packed = Buffer.from(textAt(secret, "data", "release") ?? "", "base64").toString();
        const release = JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString()) as {
            name: string;
            namespace: string;
            version: number;
            info: { status: ReleaseRecord["status"]; first_deployed: string };
            chart: { metadata: { name: string; version: string; appVersion?: string } };
            config?: Tree;
            manifest: string;
        };
        const { metadata } = release.chart;
        return {
            name: release.name,
            namespace: release.namespace,
            revision: release.version,
            status: release.info.status,
            chart: metadata.name,
            version: metadata.version,
            appVersion: metadata.appVersion ?? "",
            values: release.config ?? {},
            objects: parseAllDocuments(release.manifest)
                .map((document) => document.toJS() as Tree)
                .filter(isTree),
            firstDeployed: release.info.first_deployed,
        };
    } catch {
        // Something else that carries Helm's labels: no release of ours.
        return undefined;
    }
}
