import { secretFile, yaml, type GuestFile } from "./guest-files";

const POLICY_PATH = "/var/lib/rancher/k3s/server/audit-policy.yaml";
const LOG_PATH = "/var/lib/rancher/k3s/server/logs/audit.log";

/** Who writes so often, and only what its job is, that nothing else would be found. */
const SYSTEM_USERS = [
    "system:apiserver",
    "system:kube-controller-manager",
    "system:kube-scheduler",
    "system:k3s-controller",
    "system:k3s-supervisor",
];

/**
 * What the API server writes down: who changed what, and who read a secret or went into a pod. Never the objects: their
 * contents would put every secret into a log. The first rule that matches counts.
 */
const POLICY = {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    // The beginning of a request says nothing that its end does not.
    omitStages: ["RequestReceived"],
    rules: [
        { level: "None", users: SYSTEM_USERS },
        // Before the rule for what kubelets do all day. A watch is told at its end only: kubelets begin many.
        {
            level: "Metadata",
            userGroups: ["system:nodes"],
            resources: [{ group: "", resources: ["secrets"] }],
            omitStages: ["ResponseStarted"],
        },
        { level: "None", userGroups: ["system:nodes"], verbs: ["get", "list", "watch", "patch", "update"] },
        {
            level: "None",
            resources: [
                { group: "coordination.k8s.io", resources: ["leases"] },
                { group: "", resources: ["events"] },
                { group: "events.k8s.io", resources: ["events"] },
            ],
        },
        {
            level: "Metadata",
            resources: [
                { group: "", resources: ["secrets", "serviceaccounts/token"] },
                { group: "", resources: ["pods/attach", "pods/exec", "pods/portforward", "pods/ephemeralcontainers"] },
            ],
        },
        { level: "None", verbs: ["get", "list", "watch"] },
        { level: "Metadata" },
    ],
};

/** The policy, on each server's disk. */
export function auditPolicyFile(): GuestFile {
    return secretFile(POLICY_PATH, yaml(POLICY));
}

/** Arguments of the API server. At most a GiB a server, and 30 days. */
export function auditArguments(): readonly string[] {
    return [
        `audit-policy-file=${POLICY_PATH}`,
        `audit-log-path=${LOG_PATH}`,
        "audit-log-maxage=30",
        "audit-log-maxbackup=9",
        "audit-log-maxsize=100",
    ];
}
