import type { SettingsFile } from "../configuration/settings";
import { json, status, text } from "../http/reply";
import type { Route } from "../http/router";
import type { StandIn } from "../stand-in";

/** Settings and libraries, as an administrator or a program with a key writes them. */
export function configurationRoutes({ configuration, folders }: StandIn): Route[] {
    const settings = (name: SettingsFile, path: string): Route[] => [
        { method: "GET", path, access: "user", answer: () => json(configuration.values(name)) },
        {
            method: "POST",
            path,
            access: "administrator",
            answer: ({ body }) => {
                configuration.replace(name, body);
                return status(204);
            },
        },
    ];
    return [
        ...settings("system", "/System/Configuration"),
        ...settings("network", "/System/Configuration/network"),
        ...settings("encoding", "/System/Configuration/encoding"),
        {
            method: "GET",
            path: "/QuickConnect/Enabled",
            access: "anyone",
            answer: () => json(configuration.values("system")["QuickConnectAvailable"]),
        },
        {
            method: "GET",
            path: "/metrics",
            access: "anyone",
            answer: () =>
                configuration.hasMetrics ? text(200, "# TYPE http_requests_in_progress gauge\n") : status(404),
        },
        ...libraryRoutes(folders),
    ];
}

function libraryRoutes(folders: StandIn["folders"]): Route[] {
    const path = "/Library/VirtualFolders";
    return [
        {
            method: "GET",
            path,
            access: "administrator",
            answer: () =>
                json(
                    folders.all().map(({ name, type, locations }) => ({
                        Name: name,
                        Locations: locations,
                        CollectionType: type,
                        LibraryOptions: {},
                    })),
                ),
        },
        {
            method: "POST",
            path,
            access: "administrator",
            answer: ({ rawQuery }) => {
                const query = new URLSearchParams(rawQuery);
                const name = query.get("name");
                if (!name) return status(400);
                const type = query.get("collectionType") ?? undefined;
                return status(folders.add(name, type, query.getAll("paths")) ? 204 : 404);
            },
        },
        {
            method: "POST",
            path: `${path}/Paths`,
            access: "administrator",
            answer: ({ body }) => {
                const info = body.value("PathInfo");
                const location = typeof info === "object" && info !== null && "Path" in info ? String(info.Path) : "";
                return status(folders.addFolder(body.text("Name") ?? "", location) ? 204 : 404);
            },
        },
    ];
}
