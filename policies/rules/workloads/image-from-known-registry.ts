import { eachContainer, eachItem, eachPod, runsPods } from "../../model/containers";
import type { Field } from "../../model/field";
import { parseImage } from "../../model/image";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

/** Where the house takes images from: the projects' own registries, and the repositories of its AWS account. */
const known: ReadonlySet<string> = new Set(["docker.io", "ghcr.io", "quay.io", "registry.k8s.io"]);
const ownRepositories = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$/;

export const imageFromKnownRegistry: ResourceRule = {
    kind: "resource",
    name: "image-from-known-registry",
    level: "mandatory",
    severity: "medium",
    description: "Every image comes from a registry that the house knows.",
    incident:
        "A registry named in a blog post was gone a year later. Its image ran on from one node's cache, and the pod that was " +
        "moved to the other node had nothing to start from; whoever takes such a name over decides what runs.",
    instead: "an image of docker.io, ghcr.io, quay.io or registry.k8s.io, or a copy in the house's own repositories.",
    applies: runsPods,
    check(subject, report) {
        eachContainer(subject, report, (container) => checkImage(subject, report, container.at("image")));
        eachPod(subject, report, ({ spec }) => {
            eachItem(subject, report, spec.at("volumes"), (volume) =>
                checkImage(subject, report, volume.at("image", "reference")),
            );
        });
    },
};

function checkImage(subject: Subject, report: Report, field: Field): void {
    const reference = field.text();
    if (!reference) return;
    const registry = registryOf(parseImage(reference).name);
    if (known.has(registry) || ownRepositories.test(registry)) return;
    // Shown whole, never in parts: a message recognises a secret by its whole text.
    const wrong = `${reference} comes from a registry that the house does not know, and may be gone when a pod moves`;
    report.violation(subject, { path: field.path, wrong, write: "copy it to a repository of the house" });
}

/** What stands before the first slash is a registry only where it looks like a host; else it is a name at Docker's own. */
function registryOf(name: string): string {
    const [first = "", ...rest] = name.split("/");
    return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : "docker.io";
}
