import { rmSync } from "node:fs";

/** Removes a folder of a test, if there is one. A process that was killed may still write a file into it while it ends. */
export function removeFolder(folder: string): void {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
