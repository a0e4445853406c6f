import { createHash } from "node:crypto";
import { basename } from "node:path";
import { failure } from "./api-error";
import type { ApiRequest, Route } from "./api-server";
import type { Cluster } from "./cluster";
import { schema } from "./parameters";
import type { Property } from "./property";
import { checkDownloadName, checksumProblem, GIB, splitVolumeId, type StorageDefinition } from "./storage";

const TEXT: Property = { type: "string", optional: true };
const BOOLEAN: Property = { type: "boolean", optional: true };
const STORAGE = "/nodes/{node}/storage/{storage}";
const READ = [{ path: "/storage/{storage}", any: ["Datastore.Audit", "Datastore.AllocateSpace"] }] as const;
const URL_PROPERTY: Property = { type: "string", pattern: /https?:\/\/.*/ };
const MIB = 1024 ** 2;

/** Datastores, what is in them, and downloads into them. */
export function storageRoutes(cluster: Cluster): Route[] {
    const { storages } = cluster;
    const visible = ({ access, user }: ApiRequest, { id }: StorageDefinition) =>
        ["Datastore.Audit", "Datastore.AllocateSpace"].some((privilege) =>
            access.may(user, `/storage/${id}`, privilege),
        );
    return [
        {
            method: "GET",
            path: "/storage",
            permission: "any",
            parameters: schema({ type: TEXT }),
            handle: (request) => storages.definitions.filter((one) => visible(request, one)).map(configuration),
        },
        {
            method: "GET",
            path: "/storage/{storage}",
            permission: [{ path: "/storage/{storage}", all: ["Datastore.Allocate"] }],
            handle: ({ parameters }) => configuration(storages.definition(parameters.text("storage"))),
        },
        {
            method: "GET",
            path: "/nodes/{node}/storage",
            permission: "any",
            parameters: schema({ content: TEXT, enabled: BOOLEAN, format: BOOLEAN, storage: TEXT, target: TEXT }),
            handle(request) {
                const { parameters } = request;
                const [wanted, id] = [parameters.list("content"), parameters.optional("storage")];
                return storages.definitions
                    .filter((one) => visible(request, one) && (id === undefined || id === one.id))
                    .filter((one) => wanted.length === 0 || one.content.some((kind) => wanted.includes(kind)))
                    .map((one) => ({ storage: one.id, ...status(cluster, parameters.text("node"), one) }));
            },
        },
        {
            method: "GET",
            path: `${STORAGE}/status`,
            permission: READ,
            handle: ({ parameters }) =>
                status(cluster, parameters.text("node"), storages.definition(parameters.text("storage"))),
        },
        {
            method: "GET",
            path: `${STORAGE}/content`,
            permission: READ,
            parameters: schema({ content: TEXT, vmid: { type: "integer", optional: true } }),
            handle({ parameters }) {
                const [content, vmId] = [parameters.optional("content"), parameters.optional("vmid")];
                return storages
                    .list(parameters.text("node"), storages.definition(parameters.text("storage")).id)
                    .filter((entry) => content === undefined || entry.content === content)
                    .filter((entry) => vmId === undefined || String(entry.vmid) === vmId);
            },
        },
        {
            method: "GET",
            path: `${STORAGE}/content/{volume}`,
            permission: READ,
            handle({ parameters }) {
                const [node, volid] = [
                    parameters.text("node"),
                    volumeId(parameters.text("storage"), parameters.text("volume")),
                ];
                const [id, name] = splitVolumeId(volid);
                const found = storages.list(node, id).find((entry) => entry.volid === volid);
                if (!found) throw failure(`volume '${volid}' does not exist`);
                const folder = storages.definition(id).path ?? "/dev/pve";
                return { path: `${folder}/${name}`, size: found.size, used: found.size, format: found.format };
            },
        },
        {
            method: "DELETE",
            path: `${STORAGE}/content/{volume}`,
            permission: [{ path: "/storage/{storage}", all: ["Datastore.Allocate"] }],
            parameters: schema({ delay: { type: "integer", optional: true, minimum: 1, maximum: 30 } }),
            handle({ parameters, user }) {
                const [node, storage] = [parameters.text("node"), parameters.text("storage")];
                const volid = volumeId(storage, parameters.text("volume"));
                return cluster.tasks.start({ node, type: "imgdel", id: storage, user }, (log) => {
                    storages.remove(node, volid);
                    log(`Removed volume '${volid}'`);
                });
            },
        },
        ...downloadRoutes(cluster),
    ];
}

