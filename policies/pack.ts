import { type Policies, type PolicyResource, PolicyPack, type ResourceValidationArgs } from "@pulumi/policy";
import { dayOf } from "./model/day";
import type { ResourceFact } from "./model/fact";
import type { Keys } from "./model/field";
import type { ResourceRule, Rule, StackRule } from "./model/rule";
import { type GraphIndex, indexGraph } from "./model/graph-index";
import { type Outcome, checkGraph, checkSubject } from "./model/run";
import { type Subject, readSubject } from "./model/subject";
import { rules } from "./rules/index";

type Policy = Policies[number];
type ReportViolation = (message: string, urn?: string) => void;

const today = dayOf(new Date());

function policy(rule: Rule): Policy {
    const words = {
        name: rule.name,
        description: rule.description,
        enforcementLevel: rule.level,
        severity: rule.severity,
        remediationSteps: rule.instead,
    };
    switch (rule.kind) {
        case "resource":
            return { ...words, ...resourcePolicy(rule) };
        case "stack":
            return { ...words, ...stackPolicy(rule) };
    }
}

// One function a policy, never a list: with it the SDK names the rule, and its level can be set.
function resourcePolicy(rule: ResourceRule): Pick<Extract<Policy, { validateResource?: unknown }>, "validateResource"> {
    return {
        validateResource: (args, reportViolation) => {
            if (!rule.applies(args.type)) return;
            const subject = subjectOf(asked(args));
            if (subject) tell(checkSubject(rule, subject, today), reportViolation, () => args.props);
        },
    };
}

function stackPolicy(rule: StackRule): Pick<Extract<Policy, { validateStack: unknown }>, "validateStack"> {
    return {
        validateStack: (args, reportViolation) => {
            const props = (urn: string) => args.resources.find((resource) => resource.urn === urn)?.props;
            tell(checkGraph([rule], graphOf(args.resources), today), reportViolation, props);
        },
    };
}

const subjects = new WeakMap<object, Subject>();
const graphs = new WeakMap<object, GraphIndex>();

/** Reads a resource once for all rules. */
function subjectOf(fact: ResourceFact): Subject | undefined {
    const kept = subjects.get(fact.props);
    if (kept) return kept;
    const made = readSubject(fact);
    if (made) subjects.set(fact.props, made);
    return made;
}

/** Reads a graph once for all rules; each is asked about the same resources, in a list of its own. */
function graphOf(resources: readonly PolicyResource[]): GraphIndex {
    const [first] = resources;
    const key = first ? decodedOf(first.props) : {};
    const kept = graphs.get(key);
    if (kept) return kept;
    const made = indexGraph(resources.map(listed).flatMap((fact) => readSubject(fact) ?? []));
    graphs.set(key, made);
    return made;
}

/** The properties below the SDK's proxy: the same object for every rule, see decode-once.js. */
function decodedOf(props: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const target: unknown = Reflect.get(props, "__getSpecialProxyTarget");
    return isRecord(target) ? target : props;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null;
}

function asked({ type, name, urn, props, opts, provider }: ResourceValidationArgs): ResourceFact {
    return { type, name, urn, props: decodedOf(props), opts: { ...opts, provider: provider?.urn } };
}

function listed({ type, name, urn, props, opts, ...links }: PolicyResource): ResourceFact {
    const [parent, provider] = [links.parent?.urn, links.provider?.urn];
    const dependsOn = links.dependencies.map((dependency) => dependency.urn);
    return { type, name, urn, props: decodedOf(props), opts: { ...opts, parent, provider, dependsOn } };
}

/** A broken rule is a violation of its own level: it has not passed. */
function tell(outcome: Outcome, reportViolation: ReportViolation, props: (urn: string) => unknown): void {
    for (const { message, urn } of [...outcome.violations, ...outcome.broken]) reportViolation(message, urn);
    for (const { urn, keys } of outcome.notChecked) touch(props(urn), keys);
}

/** Reads an unknown value once more through the SDK's proxy, which answers by reporting it as not checked, and no more. */
function touch(props: unknown, keys: Keys): void {
    let value = props;
    for (const key of keys) value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

new PolicyPack("homelab", { policies: rules.map(policy) });
