import { crossIssues } from "./cross-checks";
import { ConfigError, type ConfigIssue } from "./issues";
import { areas, configSchema, type HomelabConfig } from "./schema";
import { schemaIssues } from "./schema-issues";

const soundAreasSchema = configSchema.partial();

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
    const result = configSchema.safeParse(raw, { reportInput: true });
    if (result.success) {
        const issues = crossIssues(result.data);
        if (issues.length > 0) {
            throw new ConfigError(inOrderOfAreas(issues));
        }
        return frozen(result.data);
    }
    const unsound = new Set(result.error.issues.map((issue) => issue.path[0]));
    const sound = soundAreasSchema.parse(
        Object.fromEntries(
            Object.entries(isRecord(raw) ? raw : {}).filter(([area]) => area in areas && !unsound.has(area)),
        ),
    );
    throw new ConfigError(inOrderOfAreas([...schemaIssues(configSchema, result.error), ...crossIssues(sound)]));
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