function downloadRoutes(cluster: Cluster): Route[] {
    // PVE also takes Sys.Audit together with Sys.Modify at /, for what is older than this privilege.
    const network = [{ path: "/nodes/{node}", all: ["Sys.AccessNetwork"] }] as const;
    return [
        {
            method: "GET",
            path: "/nodes/{node}/query-url-metadata",
            permission: network,
            parameters: schema({ url: URL_PROPERTY, "verify-certificates": BOOLEAN }),
            handle({ parameters }) {
                const url = parameters.text("url");
                const filename = basename(new URL(url).pathname);
                return { filename, size: simulatedBytes(url), mimetype: "application/octet-stream" };
            },
        },
        {
            method: "POST",
            path: `${STORAGE}/download-url`,
            permission: [{ path: "/storage/{storage}", all: ["Datastore.AllocateTemplate"] }, ...network],
            parameters: schema({
                url: URL_PROPERTY,
                content: { type: "string", enum: ["iso", "vztmpl", "import"] },
                filename: { type: "string", maxLength: 255 },
                checksum: TEXT,
                "checksum-algorithm": { ...TEXT, enum: ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] },
                compression: { ...TEXT, enum: ["gz", "lzo", "zst", "bz2"] },
                "verify-certificates": BOOLEAN,
            }),
            handle: (request) => download(cluster, request),
        },
    ];
}

/** Records the download and how big the file is; the lab fetches nothing. */
function download(cluster: Cluster, { parameters, user }: ApiRequest): string {
    const { storages } = cluster;
    const [node, url, fileName] = [parameters.text("node"), parameters.text("url"), parameters.text("filename")];
    const { id, type, path = "", content: kinds } = storages.definition(parameters.text("storage"));
    const content = (["iso", "vztmpl", "import"] as const).find((kind) => kind === parameters.text("content")) ?? "iso";
    if (type !== "dir") throw failure(`can't upload to storage type '${type}', not a file based storage!`);
    if (!kinds.includes(content)) throw failure(`storage '${id}' is not configured for content-type '${content}'`);
    checkDownloadName(content, fileName);
    const name = `${content}/${fileName}`;
    const [checksum, algorithm] = [parameters.optional("checksum"), parameters.optional("checksum-algorithm")];
    return cluster.tasks.start({ node, type: "download", id: fileName.replaceAll(":", "_"), user }, (log) => {
        log(`downloading ${url} to ${path}/${name}`);
        if (checksum !== undefined) {
            const problem = checksumProblem(algorithm ?? "", checksum);
            if (problem) throw failure(problem);
        }
        const existing = storages.find(node, `${id}:${name}`);
        if (existing && checksum === undefined) throw failure(`refusing to override existing file '${path}/${name}'`);
        if (existing && existing.source?.checksum !== checksum)
            throw failure(
                `checksum mismatch: got '${existing.source?.checksum ?? ""}' != expect '${checksum ?? ""}', aborting`,
            );
        if (existing) return log("OK, got correct file already, no need to download");
        const format = fileName.slice(fileName.lastIndexOf(".") + 1);
        const source = { url, ...(checksum === undefined ? {} : { checksum }) };
        storages.add({ host: node, storage: id, name, content, format, sizeBytes: simulatedBytes(url), source });
        log(`download of '${url}' to '${path}/${name}' finished (simulated)`);
    });
}

function configuration({ id, type, content, path }: StorageDefinition) {
    const body = {
        storage: id,
        type,
        content: content.join(","),
        ...(path ? { path } : { vgname: "pve", thinpool: "data" }),
    };
    return { ...body, digest: createHash("sha1").update(JSON.stringify(body)).digest("hex") };
}

function status(cluster: Cluster, host: string, { id, type, content, capacityGiB }: StorageDefinition) {
    const [total, used] = [capacityGiB * GIB, cluster.storages.usedBytes(host, id)];
    return {
        type,
        content: content.join(","),
        active: 1,
        enabled: 1,
        shared: 0,
        total,
        used,
        avail: total - used,
        used_fraction: used / total,
    };
}

/** Clients name a volume with or without its storage. */
function volumeId(storage: string, volume: string): string {
    const [first] = /^[^/:]+(?=:)/.exec(volume) ?? [];
    if (first !== undefined && first !== storage) throw failure(`storage ID mismatch (${first} != ${storage})`);
    return first === undefined ? `${storage}:${volume}` : volume;
}

/** Some hundred MiB, another size for another URL. */
function simulatedBytes(url: string): number {
    return 400 * MIB + createHash("sha256").update(url).digest().readUInt16BE() * 1024;
}
