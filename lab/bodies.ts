import { dirname, join } from "node:path";
import type { Chassis } from "./cluster/chassis";
import { RealChassis } from "./cluster/real/chassis";
import { obstaclesToRealBodies } from "./cluster/real/feasible";
import { GUEST_PATHS } from "./cluster/real/guest";
import { nodePrograms } from "./cluster/real/node";
import { simulatedChassis } from "./cluster/simulated/chassis";
import type { House } from "./house";
import type { StoreTools } from "./images/context";
import { prepareMachineRoot } from "./images/machine-root";
import { imagesFor } from "./images/operator-images";
import { imageTools } from "./images/recipe";
import { ensureImageStore, locateImageStore } from "./images/store";
import type { Operator } from "./operators";
import type { LabPaths } from "./paths";
import type { BodyKind, LabSettings } from "./settings";
import { installPackages, missingPackages, refusalToInstall } from "./toolchain/debian";
import { kubeletProtocol, tool, type Places } from "./toolchain/locate";
import { progress, type ProgressOutput } from "./toolchain/progress";
import { runToolchain, type Toolchain } from "./toolchain/run";

/** What the machines of a lab are made of. */
export interface BodyDecision {
    readonly kind: BodyKind;
    /** Why they are simulated; empty where they are real. */
    readonly reasons: readonly string[];
}

/**
 * Decides what machines are made of: real bodies wherever they can be, unless the settings want something else.
 * @throws Error with every obstacle where real ones were asked for
 */
export function decideBodies(paths: LabPaths, { nodes }: LabSettings, env: NodeJS.ProcessEnv): BodyDecision {
    if (nodes === "simulated") return { kind: "simulated", reasons: ["LAB_NODES=simulated"] };
    const refusal = refusalToInstall(missingPackages(env), { cache: paths.cache, env });
    const reasons = [...obstaclesToRealBodies(paths), ...(refusal === undefined ? [] : [refusal])];
    if (reasons.length === 0) return { kind: "real", reasons };
    if (nodes === "auto") return { kind: "simulated", reasons };
    throw new Error(reasons.map((reason) => `LAB_NODES: real machines cannot be had here: ${reason}`).join("\n"));
}

export interface MaterialOptions extends Places {
    readonly images: LabSettings["images"];
    /** Those of the house that run for real. */
    readonly operators: readonly Operator[];
    /** Those whose programs are built; default: those of the house. */
    readonly built?: readonly Operator[];
    readonly output: ProgressOutput;
    readonly signal?: AbortSignal;
}

/** Builds or installs everything that machines of this kind are made with. @throws Error with all that failed */
export async function ensureMaterial(kind: BodyKind, options: MaterialOptions): Promise<Toolchain> {
    if (kind === "real") await installPackages(missingPackages(options.env), options);
    const { operators, built = operators } = options;
    const toolchain = await runToolchain({ ...options, bodies: kind, operators: built });
    if (kind === "real") {
        const display = progress(options.output);
        try {
            const { images, ...rest } = options;
            const tools = storeTools(options, operators);
            const recipes = imagesFor(images, operators);
            await ensureImageStore({ ...rest, tools, report: display.report, images: recipes });
        } finally {
            display.close();
        }
    }
    return toolchain;
}

/** Opens the chassis of the lab's machines; everything that it is made with must be there. */
export async function openChassis(
    kind: BodyKind,
    options: {
        readonly paths: LabPaths;
        readonly settings: LabSettings;
        readonly house: House;
        readonly log: (line: string) => void;
    },
): Promise<Chassis> {
    const { paths, settings, house, log } = options;
    const { slot, images } = settings;
    if (kind === "simulated") return simulatedChassis(slot);
    const places: Places = { cache: paths.cache, env: process.env };
    const store = await locateImageStore({
        cache: paths.cache,
        tools: storeTools(places, house.operators),
        images: imagesFor(images, house.operators),
    });
    if (!store) throw new Error(`${paths.cache}: the images of real machines are not built; run \`make up\``);
    return RealChassis.open({
        ...{ paths, slot, log, pull: images === "pull" },
        programs: record(nodePrograms, (name) => tool(name, places)),
        protoFiles: {
            csi: kubeletProtocol("csi.proto", places),
            pluginRegistration: kubeletProtocol("plugin-registration.proto", places),
            devicePlugin: kubeletProtocol("device-plugin.proto", places),
        },
        images: {
            guestRoot: store.guestRoot,
            shared: dirname(store.containerdRoot),
            prepare: async (root) => {
                await prepareMachineRoot(store, root, join(GUEST_PATHS.images, "containerd"));
            },
        },
        resolver: { program: tool("coredns", places), addresses: house.resolvers },
        shares: house.nas ? [{ server: house.nas.address, path: house.nas.export }] : [],
        apiServers: house.apiAddresses,
        aws: house.aws,
        hasAddressPools: house.operators.includes("metallb"),
    });
}

function storeTools(places: Places, operators: readonly Operator[]): StoreTools {
    return {
        ...record([...imageTools, "containerd", "ctr"] as const, (name) => tool(name, places)),
        ...(operators.includes("cloudnative-pg") && { "cnpg-manager": tool("cnpg-manager", places) }),
        ...(operators.includes("plugin-barman-cloud") && {
            "plugin-barman-cloud": tool("plugin-barman-cloud", places),
        }),
        ...(operators.includes("metallb") && {
            "metallb-controller": tool("metallb-controller", places),
            "metallb-speaker": tool("metallb-speaker", places),
        }),
    };
}

function record<Name extends string>(names: readonly Name[], value: (name: Name) => string): Record<Name, string> {
    // The keys are exactly the names, which Object.fromEntries cannot say in its type.
    return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, string>;
}
