import { isSpace } from "./words.ts";

/** The word at which all lists of one expansion are. */
export interface WordBuffer {
  word: string;
}

/** Collects words: characters split at white space, raw text does not. Begins with an empty word. */
export class WordList {
  private readonly done: string[] = [];
  private readonly buffer: WordBuffer;

  constructor(buffer: WordBuffer) {
    this.buffer = buffer;
    buffer.word = "";
  }

  addCharacter(character: string): void {
    if (!isSpace(character)) this.buffer.word += character;
    else this.close();
  }

  addText(text: string): void {
    for (const character of text) this.addCharacter(character);
  }

  addRaw(text: string): void {
    this.buffer.word += text;
  }

  finish(): readonly string[] {
    this.close();
    return this.done;
  }

  private close(): void {
    if (this.buffer.word !== "") this.done.push(this.buffer.word);
    this.buffer.word = "";
  }
}
