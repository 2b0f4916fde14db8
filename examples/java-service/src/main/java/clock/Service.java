package clock;

import com.google.gson.Gson;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;

/** Tells the time: {@code GET /time?zone=Europe/Berlin&at=2026-07-01T12:00:00Z}. */
public final class Service {
  private static final Gson GSON = new Gson();

  public static void main(String[] arguments) throws IOException {
    var port = Integer.parseInt(Optional.ofNullable(System.getenv("PORT")).orElse("8080"));
    var server = HttpServer.create(new InetSocketAddress(port), 0);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.createContext("/time", Service::time);
    server.start();
    System.out.println("listening on port " + port);
  }

  private static void time(HttpExchange exchange) throws IOException {
    try {
      var zone = ZoneId.of(parameter(exchange, "zone").orElse("UTC"));
      var at = parameter(exchange, "at").map(Instant::parse).orElseGet(Instant::now);
      var time = ZonedDateTime.ofInstant(at, zone);
      answer(exchange, 200, Map.of("time", time.toOffsetDateTime().toString()));
    } catch (DateTimeException problem) {
      answer(exchange, 400, Map.of("error", problem.getMessage()));
    }
  }

  private static Optional<String> parameter(HttpExchange exchange, String name) {
    var query = Optional.ofNullable(exchange.getRequestURI().getQuery()).orElse("");
    for (var pair : query.split("&"))
      if (pair.startsWith(name + "=")) return Optional.of(pair.substring(name.length() + 1));
    return Optional.empty();
  }

  private static void answer(HttpExchange exchange, int status, Map<String, String> content) throws IOException {
    var bytes = GSON.toJson(content).getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    try (var body = exchange.getResponseBody()) {
      body.write(bytes);
    }
  }
}
