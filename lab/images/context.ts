import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "../toolchain/progress";
import type { CommonImageTool, ImageTool } from "./recipe";

/** Programs that the image store is made with and of, by path; those of operators only where the house has them. */
export type StoreTools = Readonly<
    Record<CommonImageTool | "containerd" | "ctr", string> & Partial<Record<ImageTool, string>>
>;

export interface StoreOptions {
    /** The shared cache, `labPaths().cache`. */
    readonly cache: string;
    readonly tools: StoreTools;
    readonly env: NodeJS.ProcessEnv;
    readonly report?: Report;
    readonly signal?: AbortSignal | undefined;
}

/** What every step of building gets. */
export interface BuildContext extends StoreOptions {
    /** Path for the whole output of a step, overwritten by the next run. */
    logFile(step: string): Promise<string>;
    /** Runs a step with its progress shown. */
    reporting<T>(name: string, version: string, step: (onLine: (line: string) => void) => Promise<T>): Promise<T>;
    /** Shows that another process does a step. */
    waiting(name: string, version: string, pid: number): void;
}

export function buildContext(options: StoreOptions): BuildContext {
    const { cache, report } = options;
    return {
        ...options,
        async logFile(step) {
            const folder = join(cache, "logs");
            await mkdir(folder, { recursive: true });
            return join(folder, `image-${step}.log`);
        },
        async reporting(name, version, step) {
            const about = { name: `image ${name}`, version };
            report?.({ ...about, state: "building", detail: "" });
            try {
                const result = await step((line) => report?.({ ...about, state: "building", detail: line }));
                report?.({ ...about, state: "built", detail: "" });
                return result;
            } catch (error) {
                report?.({ ...about, state: options.signal?.aborted ? "stopped" : "failed", detail: "" });
                throw error;
            }
        },
        waiting: (name, version, pid) =>
            report?.({
                name: `image ${name}`,
                version,
                state: "waiting",
                detail: `process ${pid} is building it`,
            }),
    };
}
