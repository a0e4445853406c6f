import type { ResourceRule } from "../../model/rule";
import { EXISTING_CLASS } from "../../model/subject";

export const noDefaultProvider: ResourceRule = {
    kind: "resource",
    name: "no-default-provider",
    level: "mandatory",
    severity: "high",
    description: "Every resource goes through a provider that the program made, never through a default one.",
    incident:
        "A namespace was made without a provider. The default one took the kubeconfig that the shell happened to have, and " +
        "the namespace, with all that followed it, landed in the cluster of somebody's work.",
    instead: "provider in the options of the component above, which every child takes over.",
    // A component has no provider of its own; its children are asked.
    applies: (type) => type !== EXISTING_CLASS,
    check(subject, report) {
        const { provider } = subject.fact.opts;
        if (provider === undefined) return;
        const name = provider.split("::").at(-1) ?? "";
        if (name !== "" && !/^default(_\d|$)/.test(name)) return;
        report.violation(subject, {
            path: "",
            wrong: "goes through a default provider, which finds its settings on the machine that runs the program",
            write: "hand it the provider of the house in its options, or those of the component above it",
        });
    },
};
