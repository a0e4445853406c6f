import { performance } from "node:perf_hooks";
import { decideBodies, ensureMaterial } from "../bodies";
import { clearTheWay, startBackground } from "../background";
import { Engine } from "../engine";
import { daemonStatus } from "../daemon-client";
import { checkHouse } from "../house";
import type { Lab } from "../lab";
import { takeLock } from "../lock";
import { setSecrets, writeProject } from "../project";
import { pause } from "../pause";
import { loadCredentials } from "../proxmox/credentials";
import { repair } from "../repair";
import { keepSettings } from "../settings";
import { overview } from "./status";

/** Most of what is created waits for pods; by default as many as four for each core may wait at a time. */
const PARALLEL = ["--parallel", "32"];

/** A terminal's Ctrl-C goes to all its processes at once: this one may hear of the end of another before it hears of its own. */
const OWN_SIGNAL_MS = 100;

/**
 * Brings the whole house up, from nothing or from wherever the last run ended.
 * @returns the exit code of the engine.
 */
export async function up(lab: Lab): Promise<number> {
    const { paths, settings } = lab;
    const began = performance.now();
    const say = (line: string) => console.log(`lab: ${line}`);
    checkHouse(paths);
    const { house } = lab;
    const release = takeLock(paths, "up");
    const stop = new AbortController();
    const interrupted = () => stop.abort(new Error("interrupted; run `make up` again: it goes on where this ended"));
    process.on("SIGINT", interrupted).on("SIGTERM", interrupted);
    try {
        const bodies = decideBodies(paths, settings, process.env);
        const { tools, motoPython } = await ensureMaterial(bodies.kind, {
            ...{ cache: paths.cache, env: process.env, images: settings.images, operators: house.operators },
            ...{ output: process.stdout, signal: stop.signal },
        });
        // Before anything is kept: whoever is told to take another slot can do so.
        await clearTheWay(paths, house, bodies.kind, settings.slot);
        keepSettings(paths, { ...settings, nodes: bodies.kind });
        writeProject(paths, settings);
        const engine = new Engine(paths);
        say("starting the hardware: Proxmox, AWS, plugins");
        await Promise.all([startBackground(paths, house, motoPython, settings), engine.install(tools)]);
        stop.signal.throwIfAborted();
        await engine.ensureStack();
        const { apiToken, sshPrivateKey } = loadCredentials(paths.proxmox);
        const secrets = { "homelab:proxmoxApiToken": apiToken, "homelab:proxmoxSshPrivateKey": sshPrivateKey };
        await setSecrets(paths, secrets, (key, value) => engine.setSecret(key, value));
        stop.signal.throwIfAborted();
        await repair(paths, engine, say);
        stop.signal.throwIfAborted();
        say("pulumi up");
        const { exitCode } = await engine.run(["up", "--yes", "--skip-preview", ...PARALLEL, ...engine.stackArguments]);
        if (exitCode !== 0) {
            await pause(OWN_SIGNAL_MS);
            say(
                stop.signal.aborted
                    ? "interrupted; `make up` goes on where this ended"
                    : "not everything came up (see above); `make up` tries again, `npm run lab -- doctor` looks for causes",
            );
            for (const { name, power } of (await daemonStatus(paths))?.machines ?? [])
                if (power === "off") say(`${name} is off; switch it on: npm run lab -- power ${name} on`);
            return exitCode;
        }
        console.log(await overview({ ...lab, house, settings: { ...settings, nodes: bodies.kind } }));
        say(`up after ${((performance.now() - began) / 1000).toFixed(1)} s`);
        return 0;
    } catch (error) {
        await pause(OWN_SIGNAL_MS);
        // What the signal ended in the middle failed for that reason, whatever it says itself.
        stop.signal.throwIfAborted();
        throw error;
    } finally {
        process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
        release();
    }
}
