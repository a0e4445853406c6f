import { dirname, join } from "node:path";
import type { Chassis } from "./cluster/chassis";
import { RealChassis } from "./cluster/real/chassis";
import { obstaclesToRealBodies } from "./cluster/real/feasible";
import { GUEST_PATHS } from "./cluster/real/guest";
import { nodePrograms } from "./cluster/real/node";
import { simulatedChassis } from "./cluster/simulated/chassis";
import type { House } from "./house";
import type { StoreTools } from "./images/context";
import { idlingImages, imageCatalogue } from "./images/catalogue";
import { prepareMachineRoot } from "./images/machine-root";
import { imageTools, type ImageRecipe } from "./images/recipe";
import { ensureImageStore, locateImageStore } from "./images/store";
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
    readonly output: ProgressOutput;
    readonly signal?: AbortSignal;
}

/** Builds or installs everything that machines of this kind are made with. @throws Error with all that failed */
export async function ensureMaterial(kind: BodyKind, options: MaterialOptions): Promise<Toolchain> {
    if (kind === "real") await installPackages(missingPackages(options.env), options);
    const toolchain = await runToolchain({ ...options, bodies: kind });
    if (kind === "real") {
        const display = progress(options.output);
        try {
            const { images, ...rest } = options;
            const recipes = storedImages(images);
            await ensureImageStore({ ...rest, tools: storeTools(options), report: display.report, images: recipes });
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
        tools: storeTools(places),
        images: storedImages(images),
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
    });
}

/** Those that the lab makes itself: all, or only those that nobody could pull and start. */
function storedImages(images: LabSettings["images"]): readonly ImageRecipe[] {
    return images === "build" ? imageCatalogue : idlingImages;
}

function storeTools(places: Places): StoreTools {
    return record([...imageTools, "containerd", "ctr"] as const, (name) => tool(name, places));
}

function record<Name extends string>(names: readonly Name[], value: (name: Name) => string): Record<Name, string> {
    // The keys are exactly the names, which Object.fromEntries cannot say in its type.
    return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, string>;
}
