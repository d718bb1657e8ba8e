declare module "fs-native-extensions" {
  /** Takes the kernel's exclusive lock on an open file; false when somebody else has it. Closing the file releases it. */
  export function tryLock(fd: number): boolean;
}
