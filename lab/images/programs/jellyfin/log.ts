import { appendFileSync } from "node:fs";
import { join } from "node:path";

type Level = "INF" | "WRN" | "ERR" | "FTL";

/** Lines on standard output and, once its folder is there, in the day's file of the log folder. */
export class Log {
    private folder: string | undefined;

    writeTo(folder: string): void {
        this.folder = folder;
    }

    write(level: Level, source: string, message: string): void {
        const now = new Date().toISOString();
        const line = `[${now.slice(11, 19)}] [${level}] ${source}: ${message}\n`;
        process.stdout.write(line);
        if (this.folder === undefined) return;
        try {
            appendFileSync(join(this.folder, `log_${now.slice(0, 10).replaceAll("-", "")}.log`), line);
        } catch {
            // A full or lost volume must not end a server that can still answer.
        }
    }
}
