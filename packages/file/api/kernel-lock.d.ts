export type TryLock = (fd: number) => boolean;

export declare function isAtPath(fd: number, path: string): boolean;

export declare function isHeld(path: string, tryLock: TryLock): boolean;

export declare function loadKernelLock(): Promise<TryLock>;

export declare function loadedKernelLock(): TryLock | null;

export declare function requireKernelLock(instead: string): TryLock;

export declare function tryLockFile(path: string, tryLock: TryLock, instead?: string): number | null;

export declare function unlinkLockFile(fd: number, path: string): void;
