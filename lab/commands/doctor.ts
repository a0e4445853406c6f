import { existsSync } from "node:fs";
import { backgroundProcesses } from "../background";
import { decideBodies } from "../bodies";
import { daemonStatus } from "../daemon-client";
import { checkHouse } from "../house";
import type { Lab } from "../lab";
import { lockHolder } from "../lock";
import type { Operator } from "../operators";
import { describeTaken, requiredPorts, takenPorts } from "../ports";
import { reasonOf } from "../reason";
import { hasStaleStackLock, pendingOperations } from "../repair";
import type { BodyKind } from "../settings";
import { missingPackages } from "../toolchain/debian";
import { checkPrerequisites, missingPrerequisites, neededFor } from "../toolchain/prerequisites";
import { missingTools } from "../toolchain/run";

/** One thing that is wrong, and what to do about it. */
export interface Finding {
    readonly what: string;
    readonly cure: string;
}

/** Looks for what keeps a lab from working. @returns 1 when something was found. */
export async function doctor(lab: Lab): Promise<number> {
    const findings = await diagnose(lab);
    for (const { what, cure } of findings) console.log(`- ${what}\n  ${cure}`);
    console.log(findings.length === 0 ? "The doctor finds nothing wrong." : `${findings.length} found.`);
    return findings.length === 0 ? 0 : 1;
}

async function diagnose(lab: Lab): Promise<Finding[]> {
    const mistakes = houseFindings(lab);
    const bodies = bodiesOf(lab);
    return [
        ...mistakes,
        ...bodies.findings,
        ...toolFindings(lab, bodies.kind, mistakes.length === 0 ? lab.house.operators : []),
        ...lockFindings(lab),
        ...processFindings(lab),
        ...(mistakes.length === 0 ? await portFindings(lab, bodies.kind) : []),
        ...stackFindings(lab),
    ];
}

function houseFindings({ paths }: Lab): Finding[] {
    try {
        checkHouse(paths);
        return [];
    } catch (error) {
        return [{ what: reasonOf(error), cure: "correct the file, then `make up`" }];
    }
}

/** What the machines are, or would be, and what keeps them from being what was asked for. */
function bodiesOf({ paths, settings }: Lab): { readonly kind: BodyKind; readonly findings: Finding[] } {
    try {
        return { kind: decideBodies(paths, settings, process.env).kind, findings: [] };
    } catch (error) {
        const cure = "put that right, or take simulated machines: LAB_NODES=simulated";
        return { kind: "real", findings: [{ what: reasonOf(error), cure }] };
    }
}

/** @param operators of the house */
function toolFindings({ paths }: Lab, kind: BodyKind, operators: readonly Operator[]): Finding[] {
    const missing = missingTools(kind, operators, { cache: paths.cache, env: process.env });
    const prerequisites = missingPrerequisites(checkPrerequisites(process.env, neededFor(missing)));
    const packages = kind === "real" ? missingPackages() : [];
    return [
        ...(packages.length > 0
            ? [{ what: `packages not installed yet: ${packages.join(", ")}`, cure: "`make up` installs them" }]
            : []),
        ...prerequisites.map((what) => ({ what, cure: "the lab cannot be built without it" })),
        ...(missing.length > 0
            ? [{ what: `not built yet: ${missing.map(({ name }) => name).join(", ")}`, cure: "`make up` builds them" }]
            : []),
    ];
}

function lockFindings({ paths }: Lab): Finding[] {
    const holder = lockHolder(paths);
    if (!holder) return [];
    if (holder.alive) return [{ what: `process ${holder.pid} is changing this lab`, cure: "wait until it has ended" }];
    return [
        {
            what: `${paths.root}/lock: was left by process ${holder.pid}, which is gone`,
            cure: "nothing to do: the next command takes it over",
        },
    ];
}

function processFindings({ paths }: Lab): Finding[] {
    return backgroundProcesses(paths)
        .filter(({ alive }) => !alive)
        .map(({ name, pid }) => ({
            what: `${name} (process ${pid}) has died; the end of ${paths.logs}/${name}.log tells why`,
            cure: "`make up` starts it again",
        }));
}

async function portFindings(lab: Lab, kind: BodyKind): Promise<Finding[]> {
    const { paths } = lab;
    if (await daemonStatus(paths)) return [];
    const own = backgroundProcesses(paths).some(({ alive }) => alive);
    if (own)
        return [
            {
                what: "the lab's daemon does not answer, but processes of the lab run",
                cure: "`make up` ends them and starts anew",
            },
        ];
    return (await takenPorts(requiredPorts(lab.house, kind, lab.settings.slot))).map((port) => ({
        what: describeTaken(port),
        cure: "then `make up`",
    }));
}

function stackFindings({ paths }: Lab): Finding[] {
    if (!existsSync(paths.state)) return [];
    const pending = pendingOperations(paths).length;
    return [
        ...(hasStaleStackLock(paths)
            ? [{ what: "the stack is locked by an engine that is gone", cure: "`make up` releases it" }]
            : []),
        ...(pending > 0
            ? [{ what: `${pending} operations were cut off`, cure: "`make up` looks what came of them" }]
            : []),
    ];
}
