import { rmSync } from "node:fs";
import { stopBackground } from "../background";
import type { Lab } from "../lab";
import { takeLock } from "../lock";

/** Ends every process of the lab and removes its folder; what can be built again stays in the cache. */
export async function down({ paths }: Lab): Promise<number> {
    const release = takeLock(paths, "down");
    try {
        await stopBackground(paths);
    } finally {
        release();
    }
    rmSync(paths.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    console.log("lab: down; nothing runs and nothing is left but the cache");
    return 0;
}
