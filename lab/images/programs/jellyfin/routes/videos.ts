import { status, type Reply } from "../http/reply";
import type { Call, Route } from "../http/router";
import { masterPlaylist, mediaPlaylist, segmentCount } from "../hls/playlists";
import { FILM_SECONDS } from "../library/library";
import type { StandIn } from "../stand-in";

function playlist(body: string): Reply {
    return { status: 200, type: "application/vnd.apple.mpegurl", body };
}

/** One encoder for each device and play session; a program with a key counts as one device. */
function viewer({ caller, query }: Call): { deviceId: string; playSessionId: string } {
    const device = caller?.kind === "user" ? caller.device.deviceId : "";
    return { deviceId: query.get("deviceid") ?? device, playSessionId: query.get("playsessionid") ?? "" };
}

/** A film as HLS: playlists are computed, segments are encoded when they are asked for. */
export function videoRoutes({ library, transcodes }: StandIn): Route[] {
    const ofFilm = (answer: (call: Call, itemId: string) => Reply | Promise<Reply>): Route["answer"] => {
        return async (call) => {
            const item = await library.byId(call.parameter("itemId"));
            return item === undefined || item.isFolder ? status(404) : answer(call, item.id);
        };
    };
    return [
        {
            method: "GET",
            path: "/Videos/:itemId/master.m3u8",
            access: "user",
            answer: ofFilm(({ rawQuery }) => playlist(masterPlaylist(rawQuery))),
        },
        {
            method: "GET",
            path: "/Videos/:itemId/main.m3u8",
            access: "user",
            answer: ofFilm(({ rawQuery }) => playlist(mediaPlaylist(FILM_SECONDS, rawQuery))),
        },
        {
            method: "GET",
            path: "/Videos/:itemId/hls1/main/:segment.ts",
            access: "user",
            answer: ofFilm(async (call, itemId) => {
                const segment = call.parameter("segment");
                if (!/^\d+$/.test(segment) || Number(segment) >= segmentCount(FILM_SECONDS)) return status(404);
                const viewing = { itemId, ...viewer(call), filmSeconds: FILM_SECONDS };
                return {
                    status: 200,
                    type: "video/mp2t",
                    body: { file: await transcodes.segment(viewing, Number(segment)) },
                };
            }),
        },
        {
            method: "DELETE",
            path: "/Videos/ActiveEncodings",
            access: "user",
            answer: (call) => {
                const { deviceId, playSessionId } = viewer(call);
                transcodes.stop(deviceId, playSessionId);
                return status(204);
            },
        },
    ];
}
