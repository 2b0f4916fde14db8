import { enterChroot } from "../sandbox/index.ts";

/** Started by the chroot sandbox in fresh namespaces: becomes the process, or leaves with a code that says why not. */
process.exitCode = enterChroot(process.argv[2] as string, (message) => console.error(`tare: ${message}`));
