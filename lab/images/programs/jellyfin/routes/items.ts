import { json, status } from "../http/reply";
import type { Call, Route } from "../http/router";
import { isId, type Item } from "../library/library";
import type { Position } from "../library/watch-state";
import type { StandIn } from "../stand-in";

function itemWords(item: Item, serverId: string, position: Position | undefined) {
    return {
        Name: item.name,
        ServerId: serverId,
        Id: item.id,
        Type: item.type,
        IsFolder: item.isFolder,
        MediaType: item.isFolder ? "Unknown" : "Video",
        ...(item.path === null ? {} : { Path: item.path }),
        ...(item.runTimeTicks === null ? {} : { RunTimeTicks: item.runTimeTicks }),
        UserData: {
            PlaybackPositionTicks: position?.ticks ?? 0,
            ...(position === undefined ? {} : { LastPlayedDate: position.lastPlayed }),
            Key: item.id,
            ItemId: item.id,
        },
    };
}

/** For whom: a person asks for themselves, a program names somebody. */
function userId({ caller, query }: Call): string | undefined {
    const named = query.get("userid");
    if (named !== undefined && isId(named)) return named;
    return caller?.kind === "user" ? caller.user.id : undefined;
}

function listWords(items: unknown[]) {
    return json({ Items: items, TotalRecordCount: items.length, StartIndex: 0 });
}

/** The library and how far somebody has watched. */
export function itemRoutes({ configuration, library, watched }: StandIn): Route[] {
    const words = async (item: Item, user: string | undefined) =>
        itemWords(item, configuration.serverId, user === undefined ? undefined : await watched.position(user, item.id));

    return [
        {
            method: "GET",
            path: "/Items",
            access: "user",
            answer: async (call) => {
                const parent = call.query.get("parentid");
                if (parent !== undefined && !isId(parent)) return status(400);
                const items = await library.list(parent, call.query.get("recursive")?.toLowerCase() === "true");
                const user = userId(call);
                return listWords(await Promise.all(items.map((item) => words(item, user))));
            },
        },
        {
            method: "GET",
            path: "/Items/:itemId",
            access: "user",
            answer: async (call) => {
                const item = await library.byId(call.parameter("itemId"));
                return item ? json(await words(item, userId(call))) : status(404);
            },
        },
        {
            method: "GET",
            path: "/UserItems/Resume",
            access: "user",
            answer: async (call) => {
                const user = userId(call);
                if (user === undefined) return status(400);
                const items = await Promise.all((await watched.begun(user)).map(({ itemId }) => library.byId(itemId)));
                const found = items.filter((item) => item !== undefined);
                return listWords(await Promise.all(found.map((item) => words(item, user))));
            },
        },
        {
            method: "POST",
            path: "/Library/Refresh",
            access: "administrator",
            answer: async () => {
                await library.scan();
                return status(204);
            },
        },
    ];
}
