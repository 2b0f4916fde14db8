/**
 * Programs and libraries of a Java runtime beside the file of its modules, by the module that they belong to; what is of
 * java.base, and of the virtual machine itself, is not named, because it stays always.
 */
const FILES: Readonly<Record<string, readonly string[]>> = {
  "java.desktop": [
    ...[
      "lib/libawt.so",
      "lib/libawt_headless.so",
      "lib/libawt_xawt.so",
      "lib/libfontmanager.so",
      "lib/libjavajpeg.so",
    ],
    ...[
      "lib/libjawt.so",
      "lib/libjsound.so",
      "lib/liblcms.so",
      "lib/libmlib_image.so",
      "lib/libsplashscreen.so",
    ],
    ...[
      "lib/libfreetype.so",
      "lib/psfontj2d.properties",
      "lib/psfont.properties.ja",
      "conf/sound.properties",
    ],
  ],
  "java.instrument": ["lib/libinstrument.so"],
  "java.logging": ["conf/logging.properties"],
  "java.management": ["lib/libmanagement.so"],
  "java.prefs": ["lib/libprefs.so"],
  "java.rmi": ["lib/librmi.so", "bin/rmiregistry"],
  "java.scripting": ["bin/jrunscript"],
  "java.security.jgss": ["lib/libj2gss.so"],
  "java.smartcardio": ["lib/libj2pcsc.so"],
  "jdk.attach": ["lib/libattach.so"],
  "jdk.crypto.cryptoki": ["lib/libj2pkcs11.so"],
  "jdk.hotspot.agent": ["lib/libsaproc.so"],
  "jdk.incubator.vector": ["lib/libjsvml.so"],
  "jdk.internal.le": ["lib/lible.so"],
  "jdk.jdwp.agent": ["lib/libdt_socket.so", "lib/libjdwp.so"],
  "jdk.jfr": ["bin/jfr", "lib/jfr/default.jfc", "lib/jfr/profile.jfc"],
  "jdk.management": ["lib/libmanagement_ext.so"],
  "jdk.management.agent": ["lib/libmanagement_agent.so"],
  "jdk.net": ["lib/libextnet.so"],
  "jdk.sctp": ["lib/libsctp.so"],
  "jdk.security.auth": ["lib/libjaas.so"],
};

const OWNERS: ReadonlyMap<string, string> = new Map(
  Object.entries(FILES).flatMap(([module, files]) => files.map((file) => [file, module] as const)),
);

/** Archives of classes that are loaded faster; they count for exactly the modules that they were made with. */
const CLASS_ARCHIVE = /^lib\/server\/classes\w*\.jsa$/;

/** Whether a file of a runtime, by its path from the runtime's folder, is of no use to some modules alone. */
export function ofOtherModules(path: string, modules: ReadonlySet<string>): boolean {
  const owner = OWNERS.get(path);
  return CLASS_ARCHIVE.test(path) || (owner !== undefined && !modules.has(owner));
}
