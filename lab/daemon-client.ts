import { request } from "node:http";
import type { DaemonStatus } from "./daemon";
import type { LabPaths } from "./paths";

/** Asks the lab's daemon; `undefined` when none answers. @throws Error with the daemon's own words when it refuses. */
function ask(paths: LabPaths, method: string, path: string): Promise<DaemonStatus | undefined> {
    return new Promise((done, fail) => {
        const call = request({ socketPath: paths.daemonSocket, method, path }, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("end", () => {
                const body: DaemonStatus & { message?: string } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
                if (response.statusCode === 200) done(body);
                else fail(new Error(body.message ?? `the lab's daemon answered ${response.statusCode ?? 0}`));
            });
        });
        call.on("error", () => done(undefined));
        call.end();
    });
}

/** State of the hardware; `undefined` while the lab is down. */
export function daemonStatus(paths: LabPaths): Promise<DaemonStatus | undefined> {
    return ask(paths, "GET", "/status");
}

/** Pulls or plugs a machine's power cord. */
export async function setPower(paths: LabPaths, machine: string, power: "on" | "off"): Promise<DaemonStatus> {
    const status = await ask(paths, "POST", `/machines/${encodeURIComponent(machine)}/${power}`);
    if (!status) throw new Error("the lab is not up; run `make up`");
    return status;
}
