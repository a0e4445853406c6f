import { fenced, mermaidLabel } from "./harmless";
import type { ResourceChange, ResourceState } from "./preview";

/** More than this nobody sees anything in. */
const MOST_MACHINES = 24;

interface Move {
    readonly machine: string;
    /** `undefined`: comes from nowhere. */
    readonly from: string | undefined;
    /** `undefined`: goes away. */
    readonly to: string | undefined;
    readonly anew: boolean;
}

/**
 * A picture of the machines that come, go, move to another host or are made anew, and with them everything that runs on
 * them. `undefined` where no machine does.
 */
export function picture(changes: readonly ResourceChange[]): string | undefined {
    const moves = joined(changes.filter(isMachine).flatMap(moveOf));
    if (moves.length === 0) return undefined;
    const shown = moves.slice(0, MOST_MACHINES);
    const hosts = [...new Set(shown.flatMap(({ from, to }) => [from, to]).filter((host) => host !== undefined))].sort();
    const id = (host: string | undefined) => `h${hosts.findIndex((own) => own === host)}`;
    const lines = shown.map((move, index) => {
        const { machine, from, to, anew } = move;
        const label = mermaidLabel(machine);
        if (from === undefined) return `new${index}((" ")) -->|${label}| ${id(to)}`;
        if (to === undefined) return `${id(from)} -->|${label}| gone${index}((" "))`;
        return `${id(from)} ${anew ? "-.->" : "-->"}|${label}| ${id(to)}`;
    });
    const left = moves.length - shown.length;
    return [
        fenced("mermaid", ["flowchart LR", ...hosts.map((host) => `${id(host)}[${mermaidLabel(host)}]`), ...lines]),
        "An arrow is a machine: from nowhere it comes, to nowhere it goes, dotted it is made anew.",
        ...(left > 0 ? [`${left} more machines are not in the picture.`] : []),
    ].join("\n\n");
}

function isMachine({ type }: ResourceChange): boolean {
    return /^proxmoxve:.*\bvm(Legacy|2)?:/i.test(type) && !/download|file/i.test(type);
}

function hostOf(state: ResourceState | undefined): string | undefined {
    const host = state?.inputs["nodeName"];
    return typeof host === "string" ? host : undefined;
}

function moveOf({ change, name, before, after }: ResourceChange): Move[] {
    const own = after?.inputs["name"] ?? before?.inputs["name"];
    const machine = typeof own === "string" ? own : name;
    const [from, to] = [change === "create" ? undefined : hostOf(before), hostOf(after)];
    switch (change) {
        case "create":
        case "import":
            return to === undefined ? [] : [{ machine, from: undefined, to, anew: false }];
        case "delete":
            return from === undefined ? [] : [{ machine, from, to: undefined, anew: false }];
        case "replace":
            return from === undefined && to === undefined ? [] : [{ machine, from, to, anew: from === to }];
        default:
            return from === to || from === undefined ? [] : [{ machine, from, to, anew: false }];
    }
}

/** A machine that goes under one URN and comes under another has moved. */
function joined(moves: readonly Move[]): Move[] {
    const comes = (move: Move) => move.from === undefined && move.to !== undefined;
    return moves.flatMap((move) => {
        const arrival = moves.find((other) => comes(other) && other.machine === move.machine);
        const departure = moves.find((other) => other.to === undefined && other.machine === move.machine);
        if (arrival === undefined || departure === undefined) return [move];
        if (move !== departure) return move === arrival ? [] : [move];
        return [{ machine: move.machine, from: departure.from, to: arrival.to, anew: departure.from === arrival.to }];
    });
}
