import { useEffect, useState } from "preact/hooks";

/** The value that was there last when nothing changed for so many milliseconds: for work that typing should not wait for. */
export function useLater<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(() => value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
