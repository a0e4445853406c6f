import type { GraphIndex } from "./graph-index";
import type { Level } from "./level";
import type { Report } from "./report";
import type { Subject } from "./subject";

export type Severity = "low" | "medium" | "high" | "critical";

interface RuleWords {
    /** Kebab case, unique; the key in `--policy-pack-config` and the end of the exception's annotation. */
    readonly name: string;
    readonly level: Level;
    readonly severity: Severity;
    /** What must hold, in one sentence. */
    readonly description: string;
    /** What happened, or would happen, without the rule. */
    readonly incident: string;
    /** What to write in place of what the rule refuses. */
    readonly instead: string;
    /** Asks how the program is written, which a cluster or a state does not show any more: an audit leaves it out. */
    readonly plannedOnly?: true;
    /** Whether resources of this type are looked at; asked before the properties are read. */
    readonly applies: (type: string) => boolean;
}

/** Looks at one resource; the engine asks before it touches that resource. */
export interface ResourceRule extends RuleWords {
    readonly kind: "resource";
    readonly check: (subject: Subject, report: Report) => void;
}

/** Looks at the whole graph; the engine asks once, after a run without errors. */
export interface StackRule extends RuleWords {
    readonly kind: "stack";
    readonly check: (graph: GraphIndex, report: Report) => void;
}

export type Rule = ResourceRule | StackRule;
