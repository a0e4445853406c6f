import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startMoto, accepts } from "./aws/moto";
import { daemonStatus } from "./daemon-client";
import { engineEnvironment } from "./environment";
import { houseDigest, type House } from "./house";
import type { LabPaths } from "./paths";
import { pause } from "./pause";
import { describeTaken, requiredPorts, takenPorts } from "./ports";
import { lastLines } from "./process/log-tail";
import type { BodyKind } from "./settings";
import {
    endProcesses,
    isRunning,
    readPidFile,
    recordedProcesses,
    removePidFile,
    writePidFile,
    type ProcessRecord,
} from "./process/pid-file";

/** The lab's processes that live from `up` to `down`; what they start is recorded beside them. */
const BACKGROUND = {
    daemon: "lab/daemon.ts",
    plugins: "lab/providers/host.ts",
} as const;
type BackgroundName = keyof typeof BACKGROUND;

const MOTO = "moto";
const START_BUDGET_MS = 60_000;
const STOP_GRACE_MS = 20_000;

/**
 * Ends what a crash has left behind and a daemon of other hardware than the house's, and looks whether everything that is missing can be started.
 * @throws Error naming every port that somebody else has.
 */
export async function clearTheWay(paths: LabPaths, house: House, bodies: BodyKind, slot: number): Promise<void> {
    const daemon = await daemonStatus(paths);
    // Its machines are switched on again by the next one, and the cluster goes on from its data.
    if (daemon && (daemon.house !== houseDigest(house) || daemon.bodies !== bodies))
        await endProcesses(
            recordedProcesses(paths.run).filter(({ name }) => name === "daemon"),
            STOP_GRACE_MS,
        );
    await endOrphans(paths);
    const missing = (name: string) => !running(paths, name);
    const needed = requiredPorts(house, bodies, slot).filter(({ purpose }) =>
        missing(purpose === "AWS" ? MOTO : "daemon"),
    );
    const taken = await takenPorts(needed);
    if (taken.length > 0) throw new Error(taken.map(describeTaken).join("\n"));
}

/**
 * Starts what does not run yet of daemon, plugin host and moto.
 * @throws Error with the end of the log of what did not start.
 */
export async function startBackground(
    paths: LabPaths,
    house: House,
    motoPython: string,
    settings: { readonly slot: number },
): Promise<void> {
    mkdirSync(paths.run, { recursive: true });
    mkdirSync(paths.logs, { recursive: true });
    const missing = (name: string) => !running(paths, name);
    // A socket that a killed host has left would look like a host that is ready.
    if (missing("plugins")) rmSync(paths.providerSocket, { force: true });
    const env = { ...process.env, ...engineEnvironment(paths), LAB_SLOT: String(settings.slot) };
    if (missing("daemon")) launch(paths, "daemon", env);
    if (missing("plugins")) launch(paths, "plugins", env);
    await Promise.all([
        until(paths, "daemon", async () => (await daemonStatus(paths)) !== undefined),
        until(paths, "plugins", () => Promise.resolve(existsSync(paths.providerSocket))),
        house.aws && missing(MOTO) ? startAws(paths, motoPython, house.aws) : undefined,
    ]);
}

/** Ends everything that the lab has started, in the order in which nothing is missed. */
export async function stopBackground(paths: LabPaths): Promise<void> {
    const records = recordedProcesses(paths.run).filter(isRunning);
    // The daemon stops its control plane in the right order; what it does not get to is ended after it.
    await endProcesses(
        records.filter(({ name }) => name in BACKGROUND || name === MOTO),
        STOP_GRACE_MS,
    );
    await endProcesses(recordedProcesses(paths.run), 2_000);
    for (const { name } of recordedProcesses(paths.run)) removePidFile(paths.run, name);
}

/** Processes that are recorded, with whether they still run. */
export function backgroundProcesses(paths: LabPaths): (ProcessRecord & { readonly alive: boolean })[] {
    return recordedProcesses(paths.run).map((record) => ({ ...record, alive: isRunning(record) }));
}

/** The daemon's children outlive its death by force; they would hold its ports. */
async function endOrphans(paths: LabPaths): Promise<void> {
    if (running(paths, "daemon")) return;
    const orphans = recordedProcesses(paths.run).filter(({ name }) => !(name in BACKGROUND) && name !== MOTO);
    await endProcesses(orphans, 5_000);
    for (const { name } of orphans) removePidFile(paths.run, name);
}

function running(paths: LabPaths, name: string): boolean {
    const record = readPidFile(join(paths.run, `${name}.pid`));
    return record !== undefined && isRunning(record);
}

function launch(paths: LabPaths, name: BackgroundName, env: NodeJS.ProcessEnv): void {
    const log = openSync(join(paths.logs, `${name}.log`), "a");
    const child = spawn(process.execPath, ["--import", "tsx", BACKGROUND[name]], {
        cwd: paths.checkout,
        detached: true,
        stdio: ["ignore", log, log],
        env,
    });
    closeSync(log);
    child.unref();
    if (child.pid !== undefined) writePidFile(paths.run, name, child.pid);
}

async function startAws(
    paths: LabPaths,
    python: string,
    { address, port }: { address: string; port: number },
): Promise<void> {
    if (await accepts(address, port)) return;
    await startMoto({
        ...{ python, address, port },
        logFile: join(paths.logs, "moto.log"),
        recording: join(paths.root, "aws", "requests.jsonl"),
        onSpawn: (pid) => writePidFile(paths.run, MOTO, pid),
    });
}

async function until(paths: LabPaths, name: BackgroundName, ready: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + START_BUDGET_MS;
    while (!(await ready())) {
        if (!running(paths, name) || Date.now() > deadline) {
            const file = join(paths.logs, `${name}.log`);
            const last = lastLines(file, 8).join("\n    ");
            throw new Error(`the lab's ${name} did not start; see ${file}, which ends with\n    ${last}`);
        }
        await pause(50);
    }
}
