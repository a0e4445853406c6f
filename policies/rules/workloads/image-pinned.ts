import { containerLists, podTemplates, workloadKinds } from "../../model/pod-template";
import { type ImageReference, parseImage } from "../../model/image";
import type { Field } from "../../model/field";
import { isRelease, releaseImages } from "../../model/release";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import { type Subject, kubernetesType } from "../../model/subject";

/** Tags that are moved to the next image by those who push them. */
const movingTags: ReadonlySet<string> = new Set([
    "latest",
    "main",
    "master",
    "edge",
    "nightly",
    "stable",
    "develop",
    "dev",
]);

export const imagePinned: ResourceRule = {
    kind: "resource",
    name: "image-pinned",
    level: "mandatory",
    severity: "medium",
    description: "Every image is pinned to a version: a tag that does not move, or a digest.",
    incident:
        "A pod was moved to another node by a drain, pulled a newer `latest` than its twin, and migrated the database " +
        "under it. Nothing in the repository had changed.",
    instead: "a version tag from components/versions.ts, or name@sha256:<digest>.",
    applies: (type) => isRelease(type) || workloadKinds.has(kubernetesType(type)?.kind ?? ""),
    check(subject, report) {
        for (const template of podTemplates(subject)) {
            for (const list of containerLists(template)) {
                eachItem(subject, report, list, (container) => checkImage(subject, report, container.at("image")));
            }
            // An image can be mounted as a volume too.
            eachItem(subject, report, template.spec.at("volumes"), (volume) => {
                if (volume.at("image").exists()) checkImage(subject, report, volume.at("image", "reference"));
            });
        }
        for (const { path, tag } of releaseImages(subject)) {
            report.guard(subject, () => {
                const written = tag();
                if (movingTags.has(written ?? "")) refuse(subject, report, path, `the tag ${written} moves`);
            });
        }
    },
};

function eachItem(subject: Subject, report: Report, list: Field, check: (item: Field) => void): void {
    report.guard(subject, () => {
        for (const item of list.items()) report.guard(subject, () => check(item));
    });
}

function checkImage(subject: Subject, report: Report, field: Field): void {
    // A patch changes single fields of a container; the image may be somebody else's.
    if (subject.type.patch && !field.exists()) return;
    const reference = field.text() ?? "";
    const problem = imageProblem(parseImage(reference));
    // Shown whole, never in parts: a message recognises a secret by its whole text.
    if (problem) refuse(subject, report, field.path, reference === "" ? problem : `${reference} ${problem}`);
}

function imageProblem(image: ImageReference): string | undefined {
    if (image.name === "") return "names no image";
    if (image.digest !== undefined) return undefined;
    if (image.tag === undefined) return "has no tag, which means latest";
    return movingTags.has(image.tag) ? "has a tag that moves" : undefined;
}

function refuse(subject: Subject, report: Report, path: string, wrong: string): void {
    report.violation(subject, { path, wrong, write: "name a version tag or a digest, as components/versions.ts does" });
}
