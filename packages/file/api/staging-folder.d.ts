export declare class StagingFolder {
    #private;
    readonly copyPath: string;
    readonly madeFolders: readonly string[];
    private constructor();
    static create(target: string): StagingFolder;
    remove(): void;
}

export declare function sweepStagingFolders(target: string): string[];
