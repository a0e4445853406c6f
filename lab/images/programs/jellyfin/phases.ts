import { text, json, type Reply } from "./http/reply";
import type { Answer } from "./http/listener";

const STARTING = "The server is still starting. Please wait.";
const RETRY = { "Retry-After": "5" };

function pathOf(url: string | undefined): string {
    return new URL(url ?? "/", "http://server").pathname.toLowerCase();
}

/** The set-up server, while the database is migrated: `/health` already says 200. */
export function setupAnswers(info: () => Record<string, unknown>): Answer {
    return ({ url }): Reply => {
        switch (pathOf(url)) {
            case "/health":
                return text(200, "Degraded");
            case "/system/info/public":
                return json({ ...info(), StartupWizardCompleted: false });
            default:
                return text(503, STARTING, RETRY);
        }
    };
}

/** The real server before its core is started: it answers a ping, and nothing else until `isStarted`. */
export function untilStarted(isStarted: () => boolean, answer: Answer): Answer {
    return (request) => {
        if (isStarted() || pathOf(request.url) === "/system/ping") return answer(request);
        return text(503, STARTING, RETRY);
    };
}
