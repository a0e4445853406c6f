import { isMachine } from "../../model/machine";
import type { StackRule } from "../../model/rule";
import { isKind } from "../../model/kind";

const isVolumeOrBucket = isKind(
    "PersistentVolume",
    "PersistentVolumeClaim",
    "StatefulSet",
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketV2:BucketV2",
);

/** CloudNativePG's: deleted, it takes its instances' claims along. Other API groups have kinds of this name too. */
const isDatabaseCluster = (type: string) => /^kubernetes:postgresql\.cnpg\.io\/v\w+:Cluster$/.test(type);

/**
 * Says that something may go. `homelab/data-moved-to`: a server that stays only until somebody has seen that its data is
 * elsewhere, with where it is. `homelab/holds-no-data`: claims whose files nobody misses, or none at all, with the reason.
 */
const DISPENSABLE = ["homelab/data-moved-to", "homelab/holds-no-data"] as const;

const holdsData = (type: string) => isVolumeOrBucket(type) || isDatabaseCluster(type) || isMachine(type);

export const dataProtectedAsOne: StackRule = {
    kind: "stack",
    name: "data-protected-as-one",
    level: "mandatory",
    severity: "critical",
    description:
        "Everything that holds data is protected from deletion, or nothing is, as in a house for trying things. " +
        "What says where its data has moved to (annotation homelab/data-moved-to), or why it has none (homelab/holds-no-data), " +
        "may go.",
    incident:
        "A volume was renamed, which replaces it. Its neighbours were protected, it had been forgotten, and the run deleted " +
        "it with all that it held, after a preview that nobody read to its end.",
    instead: "protect from the component's options, which every child takes over; house.protectData decides for all.",
    applies: holdsData,
    check(graph, report) {
        const data = graph.subjects.filter(({ fact, type }) => !type.patch && holdsData(fact.type));
        const safe = data.filter(({ fact }) => fact.opts.protect === true);
        if (safe.length === 0) return;
        for (const subject of data.filter(({ fact }) => fact.opts.protect !== true)) {
            report.guard(subject, () => {
                if (DISPENSABLE.some((key) => subject.object.at("metadata", "annotations", key).exists())) return;
                report.violation(subject, {
                    path: "",
                    wrong: `is not protected from deletion, as ${safe.length} others with data are`,
                    write: "pass protect on from the component above it",
                });
            });
        }
    },
};
