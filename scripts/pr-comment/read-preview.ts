import { stripVTControlCharacters } from "node:util";
import { changesOf } from "./changes";
import { engineEvent, type EngineEvent, previewDocument, stepOfEvent, stepsOfDocument } from "./engine-output";
import { plaintextsIn } from "../mask/plain-values";
import type { Diagnostic, PolicyFinding, Preview } from "./preview";

/**
 * Reads what `pulumi preview --json` printed, in both of its forms: the document, or a line for each event. Never
 * throws: an engine that crashed leaves half a document, a line that ends in the middle, or nothing.
 */
export function readPreview(output: string): Preview {
    return readDocument(output) ?? readStream(output);
}

function readDocument(output: string): Preview | undefined {
    // Warnings of the CLI may stand before it.
    const start = /^\{\s*$/m.exec(output)?.index;
    if (start === undefined) return undefined;
    const json = parsed(output.slice(start));
    const document = previewDocument.safeParse(json);
    if (!document.success) return undefined;
    return {
        changes: changesOf(stepsOfDocument(document.data)),
        counts: document.data.changeSummary ?? undefined,
        findings: [],
        policies: "unknown",
        diagnostics: (document.data.diagnostics ?? []).flatMap(diagnosticOf),
        completeness: document.data.changeSummary ? "whole" : "cut",
        otherLines: lines(output.slice(0, start)),
        shownSecrets: plaintextsIn(json),
    };
}

function readStream(output: string): Preview {
    const events: EngineEvent[] = [];
    const otherLines: string[] = [];
    const shownSecrets: string[] = [];
    for (const line of lines(output)) {
        const json = line.startsWith("{") ? parsed(line) : undefined;
        const event = engineEvent.safeParse(json);
        if (event.success) {
            events.push(event.data);
            shownSecrets.push(...plaintextsIn(json));
        } else {
            otherLines.push(line);
        }
    }
    const summary = events.find(({ summaryEvent }) => summaryEvent !== undefined)?.summaryEvent;
    const steps = events.flatMap(({ resourcePreEvent, resOutputsEvent }) => {
        const step = resourcePreEvent ?? resOutputsEvent;
        return step ? [stepOfEvent(step.metadata)] : [];
    });
    const crashes = events.flatMap(({ errorEvent }): Diagnostic[] =>
        errorEvent ? [{ severity: "error", urn: "", message: clean(errorEvent.error) }] : [],
    );
    return {
        changes: changesOf(steps),
        counts: summary?.resourceChanges ?? undefined,
        findings: events.flatMap(({ policyEvent }) => (policyEvent ? [findingOf(policyEvent)] : [])),
        policies: events.some(({ policyLoadEvent }) => policyLoadEvent !== undefined) ? "ran" : "none",
        diagnostics: [
            ...events.flatMap(({ diagnosticEvent }) => (diagnosticEvent ? diagnosticOf(diagnosticEvent) : [])),
            ...crashes,
        ],
        completeness: events.length === 0 ? "none" : summary === undefined ? "cut" : "whole",
        otherLines,
        shownSecrets,
    };
}

/** Debug messages are dropped here and now: the engine writes whole requests into them, secrets in plain. */
function diagnosticOf(event: NonNullable<EngineEvent["diagnosticEvent"]>): Diagnostic[] {
    const { severity, urn, ephemeral } = event;
    if (ephemeral || (severity !== "warning" && severity !== "error")) return [];
    const message = clean(event.message).replace(new RegExp(`^${severity}: `), "");
    return message === "" ? [] : [{ severity, urn, message }];
}

function findingOf(event: NonNullable<EngineEvent["policyEvent"]>): PolicyFinding {
    return {
        policy: event.policyName,
        level: event.enforcementLevel === "mandatory" ? "mandatory" : "advisory",
        urn: event.resourceUrn,
        message: clean(event.message),
    };
}

/** Without colours: the engine's own tags, and those of a terminal. */
function clean(message: string): string {
    return stripVTControlCharacters(message.replace(/<\{%[^%]*%\}>/g, "")).trim();
}

function lines(text: string): string[] {
    return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
