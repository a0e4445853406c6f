import type { Caller } from "./authorization";
import type { Device } from "./devices";
import type { User } from "./users";

export interface Playing {
    readonly itemId: string;
    readonly positionTicks: number;
    readonly isPaused: boolean;
}

export interface Session {
    readonly user: User;
    readonly device: Device;
    readonly lastActivity: Date;
    readonly playing: Playing | undefined;
}

/** A session without a request for this long is not listed, milliseconds. */
const LISTED_MS = 16 * 60_000;

/** Who uses this process: another replica knows nothing of it. */
export class Sessions {
    private readonly byDevice = new Map<string, Session>();

    all(): Session[] {
        const oldest = Date.now() - LISTED_MS;
        return [...this.byDevice.values()].filter((session) => session.lastActivity.getTime() >= oldest);
    }

    /** Keys of programs have no session. */
    touch(caller: Caller): void {
        if (caller.kind === "key") return;
        const { device, user } = caller;
        const playing = this.byDevice.get(device.deviceId)?.playing;
        this.byDevice.set(device.deviceId, { user, device, lastActivity: new Date(), playing });
    }

    plays(device: Device, playing: Playing | undefined): void {
        const session = this.byDevice.get(device.deviceId);
        if (session) this.byDevice.set(device.deviceId, { ...session, playing });
    }
}
