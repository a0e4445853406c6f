import { request } from "node:http";
import type { DaemonStatus } from "./daemon";
import type { LabPaths } from "./paths";
import { isRecord, textOf, valueAt } from "./plain-values";

/** Asks the lab's daemon; `undefined` when none answers. @throws Error with the daemon's own words when it refuses. */
function ask(paths: LabPaths, method: string, path: string): Promise<DaemonStatus | undefined> {
    return new Promise((done, fail) => {
        const call = request({ socketPath: paths.daemonSocket, method, path }, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("end", () => {
                const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
                if (isStatus(body)) done(body);
                else fail(new Error(textOf(valueAt(body, "message")) || `it answered ${response.statusCode ?? 0}`));
            });
        });
        call.on("error", () => done(undefined));
        call.end();
    });
}

function isStatus(body: unknown): body is DaemonStatus {
    return isRecord(body) && "machines" in body;
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
