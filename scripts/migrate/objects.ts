import { createHash } from "node:crypto";
import { images } from "../../components/versions";
import { listAt, type DeployedJellyfin, type Json } from "./running-house";

/** What the Job is to do. */
export interface Task {
    readonly kind: "migrate" | "check" | "roll-back";
    /** Path of the library below `/config`. */
    readonly source: string;
    /** Whether a database that has been used may be replaced. */
    readonly replace: boolean;
}

const NAME = "jellyfin-migration";
const PROGRAM = "library-migration.cjs";
/** A library of 100,000 films takes minutes; this ends what hangs. */
const DEADLINE_SECONDS = 3_600;
/** So long the logs are kept. */
const KEPT_SECONDS = 7 * 24 * 3_600;

const labels = {
    "app.kubernetes.io/name": "jellyfin",
    "app.kubernetes.io/instance": NAME,
    "app.kubernetes.io/component": "migration",
    "app.kubernetes.io/part-of": "media",
};

/** What is there while the Job runs, and is removed after it: its program, and its doors. */
export function surroundings(house: DeployedJellyfin, program: string): Json[] {
    const { namespace } = house;
    const opened = (spec: Json): Json => ({
        podSelector: spec["podSelector"],
        policyTypes: ["Ingress"],
        ingress: listAt(spec, "ingress").map((rule) => ({
            ...rule,
            from: [
                {
                    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
                    podSelector: { matchLabels: labels },
                },
            ],
        })),
    });
    return [
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: programName(program), namespace, labels },
            data: { [PROGRAM]: program },
        },
        {
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { name: NAME, namespace, labels },
            spec: {
                podSelector: { matchLabels: labels },
                policyTypes: ["Ingress", "Egress"],
                ingress: [],
                egress: house.egress,
            },
        },
        ...house.doors.map((door) => ({
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { name: `${door.name}-migration`, namespace: door.namespace, labels },
            spec: opened(door.spec),
        })),
    ];
}

/** The Job: one try, as the user who owns the library, with nothing but the library and the database. */
export function job(house: DeployedJellyfin, program: string, task: Task, stamp: string): Json {
    const env = [
        ...house.databaseEnv,
        { name: "MIGRATION_TASK", value: task.kind },
        { name: "MIGRATION_SOURCE", value: `/config/${task.source}` },
        { name: "MIGRATION_REPLACE", value: String(task.replace) },
    ];
    return {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: `${NAME}-${task.kind}-${stamp}`, namespace: house.namespace, labels },
        spec: {
            backoffLimit: 0,
            activeDeadlineSeconds: DEADLINE_SECONDS,
            ttlSecondsAfterFinished: KEPT_SECONDS,
            template: {
                metadata: { labels },
                spec: {
                    restartPolicy: "Never",
                    automountServiceAccountToken: false,
                    enableServiceLinks: false,
                    ...(house.affinity === undefined ? {} : { affinity: house.affinity }),
                    securityContext: {
                        runAsNonRoot: true,
                        runAsUser: 1000,
                        runAsGroup: 1000,
                        seccompProfile: { type: "RuntimeDefault" },
                    },
                    containers: [
                        {
                            name: "migration",
                            image: images.node,
                            command: ["node", "--max-old-space-size=256", `/program/${PROGRAM}`],
                            env,
                            resources: {
                                requests: { cpu: "500m", memory: "256Mi" },
                                limits: { memory: "768Mi" },
                            },
                            securityContext: {
                                allowPrivilegeEscalation: false,
                                readOnlyRootFilesystem: true,
                                capabilities: { drop: ["ALL"] },
                            },
                            volumeMounts: [
                                { name: "program", mountPath: "/program", readOnly: true },
                                { name: "config", mountPath: "/config" },
                                // SQLite sorts there what does not fit into its memory.
                                { name: "tmp", mountPath: "/tmp" },
                                ...(house.authority === undefined
                                    ? []
                                    : [
                                          {
                                              name: house.authority.volume["name"],
                                              mountPath: house.authority.path,
                                              readOnly: true,
                                          },
                                      ]),
                            ],
                        },
                    ],
                    volumes: [
                        { name: "program", configMap: { name: programName(program) } },
                        { name: "config", persistentVolumeClaim: { claimName: house.configClaim } },
                        { name: "tmp", emptyDir: { sizeLimit: "2Gi" } },
                        ...(house.authority === undefined ? [] : [house.authority.volume]),
                    ],
                },
            },
        },
    };
}

/** Another program is another object, so that no Job ever runs half of one. */
function programName(program: string): string {
    return `${NAME}-${createHash("sha256").update(program).digest("hex").slice(0, 10)}`;
}
