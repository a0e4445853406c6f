/** What Proxmox VE's schema says about one parameter; only what its clients can trip over is kept. */
export interface Property {
    readonly type: "string" | "integer" | "number" | "boolean" | "array";
    readonly optional?: true;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly maxLength?: number;
    /** Must match the whole value. */
    readonly pattern?: RegExp;
    readonly enum?: readonly string[];
    /** The value is a list of `key=value` separated by commas. */
    readonly format?: PropertyFormat;
    /** Says what is wrong with a value, `undefined` for a good one. */
    readonly check?: (value: string) => string | undefined;
}

/** A list of `key=value` in one string, as `net0` and `scsi0` are written. */
export interface PropertyFormat {
    readonly keys: Readonly<Record<string, Property>>;
    /** The key whose value may stand alone, first as a rule. */
    readonly defaultKey?: string;
    /** `virtio=MAC` means `model=virtio,macaddr=MAC`. */
    readonly combined?: { readonly key: string; readonly names: readonly string[]; readonly valueKey: string };
}

export type PropertyValues = Readonly<Record<string, string>>;

/** Values by key, or what Proxmox VE says is wrong with the text. */
export function parsePropertyString(
    format: PropertyFormat,
    text: string,
    name: string,
): { readonly values: PropertyValues; readonly problem?: string } {
    const values: Record<string, string> = {};
    for (const part of text.split(",").filter((piece) => piece.trim() !== "")) {
        const equals = part.indexOf("=");
        const key = equals < 0 ? format.defaultKey : part.slice(0, equals);
        const value = part.slice(equals + 1);
        if (key === undefined)
            return { values, problem: "value without key, but schema does not define a default key" };
        if (values[key] !== undefined)
            return { values, problem: `duplicate key in comma-separated list property: ${key}` };
        const combined = format.combined;
        if (combined && equals > 0 && combined.names.includes(key)) {
            values[combined.key] = key;
            values[combined.valueKey] = value;
            continue;
        }
        const property = Object.hasOwn(format.keys, key) ? format.keys[key] : undefined;
        if (!property) return { values, problem: `invalid key in comma-separated list property: ${key}` };
        values[key] = property.type === "boolean" ? booleanDigit(value) : value;
    }
    const wrong = Object.entries(format.keys).flatMap(([key, property]) => {
        const value = values[key];
        if (value === undefined)
            return property.optional ? [] : [`${name}.${key}: property is missing and it is not optional`];
        const problem = whatIsWrong(`${name}.${key}`, property, value);
        return problem ? [`${name}.${key}: ${problem}`] : [];
    });
    return wrong.length > 0 ? { values, problem: `format error\n${wrong.join("\n")}` } : { values };
}

/** Writes values back in Proxmox VE's order: the default key, then the rest by name. */
export function printPropertyString(format: PropertyFormat, values: PropertyValues): string {
    const rest = new Map(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
    const parts: string[] = [];
    const first = format.defaultKey === undefined ? undefined : rest.get(format.defaultKey);
    if (format.defaultKey !== undefined && first !== undefined) {
        rest.delete(format.defaultKey);
        const combinedValue = format.combined ? rest.get(format.combined.valueKey) : undefined;
        if (format.combined && combinedValue !== undefined) rest.delete(format.combined.valueKey);
        parts.push(combinedValue === undefined ? first : `${first}=${combinedValue}`);
    }
    return [...parts, ...[...rest].map(([key, value]) => `${key}=${value}`)].join(",");
}

/** Proxmox VE's words for what is wrong with a value; `undefined` for a good one. */
export function whatIsWrong(name: string, property: Property, value: string): string | undefined {
    const typed = `type check ('${property.type}') failed - got '${value}'`;
    if (property.type === "boolean" && !/^[01]$/.test(value)) return typed;
    if (property.type === "integer" && !/^[+-]?\d+$/.test(value)) return typed;
    if (property.type === "number" && !/^[+-]?\d+(\.\d+)?$/.test(value)) return typed;
    if (property.format) {
        const problem = parsePropertyString(property.format, value, name).problem;
        if (problem) return `invalid format - ${problem}\n`;
    }
    const problem = property.check?.(value);
    if (problem) return `invalid format - ${problem}\n`;
    if (property.pattern && property.pattern.exec(value)?.[0] !== value)
        return "value does not match the regex pattern";
    if (property.maxLength !== undefined && value.length > property.maxLength)
        return `value may only be ${property.maxLength} characters long`;
    if (property.maximum !== undefined && Number(value) > property.maximum)
        return `value must have a maximum value of ${property.maximum}`;
    if (property.minimum !== undefined && Number(value) < property.minimum)
        return `value must have a minimum value of ${property.minimum}`;
    if (property.enum && !property.enum.includes(value))
        return `value '${value}' does not have a value in the enumeration '${property.enum.join(", ")}'`;
    return undefined;
}

/** `on`, `yes`, `true` and their opposites as digits; anything else as it came. */
export function booleanDigit(value: string): string {
    if (/^(1|on|yes|true)$/i.test(value)) return "1";
    return /^(0|off|no|false)$/i.test(value) ? "0" : value;
}
