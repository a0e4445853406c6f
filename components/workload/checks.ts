import type { Identity } from "./identity";
import { allContainers, podVolumes, type PodArgs } from "./pod";
import type { Run } from "./run";
import { isOpenToAll } from "./volumes";
import { weakenProblems, type Weaken } from "./weaken";

export interface Problem {
    readonly propertyPath: string;
    readonly reason: string;
}

/** Longest name that leaves room for what Kubernetes appends to pods of a controller. */
const NAME_LIMIT = 52;

const UNITS: Readonly<Record<string, number>> = {
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
};

/** Bytes of a Kubernetes quantity; `undefined` when it is none. */
function bytesOf(quantity: string): number | undefined {
    const match = /^(\d+(?:\.\d+)?)([kMGT]i?|Ki)?$/.exec(quantity);
    const unit = match === null ? undefined : UNITS[match[2] ?? ""];
    return unit === undefined ? undefined : Number(match?.[1]) * unit;
}

function memoryProblems(pod: PodArgs): Problem[] {
    return allContainers(pod).flatMap(({ name, resources: { memory } }) => {
        const where = `memory of container ${name ?? "main"}`;
        const [request, limit] = [bytesOf(memory.request), bytesOf(memory.limit)];
        if (request === undefined || limit === undefined) {
            const wrong = request === undefined ? memory.request : memory.limit;
            return [{ propertyPath: where, reason: `"${wrong}" is no quantity; write for example 512Mi or 2Gi` }];
        }
        return limit >= request
            ? []
            : [{ propertyPath: where, reason: `limit ${memory.limit} is below request ${memory.request}; raise it` }];
    });
}

function mountProblems(pod: PodArgs): Problem[] {
    return allContainers(pod).flatMap((container) => {
        const paths = (container.mounts ?? []).map((mount) => mount.path);
        const twice = paths.filter((path, index) => paths.indexOf(path) !== index);
        return twice.map((path) => ({
            propertyPath: `mounts of container ${container.name ?? "main"}`,
            reason: `${path} is mounted twice; give one of them another path`,
        }));
    });
}

function templateProblems(run: Run, pod: PodArgs): Problem[] {
    const declared = run.kind === "StatefulSet" ? (run.claims ?? []).map((claim) => claim.name) : [];
    return podVolumes(pod)
        .filter((volume) => volume.kind === "template" && !declared.includes(volume.name))
        .map((volume) => ({
            propertyPath: "run.claims",
            reason: `claim template "${volume.name}" is mounted but not among the claims of a StatefulSet; add it there`,
        }));
}

/** The kubelet gives files of keys to root, and to the group that owns the pod's volumes, where there is one. */
function keyFileProblems(pod: PodArgs): Problem[] {
    const { user, group, volumeGroup, extraGroups = [] } = pod.runAs;
    if (volumeGroup !== undefined || [user, group, ...extraGroups].includes(0)) return [];
    return podVolumes(pod).flatMap((volume) => {
        if ((volume.kind !== "secret-files" && volume.kind !== "config-files") || isOpenToAll(volume)) return [];
        const secret = volume.kind === "secret-files";
        return {
            propertyPath: "runAs.volumeGroup",
            reason: `is missing, and user ${user} cannot read the files of "${volume.name}", which are root's; write the group${secret ? "" : ", or mode: 0o444 for the files"}`,
        };
    });
}

/** Every mistake in a workload's arguments that its types cannot exclude. */
export function workloadProblems(identity: Identity, run: Run, pod: PodArgs, weaken: Weaken): Problem[] {
    const problems: Problem[] = [...weakenProblems(weaken)];
    if (!/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(identity.name) || identity.name.length > NAME_LIMIT) {
        const reason = `"${identity.name}" is no object name (lower case, digits, dashes, at most ${NAME_LIMIT})`;
        problems.push({ propertyPath: "identity.name", reason });
    }
    if ((run.kind === "Deployment" || run.kind === "StatefulSet") && !(run.replicas >= 1)) {
        problems.push({
            propertyPath: "run.replicas",
            reason: `${run.replicas} is not a number of replicas; write 1 or more`,
        });
    }
    if ((pod.addCapabilities ?? []).some((each) => each !== "NET_BIND_SERVICE") && weaken.capabilities === undefined) {
        problems.push({
            propertyPath: "addCapabilities",
            reason: "needs weaken: { capabilities: { reason, owner, until } }",
        });
    }
    if (pod.runAs.user === 0 && weaken["run-as-root"] === undefined) {
        problems.push({
            propertyPath: "runAs.user",
            reason: 'is 0; give a user, or weaken: { "run-as-root": { reason, owner, until } }',
        });
    }
    for (const container of [...(pod.sidecars ?? []), ...(pod.init ?? [])]) {
        if (container.name === undefined) {
            problems.push({ propertyPath: "sidecars, init", reason: "a further container needs a name" });
        }
    }
    return [
        ...problems,
        ...memoryProblems(pod),
        ...mountProblems(pod),
        ...keyFileProblems(pod),
        ...templateProblems(run, pod),
    ];
}
