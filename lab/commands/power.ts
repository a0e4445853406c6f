import { setPower } from "../daemon-client";
import type { Lab } from "../lab";

/** Pulls or plugs the power cord of a machine; nothing in it is asked first. */
export async function power({ paths }: Lab, machine: string | undefined, state: string | undefined): Promise<number> {
    if (machine === undefined || (state !== "on" && state !== "off"))
        throw new Error("power: say which machine and what, for example `npm run lab -- power k3s-agent-1 off`");
    const status = await setPower(paths, machine, state);
    console.log(`lab: ${machine} is ${status.machines.find(({ name }) => name === machine)?.power ?? state}`);
    return 0;
}
