import { useEffect, useState } from "react";
import { deleteNote, listNotes, writeNote } from "./api.js";

/** The list of notes and a field for the next one. */
export function Notes() {
  const [notes, setNotes] = useState([]);
  const [problem, setProblem] = useState();

  async function change(action) {
    try {
      await action();
      setNotes(await listNotes());
      setProblem(undefined);
    } catch (error) {
      setProblem(error.message);
    }
  }
  useEffect(() => void change(() => {}), []);

  return (
    <>
      <form action={(form) => change(() => writeNote(form.get("text")))}>
        <input name="text" aria-label="Note" required maxLength={1000} />
        <button>Write</button>
      </form>
      {problem && <p role="alert">{problem}</p>}
      <ul>
        {notes.map(({ id, text }) => (
          <li key={id}>
            {text} <button onClick={() => change(() => deleteNote(id))}>Delete</button>
          </li>
        ))}
      </ul>
    </>
  );
}
