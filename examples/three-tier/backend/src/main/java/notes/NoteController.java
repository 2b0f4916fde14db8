package notes;

import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Lists, writes and deletes notes. */
@RestController
@RequestMapping("/api/notes")
class NoteController {
  private static final int LONGEST = 1000;

  /** What a client sends. */
  record Draft(String text) {}

  private final JdbcClient database;

  NoteController(JdbcClient database) {
    this.database = database;
  }

  @GetMapping
  List<Note> list() {
    return database.sql("SELECT id, text, written FROM note ORDER BY id").query(Note.class).list();
  }

  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  void write(@RequestBody Draft draft) {
    if (draft.text() == null || draft.text().isBlank() || draft.text().length() > LONGEST)
      throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "a note has 1 to " + LONGEST + " characters");
    database.sql("INSERT INTO note (text) VALUES (?)").param(draft.text()).update();
  }

  @DeleteMapping("/{id}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void delete(@PathVariable long id) {
    database.sql("DELETE FROM note WHERE id = ?").param(id).update();
  }
}
