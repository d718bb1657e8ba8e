/** The part that is used here; the package brings no types. */
declare module "fs-native-extensions" {
  /**
   * Takes an exclusive lock on the whole file, which the kernel frees when the descriptor is closed or its process ends.
   * False when another descriptor holds it, in this process too.
   */
  export function tryLock(fd: number): boolean;
}
