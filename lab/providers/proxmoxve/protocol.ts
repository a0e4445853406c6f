import type { Buffer } from "node:buffer";

/** The calls of Terraform's plugin protocol, version 6, that the bridge makes, as proto-loader gives them. */
export interface Calls {
    GetProviderSchema: [
        Record<string, never>,
        Answer & {
            provider: Schema;
            resource_schemas: Record<string, Schema>;
            data_source_schemas: Record<string, Schema>;
        },
    ];
    ValidateProviderConfig: [{ config: DynamicValue }, Answer];
    ConfigureProvider: [{ terraform_version: string; config: DynamicValue }, Answer];
    ValidateResourceConfig: [
        { type_name: string; config: DynamicValue; client_capabilities: { write_only_attributes_allowed: boolean } },
        Answer,
    ];
    UpgradeResourceState: [
        { type_name: string; version: number; raw_state: { json: Uint8Array } },
        Answer & { upgraded_state: DynamicValue | null },
    ];
    PlanResourceChange: [
        {
            type_name: string;
            prior_state: DynamicValue;
            proposed_new_state: DynamicValue;
            config: DynamicValue;
            prior_private: Uint8Array;
        },
        Answer & { planned_state: DynamicValue | null; planned_private: Buffer; requires_replace: AttributePath[] },
    ];
    ApplyResourceChange: [
        {
            type_name: string;
            prior_state: DynamicValue;
            planned_state: DynamicValue;
            config: DynamicValue;
            planned_private: Uint8Array;
        },
        Answer & { new_state: DynamicValue | null; private: Buffer },
    ];
    ReadResource: [
        { type_name: string; current_state: DynamicValue; private: Uint8Array },
        Answer & { new_state: DynamicValue | null; private: Buffer },
    ];
    ImportResourceState: [
        { type_name: string; id: string },
        Answer & { imported_resources: { type_name: string; state: DynamicValue; private: Buffer }[] },
    ];
    ReadDataSource: [{ type_name: string; config: DynamicValue }, Answer & { state: DynamicValue | null }];
    StopProvider: [Record<string, never>, { Error: string }];
}

export interface DynamicValue {
    msgpack: Uint8Array;
}

/** What every answer has. */
export interface Answer {
    diagnostics?: Diagnostic[];
}

export interface Diagnostic {
    severity: "INVALID" | "ERROR" | "WARNING";
    summary: string;
    detail: string;
    attribute: AttributePath | null;
}

export interface AttributePath {
    steps: { attribute_name?: string; element_key_string?: string; element_key_int?: number }[];
}

export interface Schema {
    version: number;
    block: Block;
}

export interface Block {
    attributes: Attribute[];
    block_types: NestedBlock[];
}

export interface Attribute {
    name: string;
    /** The type in JSON, empty where `nested_type` says it. */
    type: Buffer;
    nested_type: { attributes: Attribute[]; nesting: "SINGLE" | "LIST" | "SET" | "MAP" } | null;
    required: boolean;
    optional: boolean;
    computed: boolean;
    sensitive: boolean;
    write_only: boolean;
    deprecated: boolean;
}

export interface NestedBlock {
    type_name: string;
    block: Block;
    nesting: "SINGLE" | "LIST" | "SET" | "MAP" | "GROUP";
    max_items: number;
}
