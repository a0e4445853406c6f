import { type GraphIndex, isIndexed, type Workload } from "../../model/graph-index";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import type { Subject } from "../../model/subject";
import { isStorage, podVolumes, volumeMounts, type VolumeMount } from "../../model/volume";

/** One place at which a workload sees files that others may see too. */
interface Place {
    readonly subject: Subject;
    readonly data: string;
    readonly mount: VolumeMount;
}

export const sharedFilesAtOnePath: StackRule = {
    kind: "stack",
    name: "shared-files-at-one-path",
    level: "mandatory",
    severity: "high",
    description: "Programs that share files of a file server mount them at the same path, and each of them once.",
    incident:
        "A download client saw the library at another path than the program that sorts it: 4 GB were written into the " +
        "container's own layer, and nothing was ever imported. Two mounts of one share also break hard links between them.",
    instead: "one mount of the whole library, at the path of components/storage for every program.",
    applies: (type) => isIndexed(type) || isStorage(type),
    check(graph, report) {
        const first = new Map<string, Place>();
        for (const workload of graph.workloads) {
            report.guard(workload.subject, () => {
                const all = places(workload, graph);
                for (const place of all) {
                    const other = first.get(place.data);
                    first.set(place.data, other ?? place);
                    if (other) compare(place, other, report);
                }
                checkWritableOnce(workload, all, report);
            });
        }
    },
};

function places(workload: Workload, graph: GraphIndex): readonly Place[] {
    const shared = podVolumes(workload, graph).filter(({ networkFiles }) => networkFiles);
    const mounts = volumeMounts(workload);
    return shared.flatMap(({ name, data }) =>
        mounts.filter(({ volume }) => volume === name).map((mount) => ({ subject: workload.subject, data, mount })),
    );
}

function compare({ subject, mount }: Place, other: Place, report: Report): void {
    if (subject === other.subject) return;
    if (rootOf(mount) === rootOf(other.mount)) return;
    report.violation(subject, {
        path: mount.field.path,
        wrong: `${shown(mount)} are files that ${other.subject.title} has at ${shown(other.mount)}: a path that one of them writes down is wrong for the other`,
        write: `mount them at ${shown(other.mount)}`,
    });
}

/** Where the whole share would be: a folder of it that has its own name there is at the path that everybody writes down. */
function rootOf({ path, subPath }: VolumeMount): string {
    const inside = subPath === "" ? "" : `/${subPath}`;
    return path.endsWith(inside) ? path.slice(0, path.length - inside.length) : `${path} (folder ${subPath})`;
}

function checkWritableOnce({ subject }: Workload, all: readonly Place[], report: Report): void {
    const seen = new Map<string, VolumeMount>();
    for (const { mount, data } of all) {
        if (mount.readOnly) continue;
        // Two shares of one server are two mounts as well, whether they lie on one disk there or not.
        const key = `${mount.container.path} ${serverOf(data)}`;
        const other = seen.get(key);
        seen.set(key, other ?? mount);
        if (!other) continue;
        report.violation(subject, {
            path: mount.field.path,
            wrong: `${shown(mount)} and ${shown(other)} are shares of one server, and no hard link or move works between two mounts`,
            write: "mount one share once, at a folder above both",
        });
    }
}

/** A share is named `<server>:<path>:<folder>`; anything else is a claim, and stands for itself. */
function serverOf(data: string): string {
    const [server = "", ...path] = data.split(":");
    return path.length > 0 && server !== "" ? server : data;
}

function shown({ path, subPath }: VolumeMount): string {
    return subPath === "" ? path : `${path} (folder ${subPath})`;
}
