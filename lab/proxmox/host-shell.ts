import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { reasonOf } from "../reason";
import { splitVolumeId, type Storages } from "./storage";

export interface ShellAnswer {
    readonly exitCode: number;
    readonly output: string;
    readonly errors: string;
}

/** What a command line comes to: an answer, or a function of what arrives on its standard input. */
export type ShellRun =
    | { readonly needsInput: false; readonly answer: ShellAnswer }
    | { readonly needsInput: true; readonly answer: (input: Buffer) => ShellAnswer };

/**
 * Stands for root's shell on a host. It knows the few commands that the provider and a careful person send; no
 * process is started, and only files in the host's datastores can be reached.
 */
export function runOnHost(storages: Storages, host: string, commandLine: string): ShellRun {
    const script = unwrapped(commandLine);
    // The provider asks whether it must use sudo; root need not.
    if (script.includes('"$(id -u)" = "0"')) return done("0\n");
    const last = script.split("; ").at(-1) ?? "";
    const words = last
        .trim()
        .replace(/^(try_sudo|sudo( -n)?) /, "")
        .split(/\s+/)
        .map(unquoted);
    const [command = "", ...args] = words;
    const target = args.at(-1) ?? "";
    switch (posix.basename(command)) {
        case "tee":
            return { needsInput: true, answer: (input) => tee(storages, host, target, input) };
        case "pvesm":
            return args[0] === "path" ? volumePath(storages, target) : failed(255, "ERROR: unknown command\n");
        case "cat": {
            const file = storages.realPath(host, target);
            const found = file !== undefined && existsSync(file) && statSync(file).isFile();
            return found ? done(readFileSync(file, "utf8")) : failed(1, `cat: ${target}: No such file or directory\n`);
        }
        case "test": {
            const file = storages.realPath(host, target);
            return file !== undefined && existsSync(file) ? done("") : failed(1, "");
        }
        case "hostname":
            return done(`${host}\n`);
        case "id":
            return done(args[0] === "-u" ? "0\n" : "uid=0(root) gid=0(root) groups=0(root)\n");
        default:
            return failed(127, `bash: line 1: ${command}: command not found (the lab's hosts know only a few)\n`);
    }
}

function tee(storages: Storages, host: string, path: string, input: Buffer): ShellAnswer {
    const file = storages.realPath(host, path);
    if (file === undefined || !existsSync(dirname(file)))
        return { exitCode: 1, output: input.toString("utf8"), errors: `tee: ${path}: No such file or directory\n` };
    writeFileSync(file, input, { mode: 0o600 });
    return { exitCode: 0, output: input.toString("utf8"), errors: "" };
}

function volumePath(storages: Storages, volid: string): ShellRun {
    try {
        const [id, name] = splitVolumeId(volid);
        const { path, type } = storages.definition(id);
        return done(`${type === "dir" ? (path ?? "") : "/dev/pve"}/${name}\n`);
    } catch (error) {
        return failed(255, `${reasonOf(error)}\n`);
    }
}

/** The script of `/bin/bash -c '<script>'`, else the line itself. */
function unwrapped(line: string): string {
    const [, quoted] = /^(?:\/bin\/)?(?:ba)?sh -c '([\s\S]*)'$/.exec(line.trim()) ?? [];
    return quoted === undefined ? line : quoted.replaceAll(`'"'"'`, "'");
}

function unquoted(word: string): string {
    return word.replace(/^(["'])(.*)\1$/, "$2");
}

function done(output: string): ShellRun {
    return { needsInput: false, answer: { exitCode: 0, output, errors: "" } };
}

function failed(exitCode: number, errors: string): ShellRun {
    return { needsInput: false, answer: { exitCode, output: "", errors } };
}
