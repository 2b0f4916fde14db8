import { useLayoutEffect, useState } from "preact/hooks";

export type Theme = "auto" | "light" | "dark";

const KEY = "tare-report-theme";

/** Light or dark: what the reader chose, here or in an earlier report, else what the system says. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(remembered);
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Some browsers forbid files to remember anything: then the choice holds for this time.
    }
  }, [theme]);
  return [theme, setTheme];
}

function remembered(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "auto";
  } catch {
    return "auto";
  }
}
