const NOTES = "/api/notes";

export async function listNotes() {
  return (await request(NOTES)).json();
}

export async function writeNote(text) {
  await request(NOTES, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text }),
  });
}

export async function deleteNote(id) {
  await request(`${NOTES}/${id}`, { method: "DELETE" });
}

async function request(path, options) {
  const response = await fetch(path, options);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response;
}
