import { eachPod, runsPods } from "../../model/containers";
import type { ResourceRule } from "../../model/rule";

export const noApiToken: ResourceRule = {
    kind: "resource",
    name: "no-api-token",
    level: "advisory",
    severity: "medium",
    description: "A pod has a ServiceAccount of its own, and no token of it unless it talks to the API server.",
    incident:
        "Every pod that says nothing carries a key to the API server, that of the account all share. Whoever gave the shared " +
        "account one right for one app gave it to the download client too, which listens to the internet.",
    instead: "a ServiceAccount per workload and automountServiceAccountToken: false, as Workload writes them.",
    applies: runsPods,
    check(subject, report) {
        eachPod(subject, report, ({ spec }) => {
            report.guard(subject, () => {
                const automount = spec.at("automountServiceAccountToken");
                if (automount.flag() === false || (subject.type.patch && !automount.exists())) return;
                const wrong = "is not false, so every process in the pod can log in to the API server";
                report.violation(subject, { path: automount.path, wrong, write: "write false" });
            });
            report.guard(subject, () => {
                const name = spec.at("serviceAccountName");
                // The server writes both names; the short one is its old form.
                const account = name.text() || spec.at("serviceAccount").text() || "default";
                if (account !== "default" || (subject.type.patch && !name.exists())) return;
                const wrong = "is default, so a right for this workload is one for every other in its namespace";
                report.violation(subject, { path: name.path, wrong, write: "name an account of its own" });
            });
        });
    },
};
