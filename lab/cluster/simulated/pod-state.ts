import type { Container, ContainerStatus, Pod, PodCondition, PodStatus } from "./pod";

/** Something that keeps a pod from starting, in the kubelet's own words. */
export interface Obstacle {
    /** `mount` keeps all containers waiting, `config` one of them. */
    readonly kind: "mount" | "config";
    /** Reason of the event, or of the container's waiting state. */
    readonly reason: string;
    readonly message: string;
    /** Container that is kept waiting; only for `config`. */
    readonly container?: string;
}

export interface PodFacts {
    /** Milliseconds since the epoch. */
    readonly now: number;
    /** When the kubelet saw the pod first, and its deletion first. */
    readonly seenAt: number;
    readonly deletionSeenAt: number | undefined;
    readonly hostIP: string;
    readonly podIP: string;
    /** Only looked up while the pod has not started. */
    readonly obstacles: readonly Obstacle[];
}

/** What the kubelet does next with a pod. */
export interface PodStep {
    readonly status?: PodStatus;
    /** Event to record. */
    readonly event?: { readonly type: "Normal" | "Warning"; readonly reason: string; readonly message: string };
    /** The pod's containers have ended: remove it from the API. */
    readonly remove?: boolean;
    /** Look again after this many milliseconds; absent: wait for the next change. */
    readonly againMs?: number;
}

/** Modelled times, in milliseconds: long enough to be seen by a watcher, short enough for `make up`. */
export const DELAYS_MS = { sandbox: 150, ready: 250, job: 400, retry: 1_500, stop: 300 } as const;

/** The kubelet's decision for one pod; pure, so that every path can be tested. */
export function nextStep(pod: Pod, facts: PodFacts): PodStep {
    if (pod.metadata.deletionTimestamp !== undefined) return ending(facts);
    const status = pod.status;
    if (status?.phase === "Succeeded" || status?.phase === "Failed") return {};
    if (status?.phase === "Running") return running(pod, status, facts);
    return starting(pod, facts);
}

function ending(facts: PodFacts): PodStep {
    const since = facts.now - (facts.deletionSeenAt ?? facts.now);
    return since >= DELAYS_MS.stop ? { remove: true } : { againMs: DELAYS_MS.stop - since };
}

function starting(pod: Pod, facts: PodFacts): PodStep {
    const mount = facts.obstacles.find((obstacle) => obstacle.kind === "mount");
    if (mount)
        return {
            status: pendingStatus(pod, facts, () => ({ reason: "ContainerCreating" })),
            event: { type: "Warning", reason: mount.reason, message: mount.message },
            againMs: DELAYS_MS.retry,
        };
    const wait = DELAYS_MS.sandbox - (facts.now - facts.seenAt);
    if (wait > 0) return { status: pendingStatus(pod, facts, () => ({ reason: "ContainerCreating" })), againMs: wait };
    const faults = facts.obstacles.filter((obstacle) => obstacle.kind === "config");
    if (faults[0]) {
        const waiting = (container: Container) => {
            const fault = faults.find((obstacle) => obstacle.container === container.name);
            return fault ? { reason: fault.reason, message: fault.message } : { reason: "PodInitializing" };
        };
        return {
            status: pendingStatus(pod, facts, waiting),
            event: { type: "Warning", reason: "Failed", message: `Error: ${faults[0].message}` },
            againMs: DELAYS_MS.retry,
        };
    }
    return {
        status: startedStatus(pod, facts, false),
        event: {
            type: "Normal",
            reason: "Started",
            message: `Started container ${pod.spec.containers[0]?.name ?? ""}`,
        },
        againMs: isJob(pod) ? DELAYS_MS.job : DELAYS_MS.ready,
    };
}

function running(pod: Pod, status: PodStatus, facts: PodFacts): PodStep {
    const since =
        facts.now - Date.parse(status.containerStatuses?.[0]?.state.running?.startedAt ?? status.startTime ?? "");
    if (isJob(pod)) {
        if (since < DELAYS_MS.job) return { againMs: DELAYS_MS.job - since };
        return { status: succeededStatus(pod, status, facts) };
    }
    const ready = status.conditions?.find((condition) => condition.type === "Ready");
    if (ready?.status === "True") return {};
    if (since < DELAYS_MS.ready) return { againMs: DELAYS_MS.ready - since };
    return { status: startedStatus(pod, facts, true, status) };
}

