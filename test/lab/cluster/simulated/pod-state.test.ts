import assert from "node:assert/strict";
import type { Pod, PodSpec, PodStatus } from "../../../../lab/cluster/simulated/pod";
import { DELAYS_MS, nextStep, type PodFacts } from "../../../../lab/cluster/simulated/pod-state";

const NOW = Date.parse("2026-01-01T00:00:00Z");

function pod(spec: Partial<PodSpec> = {}, status?: PodStatus): Pod {
    const containers = [{ name: "main", image: "a:1" }];
    return { metadata: { name: "p", uid: "u" }, spec: { containers, ...spec }, ...(status && { status }) };
}

function facts(more: Partial<PodFacts> = {}): PodFacts {
    const places = { hostIP: "10.0.0.1", podIP: "10.42.0.2" };
    return { now: NOW, seenAt: NOW - 10_000, deletionSeenAt: undefined, ...places, obstacles: [], ...more };
}

function started(spec: Partial<PodSpec> = {}): PodStatus {
    const { status } = nextStep(pod(spec), facts());
    assert.ok(status);
    return status;
}

function conditionOf(status: PodStatus | undefined, type: string) {
    return status?.conditions?.find((condition) => condition.type === type);
}

const mount = { kind: "mount" as const, reason: "FailedMount", message: "no such export" };
const config = {
    kind: "config" as const,
    reason: "CreateContainerConfigError",
    message: "no secret",
    container: "main",
};

describe("the life of a pod", () => {
    it("begins with a moment in which its sandbox is made", () => {
        const step = nextStep(pod(), facts({ seenAt: NOW }));
        assert.equal(step.status?.phase, "Pending");
        assert.deepEqual(step.status.containerStatuses?.[0]?.state, { waiting: { reason: "ContainerCreating" } });
        assert.equal(step.againMs, DELAYS_MS.sandbox);
    });

    it("goes on with running containers that are not ready yet", () => {
        const step = nextStep(pod(), facts());
        assert.equal(step.status?.phase, "Running");
        assert.equal(step.status.podIP, "10.42.0.2");
        assert.equal(conditionOf(step.status, "Ready")?.status, "False");
        assert.equal(step.event?.reason, "Started");
        assert.equal(step.againMs, DELAYS_MS.ready);
    });

    it("is ready after a while, and then nothing is left to do", () => {
        const before = started();
        const early = nextStep(pod({}, before), facts({ now: NOW + 50 }));
        assert.equal(early.status, undefined);
        assert.equal(early.againMs, DELAYS_MS.ready - 50);
        const step = nextStep(pod({}, before), facts({ now: NOW + DELAYS_MS.ready }));
        assert.equal(conditionOf(step.status, "Ready")?.status, "True");
        assert.equal(step.status?.containerStatuses?.[0]?.ready, true);
        assert.deepEqual(nextStep(pod({}, step.status), facts({ now: NOW + 60_000 })), {});
    });

    it("is ready again after its node was lost and came back, without a new start", () => {
        const readyStatus = nextStep(pod({}, started()), facts({ now: NOW + 1_000 })).status;
        assert.ok(readyStatus);
        const conditions = readyStatus.conditions?.map((one) =>
            one.type === "Ready" ? { ...one, status: "False" as const } : one,
        );
        const step = nextStep(
            pod({}, { ...readyStatus, ...(conditions && { conditions }) }),
            facts({ now: NOW + 90_000 }),
        );
        assert.equal(conditionOf(step.status, "Ready")?.status, "True");
        assert.deepEqual(step.status?.containerStatuses?.[0]?.state, readyStatus.containerStatuses?.[0]?.state);
    });

    it("waits as a whole while a volume cannot be mounted, and tries again", () => {
        const step = nextStep(pod(), facts({ obstacles: [config, mount] }));
        assert.equal(step.status?.phase, "Pending");
        assert.deepEqual(step.event, { type: "Warning", reason: "FailedMount", message: "no such export" });
        assert.deepEqual(step.status.containerStatuses?.[0]?.state, { waiting: { reason: "ContainerCreating" } });
        assert.equal(step.againMs, DELAYS_MS.retry);
    });

    it("waits at the container whose configuration is missing, with the reason in its state", () => {
        const containers = ["main", "other"].map((name) => ({ name, image: "a:1" }));
        const step = nextStep(pod({ containers }), facts({ obstacles: [config] }));
        assert.equal(step.status?.phase, "Pending");
        assert.deepEqual(
            step.status.containerStatuses?.map(({ state }) => state.waiting),
            [{ reason: "CreateContainerConfigError", message: "no secret" }, { reason: "PodInitializing" }],
        );
        assert.equal(step.event?.message, "Error: no secret");
        assert.equal(step.againMs, DELAYS_MS.retry);
    });

    it("has finished init containers and running sidecars once it runs", () => {
        const initContainers = [
            { name: "once", image: "a:1" },
            { name: "beside", image: "a:1", restartPolicy: "Always" },
        ];
        const waiting = nextStep(pod({ initContainers }), facts({ obstacles: [mount] })).status;
        assert.equal(conditionOf(waiting, "Initialized")?.status, "False");
        const [once, beside] = started({ initContainers }).initContainerStatuses ?? [];
        assert.equal(once?.state.terminated?.reason, "Completed");
        assert.ok(beside?.state.running);
    });

    for (const restartPolicy of ["Never", "OnFailure"] as const)
        it(`ends by itself with restartPolicy ${restartPolicy}, and stays as it ended`, () => {
            const job = { restartPolicy };
            const running = pod(job, started(job));
            assert.equal(nextStep(running, facts()).againMs, DELAYS_MS.job);
            const step = nextStep(running, facts({ now: NOW + DELAYS_MS.job }));
            assert.equal(step.status?.phase, "Succeeded");
            assert.equal(step.status.containerStatuses?.[0]?.state.terminated?.exitCode, 0);
            assert.equal(conditionOf(step.status, "Ready")?.reason, "PodCompleted");
            assert.deepEqual(nextStep(pod(job, step.status), facts({ now: NOW + 60_000 })), {});
        });

    it("ends when it is deleted: after its containers have stopped it is removed, in whatever state it was", () => {
        const deleted = { ...pod(), metadata: { name: "p", uid: "u", deletionTimestamp: "2026-01-01T00:00:00Z" } };
        for (const status of [undefined, started(), { phase: "Succeeded" as const }]) {
            const ending = { ...deleted, ...(status && { status }) };
            assert.deepEqual(nextStep(ending, facts({ deletionSeenAt: NOW - 100 })), { againMs: DELAYS_MS.stop - 100 });
            assert.deepEqual(nextStep(ending, facts({ deletionSeenAt: NOW - DELAYS_MS.stop })), { remove: true });
        }
    });

    it("keeps what others say of it, and the time of what has not changed", () => {
        const scheduled = { type: "PodScheduled", status: "True" as const, lastTransitionTime: "2025-01-01T00:00:00Z" };
        const first = nextStep(pod({}, { phase: "Pending", conditions: [scheduled] }), facts({ obstacles: [mount] }));
        assert.deepEqual(conditionOf(first.status, "PodScheduled"), scheduled);
        const later = nextStep(pod({}, first.status), facts({ obstacles: [mount], now: NOW + 5_000 }));
        assert.deepEqual(later.status, first.status);
    });
});
