package notes;

import java.time.Instant;

/** A note as the database has it. */
public record Note(long id, String text, Instant written) {}
