import type { Field } from "./field";
import { type GraphIndex, named, type Workload } from "./graph-index";
import { isKind } from "./kind";
import { containerLists } from "./pod-template";
import { type Subject, namespaceOf } from "./subject";

/** Whether a type says what is behind a pod's volume. */
export const isStorage: (type: string) => boolean = isKind("PersistentVolume", "PersistentVolumeClaim", "StorageClass");

/** Drivers whose volumes are a share of a file server. */
const networkFileDrivers: ReadonlySet<string> = new Set(["nfs.csi.k8s.io", "smb.csi.k8s.io"]);

/** One volume of a workload's pods. */
export interface PodVolume {
    readonly name: string;
    readonly field: Field;
    /** Whether it is a share of a file server, which every node reads over the network. */
    readonly networkFiles: boolean;
    /** Names the data: two volumes with the same word are the same files. */
    readonly data: string;
}

/** Where a container sees a volume. */
export interface VolumeMount {
    readonly container: Field;
    readonly field: Field;
    readonly volume: string;
    readonly path: string;
    readonly subPath: string;
    readonly readOnly: boolean;
}

/** The volumes of a workload's pods with what is behind them, templates of claims included. Throws `NotKnown`. */
export function podVolumes({ subject, template }: Workload, graph: GraphIndex): readonly PodVolume[] {
    const written = template.spec
        .at("volumes")
        .items()
        .map((field) => {
            const name = field.at("name").text() ?? "";
            return { name, field, ...behind(field, name, subject, graph) };
        });
    const templates = subject.object
        .at("spec", "volumeClaimTemplates")
        .items()
        .map((field) => {
            const name = field.at("metadata", "name").text() ?? "";
            return { name, field, ...behindClaim(field.at("spec"), ownOf(subject, name), graph) };
        });
    return [...written, ...templates];
}

/** Every mount of a workload's containers. Throws `NotKnown`. */
export function volumeMounts({ template }: Workload): readonly VolumeMount[] {
    const containers = containerLists(template).flatMap((list) => list.items());
    return containers.flatMap((container) =>
        container
            .at("volumeMounts")
            .items()
            .map((field) => ({
                container,
                field,
                volume: field.at("name").text() ?? "",
                path: field.at("mountPath").text() ?? "",
                subPath: field.at("subPath").text() ?? "",
                readOnly: field.at("readOnly").flag() ?? false,
            })),
    );
}

/** Name of the claim that a pod's volume uses; `undefined` for volumes of other kinds. Throws `NotKnown`. */
export function claimName(volume: Field): string | undefined {
    return volume.at("persistentVolumeClaim", "claimName").text();
}

/** Claim of a volume that is made for one pod and goes with it; `undefined` for volumes of other kinds. Throws `NotKnown`. */
export function ephemeralClaim(volume: Field): Field | undefined {
    return volume.at("ephemeral").exists() ? volume.at("ephemeral", "volumeClaimTemplate", "spec") : undefined;
}

type Behind = Pick<PodVolume, "networkFiles" | "data">;

function behind(volume: Field, volumeName: string, subject: Subject, graph: GraphIndex): Behind {
    if (volume.at("nfs").exists()) return { networkFiles: true, data: share(volume.at("nfs"), "path") };
    if (volume.at("csi").exists()) return driven(volume.at("csi"), "inline");
    const ephemeral = ephemeralClaim(volume);
    if (ephemeral) return behindClaim(ephemeral, ownOf(subject, volumeName), graph);
    const name = claimName(volume);
    if (name === undefined) return { networkFiles: false, data: "" };
    const namespace = namespaceOf(subject);
    const { certain, open } = named(graph, "PersistentVolumeClaim", namespace, name);
    const [claim] = certain;
    if (!claim && open) throw open.unknown;
    const own = `${namespace}/${name}`;
    return claim ? behindClaim(claim.object.at("spec"), own, graph) : { networkFiles: false, data: own };
}

/** Names what is made for each pod of a workload. */
function ownOf(subject: Subject, volumeName: string): string {
    return `${subject.title}/${volumeName}`;
}

/** @param own name of the data where it is no share that others may have too */
function behindClaim(spec: Field, own: string, graph: GraphIndex): Behind {
    const volumeName = spec.at("volumeName").text();
    if (!volumeName) return { networkFiles: isFileClass(spec.at("storageClassName"), graph), data: own };
    const { certain, open } = named(graph, "PersistentVolume", undefined, volumeName);
    const source = certain[0]?.object.at("spec");
    if (!source && open) throw open.unknown;
    if (source?.at("nfs").exists()) return { networkFiles: true, data: share(source.at("nfs"), "path") };
    return source?.at("csi").exists() ? driven(source.at("csi"), own) : { networkFiles: false, data: own };
}

function driven(csi: Field, own: string): Behind {
    const attributes = csi.at("volumeAttributes");
    const networkFiles = networkFileDrivers.has(csi.at("driver").text() ?? "");
    return { networkFiles, data: networkFiles ? share(attributes, "share") : own };
}

function share(source: Field, path: string): string {
    return [source.at("server"), source.at(path), source.at("subDir")].map((part) => part.text() ?? "").join(":");
}

function isFileClass(className: Field, graph: GraphIndex): boolean {
    const { certain, open } = named(graph, "StorageClass", undefined, className.text() ?? "");
    if (certain.length === 0 && open) throw open.unknown;
    return certain.some((entry) => networkFileDrivers.has(entry.object.at("provisioner").text() ?? ""));
}
