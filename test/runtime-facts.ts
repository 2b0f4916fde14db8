// Programs in the languages of the recipes: each prints what it found of what a runtime has to have.

/** Counts the authorities twice, the second time as if the image had not named the bundle. */
export const PYTHON = `
import asyncio, bz2, ctypes, locale, lzma, os, sqlite3, ssl, uuid, zoneinfo, datetime, json
count = lambda: len(ssl.create_default_context().get_ca_certs())
named = count() if os.environ["SSL_CERT_FILE"] else 0
del os.environ["SSL_CERT_FILE"]
async def later(): await asyncio.sleep(0); return "later"
data = b"x" * 10000
print(json.dumps({
  "authorities": [named > 100, count() > 100],
  "sqlite": sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()[0],
  "ctypes": ctypes.CDLL(None).abs(-5),
  "lzma": lzma.decompress(lzma.compress(data)) == data,
  "bz2": bz2.decompress(bz2.compress(data)) == data,
  "locale": [locale.setlocale(locale.LC_ALL, ""), os.fsencode("\\u00e9").hex()],
  "zone": datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset().seconds,
  "asyncio": asyncio.run(later()),
  "uuid": uuid.uuid1().version,
  "user": os.getuid(),
}))`;

export const NODE = `
const { Worker } = require("node:worker_threads");
const roots = require("node:tls").rootCertificates.length;
const month = new Intl.DateTimeFormat("de", { month: "long" }).format(new Date(0));
const hash = require("node:crypto").createHash("sha256").update("").digest("hex").slice(0, 4);
new Worker("require('node:worker_threads').parentPort.postMessage(6 * 7)", { eval: true }).on("message", (answer) =>
  console.log(JSON.stringify({ roots: roots > 100, month, hash, answer, user: process.getuid() })));`;

/** Debian's runtime has the compiler's module, so Java takes a source. */
export const JAVA = `
import java.security.KeyStore;
import javax.net.ssl.*;
class Facts {
  public static void main(String[] arguments) throws Exception {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    var trusted = ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length;
    var image = new java.awt.image.BufferedImage(9, 9, 1);
    image.createGraphics().drawLine(0, 0, 8, 8);
    var drawn = javax.imageio.ImageIO.write(image, "png", new java.io.ByteArrayOutputStream());
    var zone = java.time.ZoneId.of("Europe/Berlin").getRules().getOffset(java.time.Instant.EPOCH);
    System.out.print(System.getProperty("file.encoding") + " " + System.getProperty("sun.jnu.encoding") + " "
      + (trusted > 100) + " " + SSLContext.getDefault().getProtocol() + " " + drawn + " " + zone);
  }
}`;

/** What modules there are, whether authorities and a zone are, and nothing of a module that was left out. */
export const JAVA_MODULES = `
import java.security.KeyStore;
import java.util.stream.Collectors;
import javax.net.ssl.*;
class Modules {
  public static void main(String[] arguments) throws Exception {
    var names = ModuleLayer.boot().modules().stream().map(Module::getName).sorted().collect(Collectors.joining(" "));
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    var trusted = ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length;
    var files = java.nio.file.FileSystems.getFileSystem(java.net.URI.create("jrt:/"));
    var listed = java.nio.file.Files.exists(files.getPath("/modules/java.base/java/lang/Object.class"));
    String other;
    try { other = Class.forName("java.sql.Driver").getName(); } catch (ClassNotFoundException gone) { other = "none"; }
    System.out.print(names + "\\n" + (trusted > 100) + " " + listed + " " + other);
  }
}`;
