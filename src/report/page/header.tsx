import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ReportData } from "../data.ts";
import { bytes, counted } from "./model/format.ts";
import type { Found } from "./model/search.ts";
import { type Theme, useTheme } from "./use-theme.ts";

export interface HeaderProps {
  readonly data: ReportData;
  readonly place: number;
  readonly onPlace: (place: number) => void;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly found: Found | undefined;
}

/** What stays in sight: which image, the search that everything below follows, light or dark. */
export function Header({ data, place, onPlace, query, onQuery, found }: HeaderProps): JSX.Element {
  return (
    <header class="top">
      <div class="bar">
        <p class="brand">
          <Mark />
          Tare <span>report</span>
        </p>
        {data.images.length > 1 && (
          <label class="pick">
            <span class="hidden">Image</span>
            <select value={place} onChange={(event) => onPlace(Number(event.currentTarget.value))}>
              {data.images.map(({ name, size }, at) => (
                <option key={at} value={at}>
                  {name} ({bytes(size)})
                </option>
              ))}
            </select>
          </label>
        )}
        <Search query={query} onQuery={onQuery} found={found} />
        <ThemeSwitch />
      </div>
    </header>
  );
}

/** A pan of a balance: what is weighed is what is left when the container is taken off. */
function Mark(): JSX.Element {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path d="M3 9h18l-2.6 9.2A2.5 2.5 0 0 1 16 20H8a2.5 2.5 0 0 1-2.4-1.8z" fill="currentColor" />
      <path d="M12 9V4M7.5 4h9" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" fill="none" />
    </svg>
  );
}

function Search({ query, onQuery, found }: Pick<HeaderProps, "query" | "onQuery" | "found">): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, []);
  const told = found ? `${counted(found.matches, "file")}, ${bytes(found.size)}` : "";
  return (
    <search class="search">
      <input
        ref={field}
        type="search"
        aria-label="Search files and packages"
        placeholder="Search files and packages  ( / )"
        autocomplete="off"
        spellcheck={false}
        value={query}
        onInput={(event) => onQuery(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && onQuery("")}
      />
      <output aria-live="polite">{told}</output>
    </search>
  );
}

const NEXT: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };
const TITLES: Readonly<Record<Theme, string>> = { auto: "Auto", light: "Light", dark: "Dark" };

function ThemeSwitch(): JSX.Element {
  const [theme, setTheme] = useTheme();
  return (
    <button
      type="button"
      class="theme"
      aria-label={`Colours: ${TITLES[theme]}. Change to ${TITLES[NEXT[theme]]}`}
      onClick={() => setTheme(NEXT[theme])}
    >
      <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
        <circle cx="12" cy="12" r="8.5" fill="none" stroke="currentColor" stroke-width="2" />
        <path d="M12 3.5a8.5 8.5 0 0 1 0 17z" fill="currentColor" />
      </svg>
      <span>{TITLES[theme]}</span>
    </button>
  );
}
