import { posix } from "node:path";
import { eachContainer, eachItem, runsPods } from "../../model/containers";
import type { Field } from "../../model/field";
import { isKind } from "../../model/kind";
import { podTemplates } from "../../model/pod-template";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

/** Paths of a node that a pod may read, since they hold neither data nor a way to the node. */
const readable: ReadonlySet<string> = new Set([
    "/etc/localtime",
    "/etc/machine-id",
    "/lib/modules",
    "/usr/share/zoneinfo",
]);
/** Devices that no device plugin hands out: they are written to by what they are for. */
const devices = /^\/dev\/(?:bus\/usb|serial|tty(?:USB|ACM)\d+|net\/tun)(?:\/|$)/;
const sockets = /(?:docker|containerd|crio|cri-dockerd|k3s\/containerd\/containerd)\.sock$|^\/(?:var\/)?run(?:\/|$)/;

const isVolume = isKind("PersistentVolume");

export const hostPathListed: ResourceRule = {
    kind: "resource",
    name: "host-path-listed",
    level: "mandatory",
    severity: "high",
    description: "A path of the node is mounted only from a short list, read-only, and never the runtime's socket.",
    incident:
        "A dashboard had the container runtime's socket mounted to show what runs: whoever reaches it starts a privileged " +
        "container. And an app's state on a node's path was empty after the pod moved to the next node.",
    instead: "a volume of the block storage or the NAS for data, the device plugin for a GPU.",
    applies: (type) => runsPods(type) || isVolume(type),
    check(subject, report) {
        if (isVolume(subject.fact.type)) {
            report.guard(subject, () => checkPath(subject, report, subject.object.at("spec", "hostPath", "path")));
            return;
        }
        for (const { spec } of podTemplates(subject)) {
            eachItem(subject, report, spec.at("volumes"), (volume) => {
                const path = volume.at("hostPath", "path");
                const name = volume.at("name").text();
                if (checkPath(subject, report, path) === "readable") checkMounts(subject, report, path, name);
            });
        }
    },
};

function checkPath(subject: Subject, report: Report, field: Field): "readable" | "other" {
    const written = field.text();
    if (written === undefined) return "other";
    const path = posix.normalize(written).replace(/(.)\/$/, "$1");
    if (readable.has(path)) return "readable";
    if (devices.test(path)) return "other";
    const why = sockets.test(path)
        ? "leads to the container runtime, which makes root of whoever reaches it"
        : "is a path of one node: what is there is another node's on the next start, and the node's own now";
    const write = "use a volume of the block storage or the NAS, or give the reason as an exception";
    report.violation(subject, { path: field.path, wrong: `${written} ${why}`, write });
    return "other";
}

function checkMounts(subject: Subject, report: Report, path: Field, volume: string | undefined): void {
    eachContainer(subject, report, (container) => {
        eachItem(subject, report, container.at("volumeMounts"), (mount) => {
            if (mount.at("name").text() !== volume || mount.at("readOnly").flag() === true) return;
            const wrong = `is not true, so the pod may change ${path.text() ?? ""} for its whole node`;
            report.violation(subject, { path: mount.at("readOnly").path, wrong, write: "write true" });
        });
    });
}
