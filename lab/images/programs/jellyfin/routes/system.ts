import { json, status, text } from "../http/reply";
import type { Route } from "../http/router";
import { VERSION, type StandIn } from "../stand-in";

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Jellyfin (stand-in)</title></head>
<body><h1>Jellyfin (stand-in)</h1>
<p>This is the lab's stand-in for Jellyfin: it answers the server's addresses, keeps its state in the real database and
plays a test picture. It has no user interface.</p></body></html>
`;

/** What the server says of itself before anybody logs in. */
export function publicInfo({ configuration, settings }: Pick<StandIn, "configuration" | "settings">) {
    return {
        LocalAddress: settings.publishedUrl ?? `http://127.0.0.1:${configuration.port}`,
        ServerName: configuration.serverName,
        Version: VERSION,
        ProductName: "Jellyfin Server",
        OperatingSystem: "",
        Id: configuration.serverId,
        StartupWizardCompleted: configuration.isWizardCompleted,
    };
}

/** A started server: `/health` follows the database, a ping does not. */
export function systemRoutes(standIn: StandIn): Route[] {
    const { database, keys } = standIn;
    const ping = () => json("Jellyfin Server");
    return [
        { method: "GET", path: "/System/Ping", access: "anyone", answer: ping },
        { method: "POST", path: "/System/Ping", access: "anyone", answer: ping },
        { method: "GET", path: "/System/Info/Public", access: "anyone", answer: () => json(publicInfo(standIn)) },
        { method: "GET", path: "/System/Info", access: "administrator", answer: () => json(publicInfo(standIn)) },
        {
            method: "GET",
            path: "/health",
            access: "anyone",
            answer: async () => ((await database.canConnect()) ? text(200, "Healthy") : text(503, "Unhealthy")),
        },
        {
            method: "GET",
            path: "/Branding/Configuration",
            access: "anyone",
            answer: () => json({ LoginDisclaimer: "", CustomCss: "", SplashscreenEnabled: false }),
        },
        { method: "GET", path: "/", access: "anyone", answer: () => ({ status: 302, headers: { Location: "web/" } }) },
        {
            method: "GET",
            path: "/web/(?:index.html)?",
            access: "anyone",
            answer: () => ({ status: 200, type: "text/html; charset=utf-8", body: PAGE }),
        },
        {
            method: "GET",
            path: "/Auth/Keys",
            access: "administrator",
            answer: async () => {
                const all = await keys.all();
                const items = all.map(({ name, token, created }) => ({
                    AppName: name,
                    AccessToken: token,
                    DateCreated: created,
                }));
                return json({ Items: items, TotalRecordCount: items.length, StartIndex: 0 });
            },
        },
        {
            method: "POST",
            path: "/Auth/Keys",
            access: "administrator",
            answer: async ({ query }) => {
                const name = query.get("app");
                if (!name) return status(400);
                await keys.create(name);
                return status(204);
            },
        },
        {
            method: "DELETE",
            path: "/Auth/Keys/:key",
            access: "administrator",
            answer: async ({ parameter }) => {
                await keys.revoke(parameter("key"));
                return status(204);
            },
        },
    ];
}
