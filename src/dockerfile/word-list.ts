import { isSpace } from "./words.ts";

/** Collects words: characters split at white space, raw text does not. */
export class WordList {
  private readonly done: string[] = [];
  private word = "";

  addCharacter(character: string): void {
    if (!isSpace(character)) this.word += character;
    else this.close();
  }

  addText(text: string): void {
    for (const character of text) this.addCharacter(character);
  }

  addRaw(text: string): void {
    this.word += text;
  }

  finish(): readonly string[] {
    this.close();
    return this.done;
  }

  private close(): void {
    if (this.word !== "") this.done.push(this.word);
    this.word = "";
  }
}
