package notes;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The back end of the notes: HTTP to the front end, JDBC to the database. */
@SpringBootApplication
public class Backend {
  public static void main(String[] arguments) {
    SpringApplication.run(Backend.class, arguments);
  }
}
