import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { StartFailure } from "../start-failure";

/** Length of a segment, what the real server takes when it encodes. */
export const SEGMENT_SECONDS = 3;
/** Small, so that two cores encode several at once. */
export const PICTURE = { width: 320, height: 180, framesPerSecond: 25 } as const;
/** How much faster than it is watched a film is encoded: the process lives on while somebody watches, as a real one does. */
const ENCODING_SPEED = 8;
/** Longest time that ffmpeg may take to tell its version, milliseconds. */
const VALIDATION_MS = 20_000;
const KEPT_OUTPUT = 2_000;

export interface Encoding {
    /** Segments are written to `<prefix><n>.ts`, each under its name only when it is whole. */
    readonly prefix: string;
    readonly firstSegment: number;
    readonly filmSeconds: number;
}

function ffmpegArguments({ prefix, firstSegment, filmSeconds }: Encoding): string[] {
    const { width, height, framesPerSecond } = PICTURE;
    const offset = firstSegment * SEGMENT_SECONDS;
    const input = (filter: string) => ["-readrate", String(ENCODING_SPEED), "-f", "lavfi", "-i", filter];
    return [
        ...["-hide_banner", "-nostdin", "-loglevel", "warning"],
        ...input(`testsrc=size=${width}x${height}:rate=${framesPerSecond}`),
        ...input("sine=frequency=440:sample_rate=44100"),
        ...["-t", String(filmSeconds - offset), "-output_ts_offset", String(offset)],
        // A key frame at the start of each segment and nowhere else.
        ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-threads", "1"],
        ...["-g", String(SEGMENT_SECONDS * framesPerSecond), "-sc_threshold", "0", "-c:a", "aac", "-b:a", "64k"],
        ...["-f", "hls", "-hls_time", String(SEGMENT_SECONDS), "-hls_list_size", "0", "-hls_flags", "temp_file"],
        ...["-start_number", String(firstSegment), "-hls_segment_filename", `${prefix}%d.ts`, `${prefix}.m3u8`],
    ];
}

/** One running ffmpeg; it ends with the film, with `stop`, or with the container. */
export class Encoder {
    /** Its last words; why it failed, if it did. */
    output = "";
    private readonly process: ChildProcessWithoutNullStreams;
    private failure: string | undefined;

    constructor(
        ffmpeg: string,
        readonly encoding: Encoding,
    ) {
        this.process = spawn(ffmpeg, ffmpegArguments(encoding));
        this.process.stderr.on("data", (text: Buffer) => {
            this.output = (this.output + text.toString()).slice(-KEPT_OUTPUT);
        });
        this.process.on("error", (error) => (this.failure = error.message));
    }

    get isRunning(): boolean {
        return this.failure === undefined && this.process.exitCode === null && this.process.signalCode === null;
    }

    get pid(): number | undefined {
        return this.process.pid;
    }

    /** How it ended, in words. */
    get ending(): string {
        return (
            this.failure ??
            `ended with ${this.process.signalCode ?? this.process.exitCode ?? "nothing"}: ${this.output}`
        );
    }

    /** At once: asked politely, it would finish the segment short, under the name of a whole one. */
    stop(): void {
        this.process.kill("SIGKILL");
    }
}

/**
 * Asks ffmpeg for its version, as every start does.
 * @returns the first line of the answer.
 * @throws StartFailure when it cannot be run.
 */
export async function validateEncoder(ffmpeg: string): Promise<string> {
    const child = spawn(ffmpeg, ["-version"], { stdio: ["ignore", "pipe", "ignore"], timeout: VALIDATION_MS });
    let output = "";
    child.stdout.on("data", (text: Buffer) => (output += text.toString()));
    const failure = await new Promise<string | undefined>((done) => {
        child.once("error", (error) => done(error.message));
        child.once("close", (code, signal) =>
            done(code === 0 ? undefined : `ended with ${signal ?? code ?? "nothing"}`),
        );
    });
    if (failure === undefined) return output.split("\n")[0] ?? "";
    throw new StartFailure(`${ffmpeg}: cannot be run as ffmpeg (${failure}); set JELLYFIN_FFMPEG to one that works`);
}
