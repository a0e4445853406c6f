import { eachContainer, eachItem, runsPods } from "../../model/containers";
import type { ResourceRule } from "../../model/rule";

export const mountNamesVolume: ResourceRule = {
    kind: "resource",
    name: "mount-names-volume",
    level: "mandatory",
    severity: "medium",
    description: "Every mount of a container names a volume that its pod declares.",
    incident:
        "A manifest mounted `config` and declared no such volume. It had been printed, copied and reviewed; the API server " +
        "refused it in the middle of a run, after the objects before it had changed.",
    instead: "mounts of Workload, which carry their volume with them.",
    applies: runsPods,
    check(subject, report) {
        if (subject.type.patch) return;
        const templates = subject.object.at("spec", "volumeClaimTemplates");
        eachContainer(subject, report, (container, { spec }) => {
            const declared = new Set([
                ...spec
                    .at("volumes")
                    .items()
                    .map((volume) => volume.at("name").text()),
                ...templates.items().map((template) => template.at("metadata", "name").text()),
            ]);
            eachItem(subject, report, container.at("volumeMounts"), (mount) => {
                const name = mount.at("name");
                if (declared.has(name.text())) return;
                report.violation(subject, {
                    path: name.path,
                    wrong: `the pod declares no volume ${name.text() ?? ""}`,
                    write: "declare it among volumes, or mount another one",
                });
            });
        });
    },
};
