import type { JsonValue } from "@agent-sessions/core";

export type MessageBlock = {
    readonly kind: "text" | "reasoning";
    readonly text: string;
} | {
    readonly kind: "tool-call";
    readonly name: string;
    readonly input: JsonValue;
} | {
    readonly kind: "tool-result";
    readonly name: string;
    readonly output: JsonValue;
    readonly isError: boolean;
} | {
    readonly kind: "attachment";
    readonly label: string;
} | {
    readonly kind: "data";
    readonly label: string;
    readonly value: JsonValue;
};

export declare const OTHER_FIELDS = "other fields";

export declare function messageBlocks(message: object): readonly MessageBlock[];
