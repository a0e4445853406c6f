import type { z } from "zod";
import { crossIssues, existingIssues } from "./cross-checks";
import { ConfigError, type ConfigIssue } from "./issues";
import { areas, configSchema, existingAreas, existingConfigSchema, type HomelabConfig } from "./schema";
import { schemaIssues, type OtherKind } from "./schema-issues";

type Some<T> = { [K in keyof T]?: T[K] | undefined };

/** A kind of house: what its file may say, and what must agree in it. */
interface HouseKind<T extends object> {
    readonly schema: z.ZodType<T>;
    /** Names of its areas. */
    readonly areas: readonly string[];
    /** The schema of its areas where some are missing. */
    readonly some: z.ZodType<Some<T>>;
    /** The kind that a setting may belong to which this one does not have. */
    readonly other: OtherKind;
    readonly cross: (sound: Some<T>, unsound?: ReadonlySet<PropertyKey>) => ConfigIssue[];
}

const onMachines: HouseKind<z.output<typeof configSchema>> = {
    schema: configSchema,
    areas: Object.keys(areas),
    some: configSchema.partial(),
    other: {
        schema: existingConfigSchema,
        wrong: "has no meaning with a cluster that is built here",
        rule: "it describes a cluster that is there already, which is cluster.kind existing",
        write: "remove it, or write cluster.kind: existing",
    },
    cross: crossIssues,
};

const onExisting: HouseKind<z.output<typeof existingConfigSchema>> = {
    schema: existingConfigSchema,
    areas: Object.keys(existingAreas),
    some: existingConfigSchema.partial(),
    other: {
        schema: configSchema,
        wrong: "has no meaning with an existing cluster",
        rule: "cluster.kind is existing, so no machine is made and no network is laid",
        write: "remove it, or leave cluster.kind out",
    },
    cross: existingIssues,
};

/**
 * Checks the raw configuration of a house: every field by itself, then all that must agree between fields.
 *
 * An area with a mistake in it is left out of the second part, the others are not, so that one run tells as much as can be told.
 *
 * @param raw the areas by name, as read from the stack file
 * @returns the configuration with all defaults, frozen through and through
 * @throws {ConfigError} with every mistake
 */
export function parseConfig(raw: unknown): HomelabConfig {
    return isOnExisting(raw) ? checked(raw, onExisting) : checked(raw, onMachines);
}

/** Whether the unchecked configuration asks for a cluster that is there already. */
export function isOnExisting(raw: unknown): boolean {
    return isRecord(raw) && isRecord(raw["cluster"]) && raw["cluster"]["kind"] === "existing";
}

function checked<T extends object>(raw: unknown, { schema, areas: own, some, other, cross }: HouseKind<T>): T {
    const result = schema.safeParse(raw, { reportInput: true });
    if (result.success) {
        const issues = cross(result.data);
        if (issues.length > 0) {
            throw new ConfigError(inOrderOfAreas(issues));
        }
        return frozen(result.data);
    }
    const unsound = new Set(result.error.issues.flatMap((issue) => issue.path.slice(0, 1)));
    const rest = Object.entries(isRecord(raw) ? raw : {}).filter(([area]) => own.includes(area) && !unsound.has(area));
    const sound = some.parse(Object.fromEntries(rest));
    throw new ConfigError(inOrderOfAreas([...schemaIssues(schema, result.error, other), ...cross(sound, unsound)]));
}

/** Area by area, as the documented file has them; unknown areas last. */
function inOrderOfAreas(issues: readonly ConfigIssue[]): ConfigIssue[] {
    const order = Object.keys(areas);
    const rank = ({ path }: ConfigIssue) => {
        const position = order.indexOf(path.split(/[.[]/)[0] ?? "");
        return position === -1 ? order.length : position;
    };
    return issues.toSorted((a, b) => rank(a) - rank(b));
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function frozen<T>(value: T): T {
    if (typeof value === "object" && value !== null) {
        Object.values(value).forEach(frozen);
        Object.freeze(value);
    }
    return value;
}
