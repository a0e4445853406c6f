import type { ResourceFact } from "../model/fact";
import { Field } from "../model/field";
import type { Rule } from "../model/rule";
import { checkAll } from "../model/run";
import { readCluster } from "../sources/cluster-api";
import { objectFacts } from "../sources/cluster-objects";
import { factsOf, readDocument } from "../sources/document";
import { accessOf, isKubeconfig } from "../sources/kubeconfig";
import { UsageError } from "../usage-error";
import type { Command } from "./command";

export const audit: Command = {
    usage: "<stack export | kubectl's objects | kubeconfig> [--namespace <name>]...",
    summary: "judges what is there: a state, a file of objects, or a live cluster, which is only read",
    async run(args, { rules, today, print }) {
        const { file, namespaces } = readArguments(args);
        const asked = rules.filter(({ plannedOnly }) => plannedOnly !== true);
        const { facts, unread } = await readFacts(file, asked);
        const here = (urn: string | undefined) => namespaces.length === 0 || isIn(urn, facts, namespaces);
        const outcome = checkAll(asked, facts, today);
        const violations = outcome.violations.filter(({ urn }) => here(urn));
        for (const { level, message } of violations) print(`${level}  ${message}`);
        for (const { message } of outcome.broken) print(`broken  ${message}`);
        for (const { rule, urn, keys } of outcome.notChecked.filter((entry) => here(entry.urn))) {
            print(`not checked  ${nameOf(urn)} ${keys.join(".")}: the value is not shown (${rule})`);
        }
        for (const reason of unread) print(`not read  ${reason}`);
        const mandatory = violations.filter(({ level }) => level === "mandatory").length;
        const counts = `${mandatory} mandatory, ${violations.length - mandatory} advisory`;
        print(`${facts.length} resources, ${asked.length} rules: ${counts}, ${outcome.broken.length} rules broken`);
        return violations.length + outcome.broken.length + unread.length === 0 ? 0 : 1;
    },
};

function readArguments(args: readonly string[]): { file: string; namespaces: readonly string[] } {
    const [files, namespaces]: [string[], string[]] = [[], []];
    for (let index = 0; index < args.length; index++) {
        const word = args[index] ?? "";
        if (word !== "--namespace" && word !== "-n") files.push(word);
        else namespaces.push(args[++index] ?? "");
    }
    const [file, ...more] = files;
    if (file === undefined || more.length > 0 || (file.startsWith("-") && file !== "-") || namespaces.includes("")) {
        throw new UsageError(`audit takes one file: ${audit.usage}`);
    }
    return { file, namespaces };
}

interface Read {
    readonly facts: readonly ResourceFact[];
    readonly unread: readonly string[];
}

async function readFacts(file: string, rules: readonly Rule[]): Promise<Read> {
    const document = readDocument(file);
    if (!isKubeconfig(document)) return { facts: factsOf(document, file), unread: [] };
    const wanted = (type: string) => rules.some((rule) => rule.applies(type));
    try {
        const { objects, unread } = await readCluster(accessOf(document, file), wanted);
        return { facts: objectFacts(objects), unread };
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new UsageError(reason.startsWith(file) ? reason : `${file}: ${reason}`);
    }
}

/** Whether a resource is in one of the namespaces, or is the namespace itself. */
function isIn(urn: string | undefined, facts: readonly ResourceFact[], namespaces: readonly string[]): boolean {
    const metadata = new Field(facts.find((fact) => fact.urn === urn)?.props, new Set()).at("metadata");
    if (metadata.at("namespace").undecided() || metadata.at("name").undecided()) return true;
    const [namespace, name] = [metadata.at("namespace").text(), metadata.at("name").text()];
    return namespaces.some((wanted) => wanted === namespace || (namespace === undefined && wanted === name));
}

function nameOf(urn: string): string {
    return urn.split("::").slice(-2).join(" ");
}
