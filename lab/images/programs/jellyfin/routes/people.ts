import { json, status, text } from "../http/reply";
import type { Route } from "../http/router";
import { plainId } from "../library/library";
import type { Session } from "../people/sessions";
import type { User } from "../people/users";
import type { StandIn } from "../stand-in";

function userWords(user: User, serverId: string) {
    return {
        Name: user.name,
        ServerId: serverId,
        Id: plainId(user.id),
        HasPassword: true,
        Policy: { IsAdministrator: user.isAdministrator },
    };
}

function sessionWords({ user, device, lastActivity, playing }: Session) {
    return {
        Id: device.deviceId,
        UserId: plainId(user.id),
        UserName: user.name,
        Client: device.appName,
        ApplicationVersion: device.appVersion,
        DeviceName: device.deviceName,
        DeviceId: device.deviceId,
        LastActivityDate: lastActivity,
        PlayState: { PositionTicks: playing?.positionTicks ?? 0, IsPaused: playing?.isPaused ?? false },
        ...(playing === undefined ? {} : { NowPlayingItem: { Id: playing.itemId } }),
    };
}

/** Users, log in and out, and who is here. */
export function peopleRoutes({ configuration, users, devices, sessions }: StandIn): Route[] {
    const words = (user: User) => userWords(user, configuration.serverId);
    const listed = async () => json((await users.all()).map(words));
    return [
        { method: "GET", path: "/Users", access: "user", answer: listed },
        { method: "GET", path: "/Users/Public", access: "anyone", answer: listed },
        {
            method: "GET",
            path: "/Users/Me",
            access: "user",
            answer: ({ caller }) => (caller?.kind === "user" ? json(words(caller.user)) : status(400)),
        },
        {
            method: "POST",
            path: "/Users/AuthenticateByName",
            access: "anyone",
            answer: async ({ body, client }) => {
                const { client: appName, version: appVersion, device: deviceName, deviceId } = client;
                if (!appName || !appVersion || !deviceName || !deviceId) {
                    return text(400, "the authorization header lacks Client, Device, DeviceId or Version");
                }
                const user = await users.byPassword(body.text("Username") ?? "", body.text("Pw") ?? "");
                if (user === undefined) return status(401);
                const device = await devices.logIn({ userId: user.id, appName, appVersion, deviceName, deviceId });
                sessions.touch({ kind: "user", user, device });
                return json({
                    User: words(user),
                    AccessToken: device.token,
                    ServerId: configuration.serverId,
                    SessionInfo: { DeviceId: deviceId, UserId: plainId(user.id) },
                });
            },
        },
        {
            method: "POST",
            path: "/Sessions/Logout",
            access: "user",
            answer: async ({ caller }) => {
                if (caller?.kind === "user") await devices.logOut(caller.device);
                return status(204);
            },
        },
        { method: "GET", path: "/Sessions", access: "user", answer: () => json(sessions.all().map(sessionWords)) },
    ];
}
