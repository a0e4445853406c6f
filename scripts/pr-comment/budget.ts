/** A part of the comment: what stands above it, and blocks that are shown whole or not at all. */
export interface Section {
    readonly before: string;
    readonly blocks: readonly string[];
    readonly after: string;
    /** Says how many blocks were left out. */
    readonly left: (count: number) => string;
    /** Share of the room that it may take while others want some, 0 to 1. */
    readonly share: number;
}

/** Room for the lines that say what was left out. */
const ROOM_FOR_LEFT = 200;

/**
 * Joins sections so that the whole is at most `room` characters long. What comes first is served first, up to its share;
 * what one leaves, the next ones may use.
 */
export function fit(sections: readonly Section[], room: number): string {
    const wanted = sections.filter(({ blocks }) => blocks.length > 0);
    let free = room;
    const texts = wanted.map((section, index) => {
        const isLast = index === wanted.length - 1;
        const budget = isLast ? free : Math.min(free, Math.floor(room * section.share));
        const text = fill(section, budget);
        free -= text.length + 2;
        return text;
    });
    return texts.filter((text) => text !== "").join("\n\n");
}

function fill({ before, blocks, after, left }: Section, room: number): string {
    const frame = before.length + after.length + 4 + ROOM_FOR_LEFT;
    const shown: string[] = [];
    let size = frame;
    for (const block of blocks) {
        if (size + block.length + 1 > room) continue;
        shown.push(block);
        size += block.length + 1;
    }
    const missing = blocks.length - shown.length;
    if (shown.length === 0 && frame > room) return "";
    return [before, shown.join("\n"), missing > 0 ? left(missing) : "", after]
        .filter((text) => text !== "")
        .join("\n\n");
}
