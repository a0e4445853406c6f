import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

/** A type of the Pulumi SDK, reduced to what a bridge must agree with. */
export type SdkShape =
    | { readonly kind: "plain" }
    | { readonly kind: "list" | "map"; readonly element: SdkShape }
    | { readonly kind: "object"; readonly fields: ReadonlyMap<string, SdkShape> };

const root = dirname(require.resolve("@muhlba91/pulumi-proxmoxve/package.json"));
const interfaces = { inputs: interfacesOf("types/input.d.ts"), outputs: interfacesOf("types/output.d.ts") };

/** The declared arguments (`VmLegacyArgs`), properties (`VmLegacy`) or results of one file of the SDK. */
export function sdkFields(file: string, name: string): ReadonlyMap<string, SdkShape> {
    const declaration = declarationsOf(file).get(name);
    if (!declaration) throw new Error(`${file}: declares no ${name}`);
    return membersOf(declaration);
}

/** Every token that the SDK registers or asks. */
export function sdkTokens(): { resources: string[]; functions: string[] } {
    const resources = new Set<string>();
    const functions = new Set<string>();
    for (const file of readdirSync(root, { recursive: true, encoding: "utf8" })) {
        if (!file.endsWith(".js")) continue;
        const text = readFileSync(join(root, file), "utf8");
        for (const [, token = ""] of text.matchAll(/__pulumiType = '(\w+:[^']+)'/g)) resources.add(token);
        for (const [, token = ""] of text.matchAll(/runtime\.invoke\("(proxmoxve:[^"]+)"/g)) functions.add(token);
    }
    return { resources: [...resources].sort(), functions: [...functions].sort() };
}

/** File and exported name of a resource token `proxmoxve:user/token:Token`. */
export function fileOf(token: string): { file: string; name: string } {
    const [, path = "", name = ""] = token.split(":");
    return { file: `${path.replace(/^index\//, "")}.d.ts`, name };
}

function declarationsOf(file: string): Map<string, ts.InterfaceDeclaration | ts.ClassDeclaration> {
    const found = new Map<string, ts.InterfaceDeclaration | ts.ClassDeclaration>();
    for (const statement of parse(file).statements) {
        if ((ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name) {
            found.set(statement.name.text, statement);
        }
    }
    return found;
}

function interfacesOf(file: string): Map<string, ts.InterfaceDeclaration> {
    const found = new Map<string, ts.InterfaceDeclaration>();
    const visit = (node: ts.Node, path: readonly string[]): void => {
        if (ts.isInterfaceDeclaration(node)) found.set([...path, node.name.text].join("."), node);
        else if (ts.isModuleDeclaration(node)) {
            const inner = [...path, node.name.text];
            ts.forEachChild(node, (child) => visit(child, inner));
        } else ts.forEachChild(node, (child) => visit(child, path));
    };
    visit(parse(file), []);
    return found;
}

function parse(file: string): ts.SourceFile {
    return ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
}

function membersOf(declaration: ts.InterfaceDeclaration | ts.ClassDeclaration): Map<string, SdkShape> {
    const fields = new Map<string, SdkShape>();
    for (const member of declaration.members) {
        const isProperty = ts.isPropertySignature(member) || ts.isPropertyDeclaration(member);
        const isStatic =
            ts.isPropertyDeclaration(member) && !!member.modifiers?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword);
        if (isProperty && !isStatic && member.type) fields.set(member.name.getText(), shapeOf(member.type));
    }
    return fields;
}

function shapeOf(type: ts.TypeNode): SdkShape {
    if (ts.isParenthesizedTypeNode(type)) return shapeOf(type.type);
    if (ts.isArrayTypeNode(type)) return { kind: "list", element: shapeOf(type.elementType) };
    if (ts.isUnionTypeNode(type)) {
        const known = type.types.find((option) => option.kind !== ts.SyntaxKind.UndefinedKeyword);
        return known ? shapeOf(known) : { kind: "plain" };
    }
    if (ts.isTypeLiteralNode(type)) {
        const [index] = type.members.filter(ts.isIndexSignatureDeclaration);
        return index ? { kind: "map", element: shapeOf(index.type) } : { kind: "plain" };
    }
    if (!ts.isTypeReferenceNode(type)) return { kind: "plain" };
    const [argument] = type.typeArguments ?? [];
    if (argument) return shapeOf(argument);
    const [space = "", ...path] = type.typeName.getText().split(".");
    const declaration = (space === "inputs" ? interfaces.inputs : interfaces.outputs).get(path.join("."));
    return declaration ? { kind: "object", fields: membersOf(declaration) } : { kind: "plain" };
}
