import { randomUUID } from "node:crypto";
import type { Database } from "../database/database";

/** A client that somebody logged in with. */
export interface Device {
    readonly userId: string;
    readonly token: string;
    readonly appName: string;
    readonly appVersion: string;
    readonly deviceName: string;
    readonly deviceId: string;
}

interface DeviceRow {
    readonly UserId: string;
    readonly AccessToken: string;
    readonly AppName: string;
    readonly AppVersion: string;
    readonly DeviceName: string;
    readonly DeviceId: string;
}

/**
 * The access tokens. They lie in the database, but a process reads them once, at its start: one that another replica
 * gave out later is unknown here until a restart, and one that it took back later still works here.
 */
export class Devices {
    private readonly known = new Map<string, Device>();

    constructor(private readonly database: Database) {}

    async load(): Promise<number> {
        for (const row of await this.database.rows<DeviceRow>(`SELECT * FROM "Devices"`)) {
            this.remember({
                userId: row.UserId,
                token: row.AccessToken,
                appName: row.AppName,
                appVersion: row.AppVersion,
                deviceName: row.DeviceName,
                deviceId: row.DeviceId,
            });
        }
        return this.known.size;
    }

    byToken(token: string): Device | undefined {
        return this.known.get(token);
    }

    /** A new token; the device's former one is taken back. */
    async logIn(device: Omit<Device, "token">): Promise<Device> {
        const made: Device = { ...device, token: randomUUID().replaceAll("-", "") };
        await this.database.transaction(async (client) => {
            await client.query(`DELETE FROM "Devices" WHERE "DeviceId" = $1 AND "UserId" = $2`, [
                made.deviceId,
                made.userId,
            ]);
            await client.query(
                `INSERT INTO "Devices" ("UserId", "AccessToken", "AppName", "AppVersion", "DeviceName", "DeviceId")
                 VALUES ($1, $2, $3, $4, $5, $6)`,
                [made.userId, made.token, made.appName, made.appVersion, made.deviceName, made.deviceId],
            );
        });
        for (const old of this.known.values()) {
            if (old.deviceId === made.deviceId && old.userId === made.userId) this.known.delete(old.token);
        }
        this.remember(made);
        return made;
    }

    async logOut(device: Device): Promise<void> {
        await this.database.rows(`DELETE FROM "Devices" WHERE "AccessToken" = $1`, [device.token]);
        this.known.delete(device.token);
    }

    private remember(device: Device): void {
        this.known.set(device.token, device);
    }
}
