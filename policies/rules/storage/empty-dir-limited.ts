import { eachItem, eachPod, runsPods } from "../../model/containers";
import type { ResourceRule } from "../../model/rule";

export const emptyDirLimited: ResourceRule = {
    kind: "resource",
    name: "empty-dir-limited",
    level: "mandatory",
    severity: "medium",
    description: "Every emptyDir has a size limit, and transcoded films go to a volume of their own.",
    incident:
        "Transcoding filled an emptyDir, and with it the disk of the node: the kubelet evicted every pod on it, the " +
        "database's too, one after the other.",
    instead: "a scratch volume with sizeLimit, and a claim template for what may grow large.",
    applies: runsPods,
    check(subject, report) {
        eachPod(subject, report, ({ spec }) => {
            eachItem(subject, report, spec.at("volumes"), (volume) => {
                const scratch = volume.at("emptyDir");
                if (!scratch.exists()) return;
                const name = volume.at("name").text() ?? "";
                if (/transcod/i.test(name)) {
                    return report.violation(subject, {
                        path: scratch.path,
                        wrong: `${name} fills the disk of the node that every other pod uses too`,
                        write: "use a claim template of the block storage",
                    });
                }
                if (scratch.at("sizeLimit").exists()) return;
                report.violation(subject, {
                    path: scratch.at("sizeLimit").path,
                    wrong: `${name} may fill the disk of the node`,
                    write: "write a limit, as 256Mi",
                });
            });
        });
    },
};
