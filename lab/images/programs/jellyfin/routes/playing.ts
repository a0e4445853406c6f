import { status, type Reply } from "../http/reply";
import type { Call, Route } from "../http/router";
import { plainId } from "../library/library";
import type { StandIn } from "../stand-in";

/** What a player reports: the position goes to the database, what is playing stays in this process. */
export function playingRoutes({ library, sessions, transcodes, watched }: StandIn): Route[] {
    const report = async ({ body, caller }: Call, isOver: boolean): Promise<Reply> => {
        if (caller?.kind !== "user") return status(400);
        const item = await library.byId(body.text("ItemId") ?? "");
        if (item === undefined) return status(404);
        const positionTicks = body.number("PositionTicks");
        const playing = {
            itemId: plainId(item.id),
            positionTicks: positionTicks ?? 0,
            isPaused: body.isTrue("IsPaused"),
        };
        sessions.plays(caller.device, isOver ? undefined : playing);
        if (positionTicks !== undefined) await watched.save(caller.user.id, item.id, Math.round(positionTicks));
        const playSession = body.text("PlaySessionId");
        if (isOver && playSession !== undefined) transcodes.stop(caller.device.deviceId, playSession);
        return status(204);
    };
    return [
        { method: "POST", path: "/Sessions/Playing", access: "user", answer: (call) => report(call, false) },
        { method: "POST", path: "/Sessions/Playing/Progress", access: "user", answer: (call) => report(call, false) },
        { method: "POST", path: "/Sessions/Playing/Stopped", access: "user", answer: (call) => report(call, true) },
    ];
}