/** A pod that ends by itself: that of a Job. */
function isJob(pod: Pod): boolean {
    return pod.spec.restartPolicy === "Never" || pod.spec.restartPolicy === "OnFailure";
}

function pendingStatus(
    pod: Pod,
    facts: PodFacts,
    waiting: (container: Container) => { reason: string; message?: string },
): PodStatus {
    const hasInit = (pod.spec.initContainers ?? []).length > 0;
    return {
        phase: "Pending",
        ...addresses(facts, undefined),
        startTime: pod.status?.startTime ?? iso(facts.seenAt),
        conditions: conditions(pod, facts, { initialized: !hasInit, ready: false, sandbox: false }),
        containerStatuses: pod.spec.containers.map((container) =>
            containerStatus(container, { waiting: waiting(container) }),
        ),
        ...(hasInit && {
            initContainerStatuses: initStatuses(pod, (container) =>
                containerStatus(container, { waiting: { reason: "PodInitializing" } }),
            ),
        }),
    };
}

function startedStatus(pod: Pod, facts: PodFacts, ready: boolean, before?: PodStatus): PodStatus {
    const startedAt = before?.containerStatuses?.[0]?.state.running?.startedAt ?? iso(facts.now);
    const done = { exitCode: 0, reason: "Completed", startedAt, finishedAt: startedAt };
    return {
        phase: "Running",
        ...addresses(facts, before),
        startTime: before?.startTime ?? pod.status?.startTime ?? iso(facts.seenAt),
        conditions: conditions(pod, facts, { initialized: true, ready, sandbox: true }),
        containerStatuses: pod.spec.containers.map((container) => ({
            ...containerStatus(container, { running: { startedAt } }),
            ready,
            started: true,
        })),
        ...((pod.spec.initContainers ?? []).length > 0 && {
            initContainerStatuses: initStatuses(pod, (container) =>
                container.restartPolicy === "Always"
                    ? { ...containerStatus(container, { running: { startedAt } }), ready: true, started: true }
                    : { ...containerStatus(container, { terminated: done }), ready: true },
            ),
        }),
    };
}

function succeededStatus(pod: Pod, before: PodStatus, facts: PodFacts): PodStatus {
    const startedAt = before.containerStatuses?.[0]?.state.running?.startedAt ?? iso(facts.now);
    const done = { exitCode: 0, reason: "Completed", startedAt, finishedAt: iso(facts.now) };
    return {
        ...before,
        phase: "Succeeded",
        conditions: conditions(pod, facts, { initialized: true, ready: false, sandbox: false }, "PodCompleted"),
        containerStatuses: pod.spec.containers.map((container) => containerStatus(container, { terminated: done })),
    };
}

function conditions(
    pod: Pod,
    facts: PodFacts,
    is: { initialized: boolean; ready: boolean; sandbox: boolean },
    reason?: string,
): PodCondition[] {
    const old = pod.status?.conditions ?? [];
    const one = (type: string, value: boolean): PodCondition => {
        const status = value ? "True" : "False";
        const before = old.find((condition) => condition.type === type);
        const since = before?.status === status ? before.lastTransitionTime : undefined;
        const why = value
            ? undefined
            : (reason ?? (type === "Initialized" ? "ContainersNotInitialized" : "ContainersNotReady"));
        return {
            type,
            status,
            lastTransitionTime: since ?? iso(facts.now),
            ...(why && type !== "PodReadyToStartContainers" && { reason: why }),
        };
    };
    return [
        ...old.filter((condition) => condition.type === "PodScheduled"),
        one("PodReadyToStartContainers", is.sandbox),
        one("Initialized", is.initialized),
        one("ContainersReady", is.ready),
        one("Ready", is.ready),
    ];
}

function containerStatus(container: Container, state: ContainerStatus["state"]): ContainerStatus {
    return {
        name: container.name,
        image: container.image,
        imageID: state.waiting ? "" : `simulated://${container.image}`,
        ready: false,
        started: false,
        restartCount: 0,
        state,
    };
}

function initStatuses(pod: Pod, status: (container: Container) => ContainerStatus): ContainerStatus[] {
    return (pod.spec.initContainers ?? []).map(status);
}

function addresses(facts: PodFacts, before: PodStatus | undefined) {
    const podIP = before?.podIP ?? facts.podIP;
    return { hostIP: facts.hostIP, hostIPs: [{ ip: facts.hostIP }], podIP, podIPs: [{ ip: podIP }] };
}

function iso(ms: number): string {
    return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
