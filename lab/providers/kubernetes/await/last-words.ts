import { at, listAt, textAt, type KubeValue, type Tree, treeAt } from "../object";
import type { Surroundings } from "./verdict";

/** The last lines tell how it ended; more would hide the reasons that stand beside them. */
const lines = 5;
/** Characters of a line that are shown: a stack trace's or a query's first words say what they are about. */
const lineCharacters = 200;
/** The engine begins each reason with a tab and a star; what belongs to it stands further in. */
const indent = "\t    ";
/** Containers whose words are told; what else fails in the same object mostly fails because of them. */
const mostSpeakers = 3;

interface Speaker {
    readonly pod: string;
    readonly namespace: string;
    readonly container: string;
    /** Whether it is the ended container that tells why, while another one runs or is waited for in its place. */
    readonly previous: boolean;
}

/**
 * What the containers of these pods printed last: of those that ended or run without being ready. Of replicas, which say
 * the same, one speaks. Nothing is masked, because it is the program's own output. Empty where nothing can be read, as on
 * machines that run no containers.
 */
export async function lastWords(pods: readonly Tree[], around: Surroundings): Promise<string[]> {
    const byContainer = new Map<string, Speaker>();
    for (const speaker of pods.flatMap(speakersOf))
        if (!byContainer.has(speaker.container)) byContainer.set(speaker.container, speaker);
    const speakers = [...byContainer.values()].slice(0, mostSpeakers);
    const told = await Promise.all(
        speakers.map(async ({ namespace, pod, container, previous }) => {
            const text = (await around.log(namespace, pod, container, { previous, lines })) ?? "";
            const printed = readable(text).map((line) => `${indent}${line}`);
            return printed.length === 0
                ? []
                : [[`pod ${pod}: container ${container} printed last:`, ...printed].join("\n")];
        }),
    );
    return told.flat();
}

function speakersOf(pod: Tree): Speaker[] {
    const [name, namespace] = [textAt(pod, "metadata", "name"), textAt(pod, "metadata", "namespace")];
    if (name === undefined || namespace === undefined) return [];
    const statuses = [...listAt(pod, "status", "initContainerStatuses"), ...listAt(pod, "status", "containerStatuses")];
    return statuses.flatMap((status) => {
        const container = textAt(status, "name");
        const which = container === undefined || at(status, "ready") === true ? undefined : speakingOf(status);
        return container === undefined || which === undefined
            ? []
            : [{ pod: name, namespace, container, previous: which === "previous" }];
    });
}

/** Which of a container's lives has something to tell; `undefined` for one that has not lived yet. */
function speakingOf(status: KubeValue): "current" | "previous" | undefined {
    const has = (...path: string[]) => Object.keys(treeAt(status, ...path)).length > 0;
    if (has("state", "terminated")) return "current";
    if (has("lastState", "terminated")) return "previous";
    return has("state", "running") ? "current" : undefined;
}

/** A program's lines without empty ones, colours and other control characters, each cut to what can be shown. */
function readable(text: string): string[] {
    return text
        .split(/\r?\n|\r/)
        .map((line) => line.replace(/\p{Cc}\[[\d;?]*[A-Za-z]/gu, "").replace(/\p{Cc}/gu, " "))
        .map((line) => line.trimEnd())
        .filter((line) => line !== "")
        .slice(-lines)
        .map((line) => (line.length > lineCharacters ? `${line.slice(0, lineCharacters)} ...` : line));
}
