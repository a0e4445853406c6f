import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { isOnExisting, parseConfig } from "../../../infra/config/parse";
import { configSchema, existingConfigSchema, hasMachines, type MachineHouse } from "../../../infra/config/schema";

const root = join(__dirname, "..", "..", "..");
const prefix = "homelab:";

const stackFileSchema = z.object({ config: z.record(z.string(), z.unknown()) });

const changeSchema = z.union([
    z.strictObject({ set: z.string(), to: z.unknown() }),
    z.strictObject({ delete: z.string() }),
]);

const invalidHouseSchema = z.strictObject({
    of: z.string().optional(),
    change: z.array(changeSchema).min(1),
    says: z.array(z.string()).min(1),
});

/** A change of a house at a path such as `hosts[1].address`. */
export type Change = z.infer<typeof changeSchema>;

/** The areas of a house as a stack file has them, unchecked. */
export type RawHouse = Record<string, unknown>;

/** The unchecked areas of a stack file: what follows `homelab:`. */
export function readHouse(file: string): RawHouse {
    const { config } = stackFileSchema.parse(parse(readFileSync(join(root, file), "utf8")));
    return Object.fromEntries(
        Object.entries(config)
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, area]) => [key.slice(prefix.length), area]),
    );
}

/** The files of all houses that are right: the stacks and the fixtures. */
export const validFiles: readonly string[] = [
    "Pulumi.dev.yaml",
    "Pulumi.prod.yaml",
    ...filesBelow("test/fixtures/valid"),
];

/** The house of the lab, checked, after changes. */
export function devHouse(...changes: readonly Change[]): MachineHouse {
    return machineHouse(changed(readHouse("Pulumi.dev.yaml"), changes));
}

/** A house that builds its cluster, checked. */
export function machineHouse(raw: unknown): MachineHouse {
    const config = parseConfig(raw);
    if (!hasMachines(config)) throw new Error("the house is on an existing cluster");
    return config;
}

/** The schema of a house of the kind that it says it is. */
export function schemaOf(raw: unknown) {
    return isOnExisting(raw) ? existingConfigSchema : configSchema;
}

/** A house with a mistake: the lab's, or the one that the fixture is `of`, changed, and the lines that must be said about it. */
export interface InvalidHouse {
    readonly title: string;
    readonly raw: RawHouse;
    readonly says: readonly string[];
}

/** All houses of `test/fixtures/invalid`. */
export function invalidHouses(): readonly InvalidHouse[] {
    return filesBelow("test/fixtures/invalid").map((file) => {
        const {
            of = "Pulumi.dev.yaml",
            change,
            says,
        } = invalidHouseSchema.parse(parse(readFileSync(join(root, file), "utf8")));
        const title = basename(file, ".yaml").replaceAll("-", " ");
        return { title, raw: changed(readHouse(of), change), says };
    });
}

function filesBelow(folder: string): string[] {
    return readdirSync(join(root, folder))
        .filter((file) => file.endsWith(".yaml"))
        .sort()
        .map((file) => `${folder}/${file}`);
}

/** A changed copy of a house. A path that leads nowhere is an error: a fixture must change something. */
export function changed(house: RawHouse, changes: readonly Change[]): RawHouse {
    const copy = structuredClone(house);
    for (const change of changes) {
        const path = steps("set" in change ? change.set : change.delete);
        const parent = path.slice(0, -1).reduce<unknown>((value, step) => entry(value, step), copy);
        const last = path.at(-1) ?? "";
        if ("set" in change) {
            Object.assign(container(parent, path), { [last]: change.to });
        } else if (Array.isArray(parent)) {
            parent.splice(Number(last), 1);
        } else if (!(last in container(parent, path)) || !Reflect.deleteProperty(container(parent, path), last)) {
            throw new Error(`there is no ${change.delete} to delete`);
        }
    }
    return copy;
}

/** `hosts[1].address` as `hosts`, `1`, `address`. */
export function steps(path: string): string[] {
    return path.split(/[.[\]]+/).filter((step) => step !== "");
}

function entry(value: unknown, step: string): unknown {
    return Reflect.get(container(value, [step]), step);
}

function container(value: unknown, path: readonly string[]): object {
    if (typeof value !== "object" || value === null) {
        throw new Error(`${path.join(".")} leads nowhere`);
    }
    return value;
}
