import { type Tree, textAt } from "./object";

/** Annotations by which a program steers the plugin; the API server ignores them. */
export const annotation = {
    /** Set by the plugin: the name was made up, so a replacement gets another one. */
    autonamed: "pulumi.com/autonamed",
    skipAwait: "pulumi.com/skipAwait",
    timeoutSeconds: "pulumi.com/timeoutSeconds",
    waitFor: "pulumi.com/waitFor",
    patchForce: "pulumi.com/patchForce",
    patchFieldManager: "pulumi.com/patchFieldManager",
    replaceUnready: "pulumi.com/replaceUnready",
    deletionPropagationPolicy: "pulumi.com/deletionPropagationPolicy",
} as const;

export type AnnotationName = (typeof annotation)[keyof typeof annotation];

export function annotationOf(object: Tree, name: AnnotationName): string | undefined {
    return textAt(object, "metadata", "annotations", name);
}

export function isAnnotated(object: Tree, name: AnnotationName): boolean {
    return annotationOf(object, name) === "true";
}

/** `foreground` unless the annotation says otherwise. */
export function propagationPolicy(object: Tree): "Foreground" | "Background" | "Orphan" {
    switch (annotationOf(object, annotation.deletionPropagationPolicy)?.toLowerCase()) {
        case "background":
            return "Background";
        case "orphan":
            return "Orphan";
        default:
            return "Foreground";
    }
}

const defaultTimeoutSeconds = 600;

/** `customTimeouts` wins over the annotation (seconds, or a Go duration such as `5m`); the default is ten minutes. */
export function timeoutMs(object: Tree, customSeconds: number): number {
    if (customSeconds > 0) return customSeconds * 1000;
    const text = annotationOf(object, annotation.timeoutSeconds) ?? "";
    const unit = { s: 1, m: 60, h: 3600 } as const;
    const seconds = /^\d+$/.test(text)
        ? Number(text)
        : [...text.matchAll(/(\d+)([smh])/g)].reduce(
              (sum, [, count, letter]) => sum + Number(count) * unit[letter as keyof typeof unit],
              0,
          );
    return (seconds > 0 ? seconds : defaultTimeoutSeconds) * 1000;
}
