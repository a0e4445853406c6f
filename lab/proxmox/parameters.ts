import { parameterError } from "./api-error";
import { booleanDigit, whatIsWrong, type Property } from "./property";

/** Parameters by name; `property` also finds numbered ones (`net0`). */
export interface Schema {
    readonly names: readonly string[];
    property(name: string): Property | undefined;
}

export type RawParameters = Readonly<Record<string, string | readonly string[]>>;

export function schema(properties: Readonly<Record<string, Property>>): Schema {
    return { names: Object.keys(properties), property: (name) => own(properties, name) };
}

export const NO_PARAMETERS = schema({});

/** Verified parameters of one request. Booleans are "1" or "0". */
export class Parameters {
    constructor(private readonly values: RawParameters) {}

    /** A parameter that the route's schema or path requires. */
    text(name: string): string {
        const value = this.optional(name);
        if (value === undefined) throw parameterError({ [name]: "property is missing and it is not optional" });
        return value;
    }

    optional(name: string): string | undefined {
        const value = own(this.values, name);
        return typeof value === "string" ? value : value?.at(-1);
    }

    integer(name: string): number {
        return Number(this.text(name));
    }

    boolean(name: string): boolean {
        return this.optional(name) === "1";
    }

    array(name: string): readonly string[] {
        const value = own(this.values, name);
        return value === undefined ? [] : typeof value === "string" ? [value] : value;
    }

    /** Parts of a list written with commas, semicolons or spaces. */
    list(name: string): string[] {
        return splitList(this.optional(name) ?? "");
    }

    /** All but the named ones. */
    except(names: readonly string[]): Record<string, string> {
        return Object.fromEntries(
            Object.keys(this.values).flatMap((name) =>
                names.includes(name) ? [] : [[name, this.optional(name) ?? ""]],
            ),
        );
    }
}

export function splitList(text: string): string[] {
    return text.split(/[,;\s]+/).filter((part) => part !== "");
}

/**
 * Checks a request's own parameters and adds those of its path.
 *
 * @throws ApiError 400 that names every wrong parameter.
 */
export function verify(schema: Schema, own: RawParameters, path: Readonly<Record<string, string>>): Parameters {
    const errors: Record<string, string> = {};
    const good: Record<string, string | readonly string[]> = { ...path };
    for (const [name, value] of Object.entries(own)) {
        const fromPath = path[name];
        if (fromPath !== undefined) {
            if (fromPath !== value)
                errors[name] = "duplicate parameter (already defined in URI) with conflicting values!";
            continue;
        }
        const property = schema.property(name);
        if (!property)
            errors[name] = "property is not defined in schema and the schema does not allow additional properties";
        else if (property.type === "array") good[name] = typeof value === "string" ? [value] : value;
        else if (typeof value !== "string") errors[name] = `type check ('${property.type}') failed - got ARRAY`;
        else {
            const normal = property.type === "boolean" ? booleanDigit(value) : value;
            const wrong = whatIsWrong(name, property, normal);
            if (wrong) errors[name] = wrong;
            else good[name] = normal;
        }
    }
    for (const name of schema.names) {
        if (good[name] === undefined && errors[name] === undefined && !schema.property(name)?.optional)
            errors[name] = "property is missing and it is not optional";
    }
    if (Object.keys(errors).length > 0) throw parameterError(errors);
    return new Parameters(good);
}

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
    return Object.hasOwn(record, name) ? record[name] : undefined;
}
