import { podTemplates } from "../../../policies/model/pod-template";
import { readSubject } from "../../../policies/model/subject";
import type { ResourceFact } from "../../../policies/model/fact";
import { instead, type Mutation, type Path, valueAt, without } from "./mutation";

/** What every pod says for its safety. */
const ofPod: readonly Path[] = [
    ["automountServiceAccountToken"],
    ["serviceAccountName"],
    ["securityContext"],
    ["securityContext", "runAsNonRoot"],
    ["securityContext", "seccompProfile"],
    ["affinity"],
    ["affinity", "nodeAffinity"],
];

/** What every container says. Not the request of memory: Kubernetes takes the limit, which is more. */
const ofContainer: readonly Path[] = [
    ["securityContext"],
    ["securityContext", "allowPrivilegeEscalation"],
    ["securityContext", "capabilities"],
    ["securityContext", "capabilities", "drop"],
    ["securityContext", "readOnlyRootFilesystem"],
    ["resources"],
    ["resources", "requests", "cpu"],
    ["resources", "limits", "memory"],
    ["readinessProbe"],
];

/** What would be too much, where nothing says so. */
const added: readonly (readonly [string, Path, unknown])[] = [
    ["privileged", ["securityContext", "privileged"], true],
    ["an image without a tag", ["image"], "docker.io/library/busybox"],
    ["an image of nobody's registry", ["image"], "registry.example.net/tool:1.2.3"],
];
const addedToPod: readonly (readonly [string, Path, unknown])[] = [
    ["root", ["securityContext", "runAsUser"], 0],
    ["the node's network", ["hostNetwork"], true],
    ["the node's processes", ["hostPID"], true],
];

const labels = ["name", "instance", "component", "part-of", "managed-by"].map((word) => `app.kubernetes.io/${word}`);

/** The same for each workload of a graph: every line of its safety taken away, and some dangers added. */
export function genericMutations(facts: readonly ResourceFact[]): readonly Mutation[] {
    return facts.flatMap((fact) => {
        const subject = readSubject(fact);
        const [template] = subject ? podTemplates(subject) : [];
        if (!template) return [];
        const root = template.spec.path.split(".");
        const pod = valueAt(fact.props, root);
        const lists = ["containers", "initContainers"].flatMap((list) => {
            const containers = valueAt(pod, [list]);
            return Array.isArray(containers) ? containers.map((_, index): Path => [...root, list, index]) : [];
        });
        // A workload with a written reason to have a token has no safety in being without one.
        const isExcused = valueAt(fact.props, ["metadata", "annotations", "policy.homelab/allow-no-api-token"]);
        const excused = new Set<string | number>(
            isExcused === undefined ? [] : ["automountServiceAccountToken", "serviceAccountName"],
        );
        const drop = (place: Path, path: Path): Mutation[] =>
            valueAt(fact.props, [...place, ...path]) === undefined
                ? []
                : [
                      without(
                          `${fact.name}: ${[...place.slice(root.length), ...path].join(".")}`,
                          fact.name,
                          ...place,
                          ...path,
                      ),
                  ];
        const put = (place: Path, [what, path, value]: (typeof added)[number]): Mutation =>
            instead(
                `${fact.name}: ${what} in ${place.slice(root.length).join(".") || "the pod"}`,
                fact.name,
                value,
                ...place,
                ...path,
            );
        return [
            ...ofPod.filter(([key]) => key === undefined || !excused.has(key)).flatMap((path) => drop(root, path)),
            ...lists.flatMap((place) => ofContainer.flatMap((path) => drop(place, path))),
            ...addedToPod.map((danger) => put(root, danger)),
            ...lists.flatMap((place) => added.map((danger) => put(place, danger))),
            ...labels.flatMap((label) => drop([...root.slice(0, -1), "metadata", "labels"], [label])),
            ...labels.flatMap((label) => drop(["metadata", "labels"], [label])),
        ];
    });
}
