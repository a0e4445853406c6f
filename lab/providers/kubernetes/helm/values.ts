import { Unknown, type Properties, type Value } from "../../kit/provider";
import { isProperties } from "../../kit/values";
import type { KubeValue, Tree } from "../object";

/**
 * The values that a release gives to its chart: as they are written, without what is not known yet. A `null`, which takes
 * away a default of the chart, counts only where the release allows it (`allowNullValues`), as with the released plugin.
 */
export function chartValues(inputs: Properties): Tree {
    const keepNulls = inputs["allowNullValues"] === true;
    const convert = (value: Value): KubeValue | undefined => {
        if (value instanceof Unknown || (value === null && !keepNulls)) return undefined;
        if (Array.isArray(value)) return value.map(convert).filter((item) => item !== undefined);
        if (!isProperties(value)) return value;
        const entries = Object.entries(value).map(([key, item]) => [key, convert(item)] as const);
        return Object.fromEntries(entries.flatMap(([key, item]) => (item === undefined ? [] : [[key, item]])));
    };
    const { values } = inputs;
    const converted = convert(values ?? {});
    return typeof converted === "object" && converted !== null && !Array.isArray(converted) ? converted : {};
}
