import type { KubeClient, KubeObject } from "../../kube/client";
import type { Container, Pod, Volume } from "./pod";
import type { Obstacle } from "./pod-state";

/** What the node can do for its pods' volumes. */
export interface NodeAbilities {
    readonly nodeName: string;
    /** Whether `mount.nfs` is installed. */
    readonly nfsClient: boolean;
    /** CSI drivers whose node plugin runs here. */
    readonly csiDrivers: ReadonlySet<string>;
}

/** Looks up everything that a pod needs before its containers can start. */
export async function findObstacles(client: KubeClient, pod: Pod, node: NodeAbilities): Promise<Obstacle[]> {
    const namespace = pod.metadata.namespace ?? "default";
    const volumes = await Promise.all(
        (pod.spec.volumes ?? []).map((volume) => volumeObstacle(client, pod, volume, node)),
    );
    const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
    const configs = await Promise.all(containers.map((container) => configObstacle(client, namespace, container)));
    return [...volumes, ...configs].filter((obstacle) => obstacle !== undefined);
}

function failedMount(volume: string, why: string): Obstacle {
    return {
        kind: "mount",
        reason: "FailedMount",
        message: `MountVolume.SetUp failed for volume "${volume}" : ${why}`,
    };
}

async function volumeObstacle(
    client: KubeClient,
    pod: Pod,
    volume: Volume,
    node: NodeAbilities,
): Promise<Obstacle | undefined> {
    const namespace = pod.metadata.namespace ?? "default";
    const sources = [
        { kind: "configmap" as const, name: volume.configMap?.name, optional: volume.configMap?.optional },
        { kind: "secret" as const, name: volume.secret?.secretName, optional: volume.secret?.optional },
        ...(volume.projected?.sources ?? []).flatMap(({ configMap, secret }) => [
            { kind: "configmap" as const, name: configMap?.name, optional: configMap?.optional },
            { kind: "secret" as const, name: secret?.name, optional: secret?.optional },
        ]),
    ];
    for (const { kind, name, optional } of sources) {
        if (name === undefined || optional) continue;
        if (!(await client.find(`/api/v1/namespaces/${namespace}/${kind}s/${name}`)))
            return failedMount(volume.name, `${kind} "${name}" not found`);
    }
    if (volume.nfs && !node.nfsClient) return failedMount(volume.name, noNfsClient(volume.nfs.server, volume.nfs.path));
    const claim = volume.ephemeral
        ? `${pod.metadata.name ?? ""}-${volume.name}`
        : volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined) return claimObstacle(client, namespace, volume.name, claim, node);
    return undefined;
}

function noNfsClient(server: string, path: string): string {
    return (
        `mount failed: exit status 32: mount -t nfs ${server}:${path}: bad option; for several filesystems (e.g. nfs, cifs) ` +
        "you might need a /sbin/mount.<type> helper program."
    );
}

interface Claim extends KubeObject {
    spec: { volumeName?: string };
    status?: { phase?: string };
}
interface PersistentVolume extends KubeObject {
    spec: {
        csi?: { driver: string; volumeAttributes?: Record<string, string> };
        nfs?: { server: string; path: string };
    };
}
interface Attachment extends KubeObject {
    spec: { nodeName: string; source: { persistentVolumeName?: string } };
    status?: { attached?: boolean };
}

async function claimObstacle(
    client: KubeClient,
    namespace: string,
    volume: string,
    name: string,
    node: NodeAbilities,
): Promise<Obstacle | undefined> {
    const claim = await client.find<Claim>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`);
    if (!claim) return failedMount(volume, `persistentvolumeclaim "${name}" not found`);
    if (claim.status?.phase !== "Bound" || !claim.spec.volumeName)
        return failedMount(volume, `persistentvolumeclaim "${name}" is not bound`);
    const bound = await client.find<PersistentVolume>(`/api/v1/persistentvolumes/${claim.spec.volumeName}`);
    if (!bound) return failedMount(volume, `persistentvolume "${claim.spec.volumeName}" not found`);
    if (bound.spec.nfs && !node.nfsClient)
        return failedMount(volume, noNfsClient(bound.spec.nfs.server, bound.spec.nfs.path));
    const driver = bound.spec.csi?.driver;
    if (!driver) return undefined;
    if (!node.csiDrivers.has(driver))
        return failedMount(volume, `driver name ${driver} not found in the list of registered CSI drivers`);
    if (driver === "nfs.csi.k8s.io" && !node.nfsClient) {
        const attributes = bound.spec.csi?.volumeAttributes ?? {};
        return failedMount(volume, noNfsClient(attributes["server"] ?? "", attributes["share"] ?? ""));
    }
    const known = await client.find<KubeObject & { spec: { attachRequired?: boolean } }>(
        `/apis/storage.k8s.io/v1/csidrivers/${driver}`,
    );
    if (known?.spec.attachRequired === false) return undefined;
    const { items } = await client.get<{ items: Attachment[] }>("/apis/storage.k8s.io/v1/volumeattachments");
    const mine = items.find(
        (a) => a.spec.nodeName === node.nodeName && a.spec.source.persistentVolumeName === bound.metadata.name,
    );
    if (mine?.status?.attached) return undefined;
    return {
        kind: "mount",
        reason: "FailedAttachVolume",
        message: `AttachVolume.Attach failed for volume "${bound.metadata.name ?? ""}" : volume is not attached to node ${node.nodeName}`,
    };
}

async function configObstacle(
    client: KubeClient,
    namespace: string,
    container: Container,
): Promise<Obstacle | undefined> {
    const references = [
        ...(container.envFrom ?? []).flatMap(({ configMapRef, secretRef }) => [
            { kind: "configmap" as const, of: configMapRef, key: undefined },
            { kind: "secret" as const, of: secretRef, key: undefined },
        ]),
        ...(container.env ?? []).flatMap(({ valueFrom }) => [
            { kind: "configmap" as const, of: valueFrom?.configMapKeyRef, key: valueFrom?.configMapKeyRef?.key },
            { kind: "secret" as const, of: valueFrom?.secretKeyRef, key: valueFrom?.secretKeyRef?.key },
        ]),
    ];
    const fault = (message: string): Obstacle => ({
        kind: "config",
        reason: "CreateContainerConfigError",
        message,
        container: container.name,
    });
    for (const { kind, of, key } of references) {
        if (!of || of.optional) continue;
        const found = await client.find<KubeObject & { data?: Record<string, string> }>(
            `/api/v1/namespaces/${namespace}/${kind}s/${of.name}`,
        );
        if (!found) return fault(`${kind} "${of.name}" not found`);
        if (key !== undefined && found.data?.[key] === undefined)
            return fault(
                `couldn't find key ${key} in ${kind === "secret" ? "Secret" : "ConfigMap"} ${namespace}/${of.name}`,
            );
    }
    return undefined;
}
