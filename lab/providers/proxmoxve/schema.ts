import type { Attribute, Block, NestedBlock, Schema } from "./protocol";
import { functionToken, propertyName, resourceProperty, resourceToken } from "./names";

/** The type of a value on both sides of the bridge. */
export type Shape =
    | { readonly kind: "string" | "number" | "bool" | "dynamic" }
    | {
          readonly kind: "list" | "set";
          readonly element: Shape;
          /** A block of which there is at most one: a plain object on Pulumi's side. */
          readonly single: boolean;
          /** Blocks are never null in Terraform, only empty. */
          readonly block: boolean;
      }
    | { readonly kind: "map"; readonly element: Shape }
    | ObjectShape;

export interface ObjectShape {
    readonly kind: "object";
    readonly fields: readonly Field[];
    /** Of a plain type: given or decided as a whole, its fields say nothing about who decides them. */
    readonly whole: boolean;
}

export interface Field {
    /** Terraform's name. */
    readonly key: string;
    /** Pulumi's name. */
    readonly name: string;
    readonly shape: Shape;
    /** May be given by the program. */
    readonly input: boolean;
    readonly required: boolean;
    /** May be decided by the provider. */
    readonly computed: boolean;
    readonly sensitive: boolean;
    readonly deprecated: boolean;
}

/** One resource or data source. */
export interface TypeSchema {
    /** Terraform's name of the type. */
    readonly type: string;
    readonly version: number;
    readonly shape: ObjectShape;
}

/** Everything the provider offers, by Pulumi's tokens. */
export interface ProviderSchema {
    readonly provider: ObjectShape;
    readonly resources: ReadonlyMap<string, TypeSchema>;
    readonly functions: ReadonlyMap<string, TypeSchema>;
}

export function providerSchema(answer: {
    provider: Schema;
    resource_schemas: Record<string, Schema>;
    data_source_schemas: Record<string, Schema>;
}): ProviderSchema {
    const resources = Object.entries(answer.resource_schemas).map(([type, { version, block }]) => {
        const inputId = hasInputId(block);
        const { fields } = objectShape(block, (key, many) => resourceProperty(type, key, many, inputId));
        const own = fields.map((field) => (field.key === "id" && !inputId ? { ...field, input: false } : field));
        const shape: ObjectShape = { kind: "object", fields: own, whole: false };
        return [resourceToken(type), { type, version, shape }] as const;
    });
    const functions = Object.entries(answer.data_source_schemas).map(([type, { version, block }]) => {
        return [functionToken(type), { type, version, shape: objectShape(block, propertyName) }] as const;
    });
    const provider = objectShape(answer.provider.block, propertyName);
    return { provider, resources: new Map(resources), functions: new Map(functions) };
}

type Naming = (key: string, many: boolean) => string;

/** The older half of the provider declares every `id` as an optional string, but it is never the program's to give. */
function hasInputId({ attributes }: Block): boolean {
    const id = attributes.find((attribute) => attribute.name === "id");
    return id !== undefined && (id.required || (id.optional && !id.type.equals(Buffer.from('"string"'))));
}

function objectShape(block: Block, naming: Naming): ObjectShape {
    const fields = [
        ...block.attributes.map((attribute) => attributeField(attribute, naming)),
        ...block.block_types.map((nested) => blockField(nested, naming)),
    ];
    return { kind: "object", fields, whole: false };
}

function attributeField(attribute: Attribute, naming: Naming): Field {
    const { name, required, optional, computed, sensitive, deprecated } = attribute;
    const shape = attributeShape(attribute);
    return {
        key: name,
        name: naming(name, isMany(shape)),
        shape,
        input: required || optional,
        required,
        computed,
        sensitive,
        deprecated,
    };
}

function attributeShape({ nested_type: nested, type }: Attribute): Shape {
    if (!nested) return typeShape(JSON.parse(type.toString("utf8")));
    const fields = nested.attributes.map((inner) => attributeField(inner, propertyName));
    return nest({ kind: "object", fields, whole: false }, nested.nesting, false, false);
}

function blockField(nested: NestedBlock, naming: Naming): Field {
    const shape = nest(objectShape(nested.block, propertyName), nested.nesting, nested.max_items === 1, true);
    return {
        key: nested.type_name,
        name: naming(nested.type_name, isMany(shape)),
        shape,
        input: true,
        required: false,
        computed: false,
        sensitive: false,
        deprecated: false,
    };
}

function nest(element: ObjectShape, nesting: NestedBlock["nesting"], single: boolean, block: boolean): Shape {
    switch (nesting) {
        case "SINGLE":
        case "GROUP":
            return element;
        case "LIST":
            return { kind: "list", element, single, block };
        case "SET":
            return { kind: "set", element, single, block };
        case "MAP":
            return { kind: "map", element };
    }
}

/** A type in Terraform's JSON form: `"string"`, `["list","string"]`, `["object",{"a":"bool"}]`. */
function typeShape(type: unknown): Shape {
    if (type === "string" || type === "number" || type === "bool" || type === "dynamic") return { kind: type };
    const [kind, inner] = Array.isArray(type) ? (type as unknown[]) : [];
    if (kind === "list" || kind === "set") {
        return { kind, element: typeShape(inner), single: false, block: false };
    }
    if (kind === "map") return { kind, element: typeShape(inner) };
    if (kind === "object" && typeof inner === "object" && inner !== null) {
        const fields = Object.entries(inner).map(([key, fieldType]): Field => {
            const shape = typeShape(fieldType);
            const name = propertyName(key, isMany(shape));
            const flags = { input: true, required: false, computed: false, sensitive: false, deprecated: false };
            return { key, name, shape, ...flags };
        });
        return { kind, fields, whole: true };
    }
    throw new Error(`${JSON.stringify(type)}: a Terraform type that the bridge does not know; teach it to typeShape`);
}

function isMany(shape: Shape): boolean {
    return (shape.kind === "list" || shape.kind === "set") && !shape.single;
}
