import { at, type CapturedResource } from "./graph";

const holdsData = new Set([
    "proxmoxve:index/vmLegacy:VmLegacy",
    "kubernetes:core/v1:PersistentVolume",
    "kubernetes:core/v1:PersistentVolumeClaim",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:postgresql.cnpg.io/v1:Cluster",
    "tls:index/privateKey:PrivateKey",
    "aws:s3/bucket:Bucket",
]);

/** Resources that hold data; the keys of the administrator and of workers can be made again, and what holds none says so. */
export function dataOf(resources: readonly CapturedResource[]): readonly CapturedResource[] {
    return resources.filter(
        (resource) =>
            holdsData.has(resource.type) &&
            !resource.name.endsWith("-admin") &&
            !resource.urn.includes("homelab:apps:WorkerKeys$") &&
            at(resource, "metadata", "annotations", "homelab/holds-no-data") === undefined,
    );
}

/** URNs of the data whose protection is not as the house says. */
export function unprotectedData(resources: readonly CapturedResource[], protectData: boolean): readonly string[] {
    return dataOf(resources)
        .filter(({ opts }) => opts.protect !== protectData)
        .map(({ urn }) => urn);
}
