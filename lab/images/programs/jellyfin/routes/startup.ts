import { json, status, text } from "../http/reply";
import type { Route } from "../http/router";
import type { StandIn } from "../stand-in";

/** The first-run wizard: open to anyone until it is completed. */
export function startupRoutes({ configuration, users }: StandIn): Route[] {
    return [
        {
            method: "GET",
            path: "/Startup/Configuration",
            access: "wizard",
            answer: () => json({ ServerName: configuration.serverName, UICulture: "en-US" }),
        },
        {
            method: "POST",
            path: "/Startup/Configuration",
            access: "wizard",
            answer: ({ body }) => {
                const name = body.text("ServerName");
                if (name !== undefined) configuration.nameServer(name);
                return status(204);
            },
        },
        {
            method: "GET",
            path: "/Startup/(?:User|FirstUser)",
            access: "wizard",
            answer: async () => json({ Name: (await users.first()).name, Password: null }),
        },
        {
            method: "POST",
            path: "/Startup/User",
            access: "wizard",
            answer: async ({ body }) => {
                const password = body.text("Password") ?? "";
                if (password.trim() === "") return text(400, "Password must not be empty");
                const [user] = await users.all();
                if (user === undefined) throw new Error("there is no user yet; GET /Startup/User makes the first one");
                await users.rename(user, body.text("Name") || user.name, password);
                return status(204);
            },
        },
        { method: "POST", path: "/Startup/RemoteAccess", access: "wizard", answer: () => status(204) },
        {
            method: "POST",
            path: "/Startup/Complete",
            access: "wizard",
            answer: () => {
                configuration.completeWizard();
                return status(204);
            },
        },
    ];
}
