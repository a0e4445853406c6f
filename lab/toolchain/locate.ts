import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { delimiter, join, sep } from "node:path";
import { labPaths } from "../paths";
import { catalogue, type ToolName } from "./catalogue";
import { answerOf } from "./command";
import type { KubeletProtocol } from "./real-catalogue";
import { toolFolder, type ToolSpec } from "./tools";

/** Where tools are looked for. */
export interface Places {
    /** The shared cache, {@link labPaths}`.cache`. */
    readonly cache: string;
    /** `PATH`, `KUBEBUILDER_ASSETS` (envtest's folder of control plane programs) and `LAB_TOOLS_BUILD=all`. */
    readonly env: NodeJS.ProcessEnv;
}

export interface Located {
    readonly path: string;
    /** Without the leading `v`. */
    readonly version: string;
    /** `found`: the user's own; `cached`: built by a lab before. */
    readonly from: "found" | "cached";
}

/** @returns a number below, equal to or above 0, like a sort function; words after the third number do not count. */
export function compareVersions(left: string, right: string): number {
    const [a, b] = [left, right].map((version) => /\d+(\.\d+)*/.exec(version)?.[0].split(".").map(Number) ?? []);
    for (const index of [0, 1, 2]) {
        const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
        if (difference !== 0) return difference;
    }
    return 0;
}

/** First version in what a program says about itself; `undefined` when it cannot run or says none. */
export function programVersion(path: string, args: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
    const answer = answerOf(path, args, { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" });
    return /\bv?(\d+\.\d+\.\d+)/.exec(answer ?? "")?.[1];
}

/** Name of the engine beside a lab's programs; `pulumi` there is a script around it, and no tool. */
export const LAB_ENGINE = "pulumi-cli";

/** The first executable file of this name in the folders of a search path, those of labs left out. */
export function onPath(name: string, searchPath: string): string | undefined {
    return searchPath
        .split(delimiter)
        .filter((folder) => folder !== "" && !existsSync(join(folder, LAB_ENGINE)))
        .map((folder) => join(folder, name))
        .find((file) => {
            try {
                accessSync(file, constants.X_OK);
                return statSync(file).isFile();
            } catch {
                return false;
            }
        });
}

/**
 * Finds a tool without building: the user's own in `KUBEBUILDER_ASSETS`, then on `PATH`, when its version is one that
 * the lab accepts, then the cache. What a lab put on `PATH` (`eval "$(npm run -s lab -- env)"`) or what lies in the cache
 * is not the user's own: a shell would hold on to the version of yesterday, and the lab would take its script for Pulumi.
 */
export function locate(spec: ToolSpec, places: Places): Located | undefined {
    const { versionArguments, accepted } = spec;
    if (versionArguments && accepted && places.env["LAB_TOOLS_BUILD"] !== "all") {
        for (const folders of [places.env["KUBEBUILDER_ASSETS"] ?? "", places.env["PATH"] ?? ""]) {
            const path = onPath(spec.name, folders);
            if (!path || isBelow(path, places.cache)) continue;
            const version = programVersion(path, versionArguments, places.env);
            if (!version) continue;
            const tooOld = compareVersions(version, accepted.from) < 0;
            if (!tooOld && compareVersions(version, accepted.below) < 0) return { path, version, from: "found" };
        }
    }
    const path = join(toolFolder(places.cache, spec), spec.artefact);
    return existsSync(path) ? { path, version: spec.version, from: "cached" } : undefined;
}

function isBelow(path: string, folder: string): boolean {
    return existsSync(folder) && realpathSync(path).startsWith(realpathSync(folder) + sep);
}

const known = new Map<string, string>();

/**
 * Path of a tool that is there already; remembered for the life of the process.
 * @throws when it is neither built nor found, with the command that builds it.
 */
export function tool(name: ToolName, places: Places = { cache: labPaths(".").cache, env: process.env }): string {
    const asked = [name, places.cache, places.env["PATH"], places.env["KUBEBUILDER_ASSETS"]].join("\n");
    const before = known.get(asked);
    if (before !== undefined && existsSync(before)) return before;
    const spec = catalogue()[name];
    const located = locate(spec, places);
    if (!located) {
        const folder = join(places.cache, "tools");
        throw new Error(`${folder}: ${name} ${spec.version} is not built; run "make up" or "npm run lab -- toolchain"`);
    }
    known.set(asked, located.path);
    return located.path;
}

/** The protocol file that `terraform-provider-proxmox` was built with (`tfplugin6.proto`). @throws like {@link tool}. */
export function tfplugin6Proto(places?: Places): string {
    return join(tool("terraform-provider-proxmox", places), "..", "tfplugin6.proto");
}

/** A protocol file of the kubelet's, of the versions that it was built with. @throws like {@link tool}. */
export function kubeletProtocol(name: KubeletProtocol, places?: Places): string {
    return join(tool("kubelet", places), "..", name);
}
